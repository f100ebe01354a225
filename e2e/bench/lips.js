// How far the sound of a recording is behind its picture, and that of what the browser has sent.
//
//   make bench-lips            ARGS="--seconds 120"
//
// A camera flashes white at the moment in which its microphone beeps, about every second and a half; the call is recorded, and
// ffmpeg says when flash and beep are to be seen and heard in the file. Figures are printed, never judged.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeBrowsers } from '../harness/browser.js';
import { flashes, lips } from '../harness/lips.js';
import { Server } from '../harness/server.js';
import { alwaysInFront } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { recordingLink } from '../../web/lib/links.js';
import { quantile } from './figures.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '120' }, people: { type: 'string', default: '1' } } });

const server = await new Server().start();
const folder = await mkdtemp(join(tmpdir(), 'visavis-lips-'));
try {
  const people = [];
  for (let number = 0; number < Number(values.people); number += 1) {
    people.push(await User.join(server.url, 'lips', `Flash ${number}`, { standIns: [[alwaysInFront], [flashes, number]] }));
  }
  const [host] = people;
  if (!host) throw new Error('nobody is there');
  const [mix, ...parts] = await record(host);
  if (mix) await report('the mix', mix);
  for (const part of parts) await report('what was sent', part);
} finally {
  await closeBrowsers();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Has the call recorded for a while.
 * @param {User} host
 * @returns {Promise<string[]>} the file of the mix, and those of what each sent */
async function record(host) {
  await host.press('record');
  if (await host.isShown('record-tracks')) await host.press('record-tracks');
  await host.press('record-go');
  await new Promise((resolve) => setTimeout(resolve, 1_000 * Number(values.seconds)));
  await host.press('record');
  const { id, key, parts = [] } = await host.until('it is recorded', async () => {
    const { recordings } = /** @type {any} */ (await host.snapshot());
    return recordings.find((/** @type {any} */ one) => one.state === 'done');
  });
  const links = [{ id, key }, ...parts].map((one) => recordingLink(server.url, one));
  return Promise.all(links.map((link, index) => save(`recording-${index}`, link)));
}

/** @param {string} name
 * @param {string} link
 * @returns {Promise<string>} */
async function save(name, link) {
  const path = join(folder, name);
  await writeFile(path, new Uint8Array(await (await fetch(link)).arrayBuffer()));
  return path;
}

/** @param {string} name
 * @param {string} path */
async function report(name, path) {
  const { flashes: seen, beeps, behind } = await lips(path);
  const [p5, median, p95] = [0.05, 0.5, 0.95].map((share) => quantile(behind, share).toFixed(0));
  process.stdout.write(`${name}: ${seen} flashes, ${beeps} beeps, ${behind.length} pairs: `
    + `the sound is ${median} ms behind the picture (median; ${p5} to ${p95} from p5 to p95)\n`);
}
