// What people do not give, and what they try to slip in.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Participant } from '../harness/participant.js';
import { Server } from '../harness/server.js';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

for (const [devices, who] of /** @type {const} */ ([
  ['denied', 'whoever says no to the camera'],
  ['missing', 'whoever has neither camera nor microphone'],
])) {
  test(`${who} still joins, and sees and hears the others`, async () => {
    const ada = await Participant.open(server.url, devices, 'Ada');
    const guest = await Participant.open(server.url, devices, 'Guest', { devices });
    await Promise.all([guest.seesAndHears('Ada'), ada.sees('Guest')]);
    const { local } = await guest.snapshot();
    assert.deepEqual([local.mic, local.camera], [false, false]);

    // The other way round it is the one who offers that has a camera.
    const bob = await Participant.open(server.url, devices, 'Bob');
    await guest.seesAndHears('Ada', 'Bob');
    await Promise.all([ada.close(), bob.close(), guest.close()]);
  });
}
