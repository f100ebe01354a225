// The classic protocol in real browsers: examples/client.html with itself, with our page, and with the server that the
// protocol was made for.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { closeBrowsers } from '../harness/browser.js';
import { ClassicParticipant, Participant } from '../harness/participant.js';
import { Server, reference } from '../harness/server.js';

const server = new Server();
const classicServer = new Server(reference);

/** The client library of the protocol's own days, in place of the one the server hands out. */
const OLD_LIBRARY = {
  '/socket.io/socket.io.js': await readFile(
    join(dirname(createRequire(import.meta.url).resolve('socket.io-client-classic/package.json')), 'socket.io.js'),
    'utf8',
  ),
};

const PAGE = new URL('../../examples/client.html', import.meta.url);

/** @param {Server} at
 * @param {string} channel */
const pageOf = (at, channel) => `${at.url}/examples/client.html?channel=${channel}`;

before(async () => {
  await classicServer.start();
  await server.start();
});
after(async () => {
  await closeBrowsers();
  await Promise.all([server.stop(), classicServer.stop()]);
});

test('the example page speaks to Socket.IO 1.x itself, in both browsers', async () => {
  const url = pageOf(classicServer, 'reference');
  const first = await ClassicParticipant.open(url, 'first');
  const second = await ClassicParticipant.open(url, 'second', { kind: 'firefox' });
  await Promise.all([first.seesAndHears(1), second.seesAndHears(1)]);
  await second.close();
  await first.tiles(1);
  await first.close();
});

test('two classic pages, one from disk and one with the Socket.IO client of 2016, hold a call here', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'visavis-page-'));
  const file = join(folder, 'client.html');
  await writeFile(file, (await readFile(PAGE, 'utf8')).replace("SIGNALING_SERVER = ''", `SIGNALING_SERVER = '${server.url}'`));
  const disk = await ClassicParticipant.open(`${pathToFileURL(file)}?channel=classic`, 'from disk');
  const old = await ClassicParticipant.open(pageOf(server, 'classic'), '2016', { answers: OLD_LIBRARY });
  await Promise.all([disk.seesAndHears(1), old.seesAndHears(1)]);
  await disk.close();
  await old.tiles(1);
  await old.close();
  await rm(folder, { recursive: true });
});

test('a classic page hears somebody whose camera is off', async () => {
  const classic = await ClassicParticipant.open(pageOf(server, 'dark'), 'classic');
  const ada = await Participant.open(server.url, 'dark', 'Ada', { query: { camera: 'off' } });
  await ada.seesAndHears('classic page');
  await classic.hears();
  await Promise.all([classic.close(), ada.close()]);
});

test('a classic page and our page see and hear each other, whoever comes first', async () => {
  const early = await ClassicParticipant.open(pageOf(server, 'mixed'), 'early', { answers: OLD_LIBRARY });
  const ada = await Participant.open(server.url, 'mixed', 'Ada');
  await Promise.all([early.seesAndHears(1), ada.seesAndHears('classic page')]);
  await early.close();
  await ada.sees();

  const late = await ClassicParticipant.open(pageOf(server, 'mixed'), 'late', { kind: 'firefox' });
  await Promise.all([late.seesAndHears(1), ada.seesAndHears('classic page')]);
  await late.tiles(2);
  await Promise.all([late.close(), ada.close()]);
});
