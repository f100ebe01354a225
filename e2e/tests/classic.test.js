// The classic protocol in real browsers: examples/client.html with itself, with our page, and with the server that it was
// made for.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { ClassicParticipant } from '../harness/participant.js';
import { Server, reference } from '../harness/server.js';

const classicServer = new Server(reference);

/** @param {Server} server
 * @param {string} channel */
const pageOf = (server, channel) => `${server.url}/examples/client.html?channel=${channel}`;

before(() => classicServer.start());
after(async () => {
  await closeBrowsers();
  await classicServer.stop();
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
