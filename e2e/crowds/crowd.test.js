// A forwarded room with many in it: synthetic callers, and a browser of each kind.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Crowd } from '../harness/crowd.js';
import { Server } from '../harness/server.js';
import { drawnCamera } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';

/** @typedef {import('../harness/browser.js').Kind} Kind */

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

/** @param {string} room
 * @param {string} name
 * @param {Kind} kind */
function join(room, name, kind) {
  const standIns = kind === 'chromium' ? [/** @type {import('../harness/user.js').StandIn} */ ([drawnCamera, 1, { rate: 15 }])] : [];
  return User.join(server.url, room, name, { kind, standIns, query: { path: 'forward' } });
}

test('thirty others, of whom two send picture and sound, leave a call between Chromium and Firefox as it is', async () => {
  // Those who come first are on the first page of tiles.
  const ada = await join('crowd', 'Ada', 'chromium');
  const bob = await join('crowd', 'Bob', 'firefox');
  await Promise.all([ada.framesAdvance('Bob'), bob.framesAdvance('Ada')]);
  const crowd = await Crowd.join(server.url, 'crowd', { count: 30, publish: 2 });
  try {
    for (const [user, other] of /** @type {const} */ ([[ada, 'Bob'], [bob, 'Ada']])) {
      // The callers are numbered in the order they came, and the first ones send.
      for (const name of [other, 'Guest 1', 'Guest 2']) await user.framesAdvance(name);
      assert.equal((await user.remote(other)).path, 'forward');
    }
  } finally {
    const { connected, failed, least, streams } = await crowd.leave();
    assert.deepEqual({ connected, failed }, { connected: 30, failed: 0 });
    assert.ok(least > 0 && streams > 0, 'everyone of them received something all the time');
    await Promise.all([ada.close(), bob.close()]);
  }
});
