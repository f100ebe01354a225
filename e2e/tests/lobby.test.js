// The lobby: what is known and chosen before a call, and what is said when something is in the way of it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Participant } from '../harness/participant.js';
import { Proxy } from '../harness/proxy.js';
import { Server } from '../harness/server.js';
import { failingDevices } from '../harness/stand-ins.js';
import { KINDS, User } from '../harness/user.js';
import { de } from '../../web/messages/de.js';
import { en } from '../../web/messages/en.js';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

for (const kind of KINDS) {
  // Unverified in Firefox: the choice between several devices, as it has one fake device of each kind.
  test(`the lobby shows who is in, lets one choose and hide, and leads into a relayed call (${kind})`, async () => {
    const room = `lobby ${kind}`;
    const grace = await Participant.open(server.url, room, 'Grace', { query: { path: 'direct' } });
    const ada = await User.visit(`${server.url}/r/${encodeURIComponent(room)}`, 'Ada', { kind });
    await ada.shows('lobby-people', en.lobby.here('\u2068Grace\u2069', 1));
    await ada.until('the microphone moves the meter',
      async () => Number(await ada.attribute('[data-testid=lobby-level]', 'aria-valuenow')) > 0);
    await ada.until('the own picture is there',
      () => ada.page.$eval('vv-lobby-preview video', (video) => video.videoWidth > 0));

    const mics = await ada.choices('device-mic');
    const another = mics.values.find((id) => id !== mics.chosen);
    if (another) {
      await ada.choose('device-mic', another);
      await ada.until('the other microphone is used', async () => (await ada.choices('device-mic')).chosen === another);
    }
    await ada.press('lobby-camera');
    await ada.press('lobby-hide-address');
    await ada.write('lobby-name', 'Ada');
    await ada.isAccessible('lobby');
    await ada.key('Enter');

    await Promise.all([ada.seesAndHears('Grace'), grace.sees('Ada')]);
    assert.equal((await grace.remote('Ada')).state.camera, false, 'the camera stays off');
    await grace.audioEnergyRises('Ada');
    const legs = await ada.legs();
    assert.deepEqual(legs.map(({ relayed }) => relayed), [true], 'every leg is relayed');

    await ada.page.goto(`${server.url}/r/${encodeURIComponent(room)}`);
    await ada.shows('lobby-name');
    const kept = await ada.page.evaluate(() => ['lobby-name', 'lobby-hide-address'].map((id) => {
      const field = /** @type {HTMLInputElement} */ (document.querySelector(`[data-testid=${id}]`));
      return field.type === 'checkbox' ? field.checked : field.value;
    }));
    assert.deepEqual(kept, ['Ada', true], 'name and wish are kept');
    if (another) assert.equal((await ada.choices('device-mic')).chosen, another, 'the device is kept');
    await Promise.all([ada.close(), grace.close()]);
  });

  for (const [error, problem] of /** @type {const} */ ([
    ['NotAllowedError', 'denied'], ['NotFoundError', 'missing'], ['NotReadableError', 'busy'],
  ])) {
    test(`devices that are ${problem} are named with a way on, and nobody is kept out (${kind})`, async () => {
      const ada = await User.visit(`${server.url}/r/${problem}`, 'Ada', { kind, standIns: [[failingDevices, error]] });
      await ada.shows('notice', en.devices.both[problem]);
      await ada.shows('notice', en.obstacles.retry);
      assert.equal(await ada.isShown('notice', en.obstacles.how), problem === 'denied', 'steps where there are some');
      await ada.isAccessible(`lobby with devices that are ${problem}`);
      await ada.press('lobby-join');
      await ada.sees();
      await ada.close();
    });
  }

  test(`a server that cannot be reached is said to be so, in the lobby and on the way in, until it is back (${kind})`, async () => {
    const proxy = await new Proxy(server.url).open();
    const ada = await User.visit(`${proxy.url}/r/unreachable`, 'Ada', { kind });
    await ada.shows('lobby-people', en.lobby.nobodyHere);
    proxy.cut();
    await ada.shows('notice', en.obstacles.unreachable);
    await ada.press('lobby-join');
    await ada.shows('notice', en.call.unreachable);
    proxy.mend();
    await ada.sees();
    await ada.hides('notice', en.call.unreachable);
    await ada.close();
    proxy.close();
  });

  test(`what was turned on or off by hand stays so in this tab, whatever the link says (${kind})`, async () => {
    const ada = await User.visit(`${server.url}/r/wishes?name=Ada&camera=off`, 'Ada', { kind });
    const says = (/** @type {string} */ id, /** @type {string} */ label) => ada.until(`${id} is named “${label}”`,
      async () => (await ada.attribute(`[data-testid=${id}]`, 'aria-label')) === label);
    await says('lobby-mic', en.controls.mute);
    await says('lobby-camera', en.controls.cameraOn);
    await ada.press('lobby-mic');
    await ada.press('lobby-camera');
    await ada.press('preferences');
    await ada.choose('language', 'de');
    await ada.shows('lobby-join', de.lobby.join);
    await says('lobby-mic', de.controls.unmute);
    await says('lobby-camera', de.controls.cameraOff);

    await ada.isFocused('lobby-join');
    await ada.key('Enter');
    await ada.sees();
    await ada.isFocused('mute');
    await ada.press('mute');
    await says('mute', de.controls.mute);
    await ada.press('camera');
    await says('camera', de.controls.cameraOn);
    await ada.page.reload();
    await says('lobby-mic', de.controls.mute);
    await says('lobby-camera', de.controls.cameraOn);
    await ada.close();
  });

  test(`a second tab of the same browser may take the room over, and give it back (${kind})`, async () => {
    const address = `${server.url}/r/tabs-${kind}`;
    const ada = await User.visit(address, 'Ada', { kind });
    await ada.press('lobby-join');
    await ada.sees();
    await ada.isFocused('mute');
    const other = await ada.tab(address);
    await other.shows('notice', en.obstacles.elsewhere);
    await other.shows('lobby-people', en.lobby.nobodyHere);
    await other.pressIn('notice', en.obstacles.takeOver);
    await other.sees();
    await ada.page.bringToFront();
    await ada.shows('notice', en.endings['taken-over'].title);
    await ada.isAccessible('a call that went on elsewhere');
    await ada.press('ended-again');
    await ada.sees();
    await ada.isFocused('mute');
    await other.page.bringToFront();
    await other.shows('notice', en.endings['taken-over'].title);
    await other.page.goto(address);
    await other.shows('notice', en.obstacles.elsewhere);
    await ada.page.goto('about:blank');
    await other.hides('notice', en.obstacles.elsewhere);
    await ada.close();
  });
}
