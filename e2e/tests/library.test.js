// The library from other pages than ours, and the protocol without a browser: what docs/client-library.md says.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DoorBell } from '../harness/aiortc.js';
import { closeBrowsers } from '../harness/browser.js';
import { Server, visavisWith } from '../harness/server.js';
import { User } from '../harness/user.js';

/** Of a tone of 6000 at its loudest, and of the beep of a fake microphone, at least so much arrives. */
const AUDIBLE = 500;

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A server of files, whose pages are of another origin. */
const elsewhere = createServer(async ({ url = '' }, response) => {
  const path = new URL(url, 'http://elsewhere').pathname;
  response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html');
  const file = path.startsWith('/assets/lib/') ? join('web', path.slice('/assets'.length)) : 'examples/intercom.html';
  const text = await readFile(join(root, file), 'utf8').catch(() => '');
  response.end(text.replace('SERVER = location.href', `SERVER = '${server.url}'`));
});
await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', () => resolve(null)));
const foreign = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (elsewhere.address()).port}`;

const server = new Server(visavisWith('--allow-origin', foreign));

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
  elsewhere.close();
});

/** Somebody in front of the page with one button. */
class Caller extends User {
  /** @param {string} origin of the page
   * @param {string} room
   * @param {string} name
   * @param {import('../harness/browser.js').Kind} [kind] */
  static async at(origin, room, name, kind = 'chromium') {
    const address = `${origin}/examples/intercom.html?${new URLSearchParams({ room, name })}`;
    const { page } = await User.visit(address, name, { kind });
    const caller = new Caller(name, page);
    await caller.reads('Press to talk');
    return caller;
  }

  /** Presses the one button, with a key. */
  async dials() {
    await this.page.focus('button');
    await this.key('Enter');
  }

  /** Waits until the page says so.
   * @param {string} words */
  async reads(words) {
    await this.until(`the page says “${words}”`,
      () => this.page.$eval('main', (main, wanted) => main.innerText.includes(wanted), words));
  }

  /** Waits until the page says that it is so, and of nobody else.
   * @param {string} name */
  async talksWith(name) {
    await this.until(`the page says that one talks with ${name}`, () => this.page.$eval('[role=status]',
      (status, wanted) => (status.textContent ?? '').replace(/\s+/g, ' ').trim() === `You talk with${wanted}`, name));
  }
}

test('two intercoms hear each other, and who hangs up has left', async () => {
  const door = await Caller.at(server.url, 'house', 'Door');
  await door.isAccessible('intercom before a call');
  const kitchen = await Caller.at(server.url, 'house', 'Kitchen', 'firefox');
  await door.page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('No.', 'NotAllowedError'));
  });
  await door.dials();
  await door.reads('Nobody else is here yet');
  await door.reads('No microphone: the browser was told not to share it.');
  await door.isAccessible('intercom without a microphone');
  await door.page.reload();
  await door.dials();
  await kitchen.dials();
  await Promise.all([door.talksWith('Kitchen'), kitchen.talksWith('Door')]);
  await Promise.all([door.audioEnergyRises('Kitchen'), kitchen.audioEnergyRises('Door')]);
  await door.isAccessible('intercom in a call');
  await kitchen.dials();
  await Promise.all([kitchen.reads('You have hung up.'), door.reads('Nobody else is here yet')]);
  assert.deepEqual(await kitchen.legs(), []);
  await kitchen.dials();
  await door.audioEnergyRises('Kitchen');
  await server.kill();
  await door.reads('The connection to the server is lost');
  await door.audioEnergyRises('Kitchen');
  await server.start();
  await door.talksWith('Kitchen');
  await Promise.all([door.close(), kitchen.close()]);
});

test('an intercom of another origin, with a copy of the library, hears a page of ours by way of the server', async () => {
  const ada = await User.join(server.url, 'shop', 'Ada', { query: { path: 'forward' } });
  const door = await Caller.at(foreign, 'shop', 'Door');
  await door.dials();
  await Promise.all([door.audioEnergyRises('Ada'), ada.audioEnergyRises('Door')]);
  const [seen] = await ada.sees('Door');
  assert.equal(seen?.path, 'forward');
  const copied = await door.page.evaluate((url) => import(url).then(() => false, () => true), `${server.url}/assets/lib/call.js`);
  assert.ok(copied, 'browsers take no modules from a server of another origin');
  await Promise.all([door.close(), ada.close()]);
});

test('a program of Python and a page hear each other, whoever comes first', async () => {
  const ada = await User.join(server.url, 'bell', 'Ada');
  await ada.sees();
  const bell = new DoorBell(server.url, 'bell', 'Door bell');
  const hears = async (/** @type {string} */ name) => {
    for (let loudest = 0; loudest < AUDIBLE; ) {
      const line = await bell.says();
      if (line.heard === name) loudest = line.loudest;
    }
  };
  await Promise.all([hears('Ada'), ada.audioEnergyRises('Door bell')]);
  assert.equal((await ada.remote('Door bell')).kind, 'native');
  const grace = await User.join(server.url, 'bell', 'Grace', { kind: 'firefox' });
  await Promise.all([hears('Grace'), grace.audioEnergyRises('Door bell')]);
  assert.equal((await grace.remote('Door bell')).path, 'direct');
  await bell.interrupt();
  await Promise.all([ada.sees('Grace'), grace.sees('Ada')]);
  await Promise.all([ada.close(), grace.close()]);
});
