// Runs one scenario and prints what it saw as JSON.
//
//   node --experimental-websocket run.js <scenario> <url> <version> <transport>

import * as scenarios from './scenarios.js';

const [name = '', url = '', version = '', transport = ''] = process.argv.slice(2);
const scenario = /** @type {Record<string, (setting: any) => Promise<unknown>>} */ (scenarios)[name];
if (!scenario) throw new Error(`no scenario "${name}"`);
const seen = await scenario({ url, version, transport });
// Not exit(): clients that were closed still have to say so.
process.stdout.write(JSON.stringify(seen));
