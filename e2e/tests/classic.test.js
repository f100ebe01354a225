// The classic protocol in real browsers: examples/client.html with itself, with our page, and with the server that the
// protocol was made for.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
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

test('two classic pages, one of them with the Socket.IO client of 2016, hold a call here', async () => {
  const url = pageOf(server, 'classic');
  const first = await ClassicParticipant.open(url, 'today');
  const second = await ClassicParticipant.open(url, '2016', { answers: OLD_LIBRARY });
  await Promise.all([first.seesAndHears(1), second.seesAndHears(1)]);
  await first.close();
  await second.tiles(1);
  await second.close();
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
