// The start page, and what holds on every page: language, appearance, weight.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { after, before, test } from 'node:test';
import { generate } from 'lean-qr';
import { UNTRUSTED_HOST, closeBrowsers } from '../harness/browser.js';
import { Server } from '../harness/server.js';
import { KINDS, User } from '../harness/user.js';
import { ar } from '../../web/messages/ar.js';
import { de } from '../../web/messages/de.js';
import { en } from '../../web/messages/en.js';

/** The most that may be transferred before a page is there, in bytes. */
const MOST = { start: 100_000, call: 200_000 };

/** Why nothing is weighed. */
const UNCOMPRESSED = 'NOT TESTED: the weight of the pages, for this build reads them from disk. Build it with --release and set VISAVIS_BIN, as make test does';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

/** The drawn code as rows of modules, dark ones as `#`.
 * @param {string} path the `d` of its outline: one rectangle for each run of dark modules
 * @param {number} size */
function modules(path, size) {
  const rows = Array.from({ length: size }, () => Array.from({ length: size }, () => ' '));
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let index = 0; index < Number(length); index += 1) {
      const row = rows[Number(y)];
      if (row) row[Number(x) + index] = '#';
    }
  }
  return rows.map((row) => row.join('')).join('\n');
}

/** @param {string} text */
function encoded(text) {
  const code = generate(text);
  const line = (/** @type {number} */ y) => Array.from({ length: code.size }, (_, x) => (code.get(x, y) ? '#' : ' ')).join('');
  return { size: code.size, rows: Array.from({ length: code.size }, (_, y) => line(y)).join('\n') };
}

/** What the page fetched from the server until now: itself, and each file once.
 * @param {User} user
 * @returns {Promise<Set<string>>} paths */
async function fetched(user) {
  const addresses = await user.page.evaluate(() => ['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type).map(({ name }) => name)));
  return new Set(addresses.map((address) => new URL(address).pathname));
}

/** How much comes over the network for these, heads of the answers and all, as browsers are answered.
 * @param {Set<string>} paths
 * @returns {Promise<number>} bytes */
async function weight(paths) {
  const agent = new Agent({ keepAlive: true });
  let bytes = 0;
  for (const path of paths) bytes += await received(path, agent);
  agent.destroy();
  return bytes;
}

/** @param {string} path
 * @param {Agent} agent
 * @returns {Promise<number>} bytes of one whole answer */
async function received(path, agent) {
  const request = get(new URL(path, server.url), { agent, headers: { 'accept-encoding': 'br' } });
  const [socket] = /** @type {[import('node:net').Socket]} */ (await once(request, 'socket'));
  const before = socket.bytesRead;
  const [response] = /** @type {[import('node:http').IncomingMessage]} */ (await once(request, 'response'));
  assert.equal(response.statusCode, 200, path);
  response.resume();
  await once(response, 'end');
  return socket.bytesRead - before;
}

for (const kind of KINDS) {
  test(`the start page makes a room, gives its link, and remembers it in this browser only (${kind})`, async () => {
    const ada = await User.visit(server.url, 'Ada', { kind });
    await ada.shows('start-go');
    assert.ok(!(await ada.isShown('start-recent')), 'there are no recent rooms yet');
    await ada.write('start-room', 'Analytical Engine');
    const link = `${server.url}/r/Analytical%20Engine`;
    await ada.press('start-copy');
    await ada.until('the link is copied', async () => (await ada.copied()) === link);
    await ada.shows('start-copy', en.controls.copied);

    await ada.press('start-qr');
    const { size, rows } = encoded(link);
    const drawn = await ada.attribute('vv-qr-code path', 'd');
    assert.equal(modules(drawn ?? '', size), rows, 'the code is that of the link');
    await ada.isAccessible('start page');

    await ada.press('start-go');
    await ada.shows('lobby-join');
    assert.equal(await ada.page.evaluate(() => location.href), link);
    await ada.press('lobby-join');
    await ada.sees();
    await ada.page.goto(server.url);
    await ada.shows('start-recent', 'Analytical Engine');
    await ada.isAccessible('start page with recent rooms');
    await ada.pressIn('start-recent', en.recent.remove('Analytical Engine'));
    await ada.hides('start-recent');
    await ada.close();
  });

  test(`the link of another server leads there, and makes no room here (${kind})`, async () => {
    const ada = await User.visit(server.url, 'Ada', { kind });
    const elsewhere = 'https://other.example/r/foo';
    await ada.write('start-room', elsewhere);
    await ada.key('Enter');
    await ada.until('the link leads to the other server',
      async () => (await ada.attribute('#start-hint a', 'href')) === elsewhere);
    assert.equal(await ada.page.$eval('#start-hint', ({ textContent }) => textContent), `${en.start.elsewhere} ${elsewhere}`);
    await ada.isAccessible('start page with the link of another server');
    assert.equal(await ada.page.evaluate(() => location.href), `${server.url}/`);
    await ada.write('start-room', 'foo');
    await ada.key('Enter');
    await ada.shows('lobby-join');
    await ada.page.goto(server.url);
    const room = await ada.page.$eval('[data-testid=start-room]', (field) => /** @type {HTMLInputElement} */ (field).value);
    assert.notEqual(room, 'foo', 'a room that was opened is done with');
    await ada.close();
  });

  test(`a link that hides addresses does so on every way back, until the person says otherwise (${kind})`, async () => {
    const link = `${server.url}/r/secret?ice=relay`;
    const ada = await User.visit(server.url, 'Ada', { kind });
    const hides = (/** @type {boolean} */ wish) => ada.until(`addresses are ${wish ? '' : 'not '}to be hidden`,
      () => ada.page.$eval('[data-testid=lobby-hide-address]',
        (field, wanted) => /** @type {HTMLInputElement} */ (field).checked === wanted, wish));
    await ada.write('start-room', link);
    await ada.press('start-go');
    await hides(true);
    assert.equal(await ada.page.evaluate(() => location.href), link, 'the link that was put in keeps it');
    await ada.press('lobby-join');
    await ada.sees();
    await ada.page.goto(server.url);
    await ada.shows('start-recent', 'secret');
    assert.equal(await ada.attribute('[data-testid=start-recent] a', 'href'), link, 'so does a recent room');
    await ada.page.goto(link);
    await hides(true);
    await ada.press('lobby-hide-address');
    await ada.page.reload();
    await hides(false);
    await ada.press('lobby-join');
    await ada.sees();
    await ada.page.goto(server.url);
    await ada.shows('start-recent', 'secret');
    assert.equal(await ada.attribute('[data-testid=start-recent] a', 'href'), `${server.url}/r/secret`);
    await ada.close();
  });

  test(`a page that came over plain http says what that means before anybody joins (${kind})`, async () => {
    const address = new URL(server.url);
    address.hostname = UNTRUSTED_HOST;
    const ada = await User.visit(address.href, 'Ada', { kind });
    await ada.shows('notice', en.insecure);
    assert.equal(await ada.page.$('[data-testid=notice] a'), null, 'no link to where perhaps nobody listens');
    await ada.page.goto(new URL('/r/insecure', address).href);
    await ada.shows('notice', en.devices.both.insecure);
    assert.equal(await ada.page.$('[data-testid=notice] a'), null, 'no link to where perhaps nobody listens');
    await ada.press('lobby-join');
    await ada.sees();
    await ada.close();
  });

  test(`language and appearance are chosen on the page and stay (${kind})`, async () => {
    const ada = await User.visit(`${server.url}/?lang=de`, 'Ada', { kind });
    await ada.shows('start-go', de.start.go);
    await ada.write('start-room', 'Analytical Engine');
    await ada.press('preferences');
    await ada.choose('language', 'ar');
    await ada.shows('start-go', ar.start.go);
    const room = () => ada.page.$eval('[data-testid=start-room]', (field) => /** @type {HTMLInputElement} */ (field).value);
    assert.equal(await room(), 'Analytical Engine', 'the link that was sent still leads to the room of the field');
    assert.deepEqual(await ada.page.evaluate(() => [document.dir, document.documentElement.lang]), ['rtl', 'ar']);
    await ada.isAccessible('start page from right to left');

    const colour = () => ada.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await ada.press('preferences');
    await ada.choose('theme', 'dark');
    const dark = await colour();
    await ada.choose('theme', 'light');
    await ada.until('the page is light', async () => (await colour()) !== dark);
    await ada.isAccessible('start page in light colours');
    const light = await colour();
    await ada.page.goto(`${server.url}/r/rtl`);
    await ada.shows('lobby-join', ar.lobby.join);
    assert.equal(await colour(), light, 'the appearance stays');
    await ada.close();
  });
}

test('the start page and the call weigh little', async (t) => {
  const { headers } = await fetch(server.url, { headers: { 'accept-encoding': 'br' } });
  if (headers.get('content-encoding') !== 'br') return t.skip(UNCOMPRESSED);
  const ada = await User.visit(server.url, 'Ada');
  await ada.shows('start-go');
  const start = await fetched(ada);
  await ada.page.goto(`${server.url}/r/weight?join=now`);
  await ada.sees();
  const call = await fetched(ada);
  await ada.close();
  for (const [page, paths, most] of /** @type {const} */ ([['start page', start, MOST.start], ['call', call, MOST.call]])) {
    const bytes = await weight(paths);
    t.diagnostic(`the ${page}: ${bytes} bytes in ${paths.size} answers, of ${most} that it may have`);
    assert.ok(bytes < most, `the ${page} weighs ${bytes} bytes`);
  }
});
