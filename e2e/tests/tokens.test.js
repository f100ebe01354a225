// Rooms that one comes into with a token only, and links that make one a host.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { company } from '../harness/company.js';
import { Server, visavis, visavisWith } from '../harness/server.js';
import { User } from '../harness/user.js';
import { en } from '../../web/messages/en.js';

const run = promisify(execFile);
const [program] = [visavis('', '').command];

/** What the program prints, but for the end of the line.
 * @param {...string} args */
async function says(...args) {
  const { stdout } = await run(program, args);
  return stdout.trim();
}

const key = await says('token-key');
const server = new Server(visavisWith('--token-key', key));

const people = company(server);

/** Somebody opens a link and goes in.
 * @param {string} link
 * @param {string} name
 * @param {'chromium' | 'firefox'} [kind] */
async function open(link, name, kind = 'chromium') {
  const user = await User.visit(link, name, { kind });
  people.push(user);
  await user.write('lobby-name', name);
  await user.press('lobby-join');
  return user;
}

test('a link with a token lets its bearer in, as who it names, also after a reload; without one nobody comes in', async () => {
  const link = await says('token', 'team', '--key', key, '--name', 'Ada', '--rights', 'host', '--at', server.url);
  const ada = await open(link, 'Somebody');
  await ada.until('she is in', async () => (await ada.snapshot()).state === 'joined');
  assert.equal(new URL(ada.page.url()).hash, '', 'the token is not in the address bar');
  const { host } = /** @type {any} */ (await ada.snapshot());
  assert.equal(host, true);

  const eve = await open(`${server.url}/r/team`, 'Eve', 'firefox');
  await eve.shows('notice', en.endings['token-refused'].title);
  await eve.isAccessible('end of a call that one needs a token for');

  const guest = await says('token', 'team', '--key', key, '--at', server.url);
  const bob = await open(guest, 'Bob', 'firefox');
  await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);
  await ada.page.reload();
  await ada.press('lobby-join');
  await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);
});
