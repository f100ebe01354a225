// What goes wrong during a call, the sentence for it, and the way on.
//
// Unverified in both browsers: the hint about a bad network, as loopback loses nothing; its rules are tested by themselves.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Proxy } from '../harness/proxy.js';
import { Server, visavisWith } from '../harness/server.js';
import { cameraPlug, drawnSound } from '../harness/stand-ins.js';
import { DESKTOP, KINDS, User } from '../harness/user.js';
import { en } from '../../web/messages/en.js';

const server = new Server();
const small = new Server(visavisWith('--room-participants', '2'));
/** Sends browsers to a TURN server that is not there. */
const pathless = new Server(visavisWith('--ice-address', '127.0.0.1:47999'));

before(() => Promise.all([server, small, pathless].map((one) => one.start())));
after(async () => {
  await closeBrowsers();
  await Promise.all([server, small, pathless].map((one) => one.stop()));
});

/** How long both sides look for a path before they say that there is none, in milliseconds. */
const LOOKING = 60_000;

/** @param {User} user
 * @param {string} selector
 * @returns {Promise<boolean>} whether it is what is touched in its middle */
function onTop(user, selector) {
  return user.page.$eval(selector, (element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    return found !== null && (element === found || element.contains(found));
  });
}

/** With the chat open and a notice that lasts: on a small screen all of it is seen, and nothing covers what is pressed.
 * @param {User} user */
async function reachable(user) {
  const notice = '.notices-lasting > .notice';
  for (const size of [{ width: 390, height: 844 }, { width: 844, height: 390 }, { width: 820, height: 900 }]) {
    await user.page.setViewport(size);
    const where = `at ${size.width} by ${size.height}`;
    for (const seen of [notice, '.panel:not([hidden]) header button', '[data-testid=chat-message]', '[data-testid=chat-input]'])
      await user.until(`${seen} is on top ${where}`, () => onTop(user, seen));
    await user.press('chat-toggle');
    for (const seen of [notice, '.tile-menu', 'vv-tile vv-path-badge'])
      await user.until(`${seen} is on top ${where}`, () => onTop(user, seen));
    await user.press('chat-toggle');
  }
  await user.page.setViewport(DESKTOP);
}

for (const kind of KINDS) {
  test(`a camera that is unplugged is said to be, and another one is taken (${kind})`, async () => {
    const grace = await User.join(server.url, `unplugged ${kind}`, 'Grace');
    const ada = await User.join(server.url, `unplugged ${kind}`, 'Ada', { kind, standIns: [[cameraPlug]] });
    await Promise.all([ada.sees('Grace'), grace.seesAndHears('Ada')]);
    await ada.page.evaluate(() => /** @type {any} */ (window).unplug());
    await ada.wasShown('notice', en.hints.unplugged.camera);
    await grace.framesAdvance('Ada');
    await Promise.all([ada.close(), grace.close()]);
  });

  test(`a lost connection to the server is said, and its return; picture and sound go on (${kind})`, async () => {
    const proxy = await new Proxy(server.url).open();
    const grace = await User.join(server.url, `lost ${kind}`, 'Grace');
    const ada = await User.join(proxy.url, `lost ${kind}`, 'Ada', { kind });
    await Promise.all([ada.seesAndHears('Grace'), grace.sees('Ada')]);
    proxy.cut();
    await ada.shows('notice', en.call.reconnecting);
    await ada.framesAdvance('Grace');
    await ada.press('chat-toggle');
    await ada.say('it rains here');
    await ada.shows('chat-message', en.chat.waiting);
    await reachable(ada);
    await ada.isAccessible('chat with a message that waits');
    proxy.mend();
    await ada.wasShown('notice', en.call.back);
    await ada.hides('notice', en.call.reconnecting);
    await grace.press('chat-toggle');
    await grace.shows('chat-message', 'it rains here');
    await ada.hides('chat-message', en.chat.waiting);
    const lines = await ada.page.$$eval('[data-testid=chat-message]', (all) => all.map(({ textContent }) => textContent));
    assert.equal(lines.length, 1, `there is one line of it: ${lines}`);
    await Promise.all([ada.close(), grace.close()]);
    proxy.close();
  });

  test(`a full room says so, and lets one in as soon as somebody has left (${kind})`, async () => {
    const grace = await User.join(small.url, `full ${kind}`, 'Grace');
    const linus = await User.join(small.url, `full ${kind}`, 'Linus');
    await grace.sees('Linus');
    const ada = await User.join(small.url, `full ${kind}`, 'Ada', { kind });
    await ada.shows('notice', en.endings['room-full'].title);
    await ada.isAccessible('full room');
    await linus.press('leave');
    await grace.sees();
    await ada.press('ended-again');
    await ada.seesAndHears('Grace');
    await Promise.all([ada.close(), grace.close(), linus.close()]);
  });

  test(`two who find no path to each other are told, and still share chat and signs (${kind})`, async () => {
    // Where the server may forward, they would see each other by way of it.
    const query = { ice: 'relay', path: 'direct' };
    const grace = await User.join(pathless.url, `path ${kind}`, 'Grace', { query });
    const ada = await User.join(pathless.url, `path ${kind}`, 'Ada', { kind, query });
    await Promise.all([ada.sees('Grace'), grace.sees('Ada')]);
    await ada.until('there is no path', () => ada.isShown('hint', en.hints.noPath('Grace')), LOOKING);
    assert.equal((await ada.remote('Grace')).path, null);
    await ada.shows('tile', en.tile.failed);
    await ada.pressIn('hint', en.dismiss);
    await ada.isFocused('mute');
    await ada.press('chat-toggle');
    await ada.say('can you hear me?');
    await grace.press('chat-toggle');
    await grace.shows('chat-message', 'can you hear me?');
    await ada.key('Escape');
    await ada.press('tile-menu');
    await ada.shows('tile-menu-dialog');
    await grace.close();
    await ada.hides('tile-menu-dialog');
    await ada.isFocused('mute');
    await ada.close();
  });

  test(`sound that the browser holds back is heard after one touch (${kind})`, async () => {
    const grace = await User.join(server.url, `silent ${kind}`, 'Grace');
    const ada = await User.join(server.url, `silent ${kind}`, 'Ada', { kind, devices: 'untouched' });
    await grace.sees('Ada');
    await ada.wasShown('notice', en.call.blocked);
    await ada.pressIn('notice', en.call.hear);
    await ada.hides('notice', en.call.blocked);
    await ada.until('Grace is played', () => ada.page.$eval('[data-testid=tile] audio', (audio) => !audio.paused));
    await Promise.all([ada.close(), grace.close()]);
  });

  test(`whoever speaks while muted, or has a dead microphone, is told quietly (${kind})`, async () => {
    const ada = await User.join(server.url, `humming ${kind}`, 'Ada', { kind, standIns: [[drawnSound, 'humming']] });
    await ada.sees();
    await ada.press('mute');
    await ada.shows('hint', en.hints.mutedSpeaking);
    await ada.pressIn('hint', en.controls.unmute);
    await ada.hides('hint', en.hints.mutedSpeaking);
    await ada.close();
    const grace = await User.join(server.url, `dead ${kind}`, 'Grace', { kind, standIns: [[drawnSound, 'dead']] });
    await grace.shows('hint', en.hints.silentMic);
    await grace.pressIn('hint', en.hints.chooseDevice);
    await grace.shows('settings-dialog');
    await grace.close();
  });

  test(`a link that leads to no room says so, and leads to the start page (${kind})`, async () => {
    for (const [path, ending] of /** @type {const} */ ([['%ff', 'no-room'], ['%20/', 'no-room'], ['x'.repeat(129), 'room-too-long']])) {
      const ada = await User.visit(`${server.url}/r/${path}`, 'Ada', { kind });
      await ada.shows('notice', en.endings[ending].title);
      await ada.press('ended-again');
      await ada.shows('start-go');
      await ada.close();
    }
  });

  test(`a second tab that joins without asking is told that people hear one twice (${kind})`, async () => {
    const ada = await User.join(server.url, `twice ${kind}`, 'Ada', { kind });
    await ada.sees();
    const other = await ada.tab(ada.page.url());
    await other.shows('hint', en.hints.elsewhere);
    await other.pressIn('hint', en.hints.useHere);
    await ada.shows('notice', en.endings['taken-over'].title);
    await other.sees();
    await ada.close();
  });
}
