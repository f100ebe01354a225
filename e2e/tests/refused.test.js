// A camera or microphone that is refused or not there: the call goes on with what there is.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Participant } from '../harness/participant.js';
import { Server } from '../harness/server.js';
import { KINDS } from '../harness/user.js';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

/** @param {Participant} one */
async function live(one) {
  const { local } = await one.snapshot();
  return { mic: local.mic, camera: local.camera };
}

for (const kind of KINDS) {
  test(`whoever says no to camera and microphone still joins, and sees and hears the others (${kind})`, async () => {
    const room = `denied ${kind}`;
    const ada = await Participant.open(server.url, room, 'Ada');
    const guest = await Participant.open(server.url, room, 'Guest', { kind, devices: 'denied' });
    await Promise.all([guest.seesAndHears('Ada'), ada.sees('Guest')]);
    assert.deepEqual(await live(guest), { mic: false, camera: false });

    // The other way round it is the one who offers that has a camera.
    const bob = await Participant.open(server.url, room, 'Bob');
    await guest.seesAndHears('Ada', 'Bob');
    await Promise.all([ada.close(), bob.close(), guest.close()]);
  });
}

// Unverified in Firefox: it has no fake microphone without a fake camera.
test('whoever has no camera still joins, is heard, and sees and hears the others', async () => {
  const guest = await Participant.open(server.url, 'no camera', 'Guest', { devices: 'no-camera' });
  const ada = await Participant.open(server.url, 'no camera', 'Ada');
  await Promise.all([guest.seesAndHears('Ada'), ada.sees('Guest')]);
  await ada.audioEnergyRises('Guest');
  assert.deepEqual(await live(guest), { mic: true, camera: false });
  await Promise.all([ada.close(), guest.close()]);
});
