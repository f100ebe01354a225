// The page of the call, used by hand: everything that one person does and another sees.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Server } from '../harness/server.js';
import { DESKTOP, KINDS, User } from '../harness/user.js';
import { SHORTCUTS } from '../../web/elements/shortcuts.js';
import { en } from '../../web/messages/en.js';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

/** Ada, in the browser that is tested, with Grace.
 * @param {string} room
 * @param {import('../harness/browser.js').Kind} kind */
async function call(room, kind) {
  const grace = await User.join(server.url, room, 'Grace');
  const ada = await User.join(server.url, room, 'Ada', { kind });
  await Promise.all([ada.seesAndHears('Grace'), grace.seesAndHears('Ada')]);
  return { ada, grace };
}

/** The names on the tiles that are large.
 * @param {User} user
 * @returns {Promise<string[]>} */
function large(user) {
  return user.page.$$eval('vv-stage > [data-main] .name', (names) => names.map(({ textContent }) => textContent ?? ''));
}

/** @param {User} user
 * @param {string} selector of a button
 * @param {string} label */
async function isNamed(user, selector, label) {
  await user.until(`${selector} is named ${label}`, async () => (await user.attribute(selector, 'aria-label')) === label);
}

/** The chat: what comes while it is closed is counted, and who comes late reads it all.
 * @param {User} ada
 * @param {User} grace
 * @param {string} room */
async function chat(ada, grace, room) {
  await grace.press('chat-toggle');
  await grace.say('first');
  await grace.say('see https://example.org/');
  const unread = `${en.controls.openChat}, ${en.controls.unread(2)}`;
  await isNamed(ada, '[data-testid=chat-toggle]', unread);
  await ada.wasShown('announcement', 'first');
  assert.match(await ada.page.title(), /^\(2\) /, 'the tab tells of it');
  await ada.press('chat-toggle');
  await ada.shows('chat-message', 'see https://example.org/');
  await isNamed(ada, '[data-testid=chat-toggle]', en.controls.closeChat);
  const rel = await ada.attribute('[data-testid=chat-message] a[href="https://example.org/"]', 'rel');
  assert.equal(rel, 'noopener noreferrer', 'links are safe');
  await ada.isAccessible('call with its chat');
  assert.doesNotMatch(await ada.page.title(), /^\(/);
  await unseen(ada, grace);

  const linus = await User.join(server.url, room, 'Linus');
  await linus.press('chat-toggle');
  await linus.shows('chat-message', 'first');
  await Promise.all([ada.sees('Grace', 'Linus'), grace.sees('Ada', 'Linus')]);
  return linus;
}

/** The chat is open, and yet nobody sees what comes: another tab is in front, or it is read further up.
 * @param {User} ada
 * @param {User} grace */
async function unseen(ada, grace) {
  await ada.page.evaluate(() => Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' }));
  await grace.page.$eval('[data-testid=chat-input]', (field) => {
    /** @type {HTMLTextAreaElement} */ (field).value = 'a long one\n'.repeat(60);
  });
  await grace.press('chat-send');
  await ada.until('the tab tells of it', async () => (await ada.page.title()).startsWith('(1) '));
  await ada.page.evaluate(() => {
    Reflect.deleteProperty(document, 'visibilityState');
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await ada.until('it is seen', async () => !(await ada.page.title()).startsWith('('));
  assert.equal(await ada.isShown('chat-newer'), false, 'the list has followed');
  await ada.page.$eval('.chat-list', (list) => list.scrollTo(0, 0));
  await grace.say('at the end');
  await ada.shows('chat-newer', en.chat.newer);
  await ada.isAccessible('chat with new messages further down');
  await ada.press('chat-newer');
  await ada.hides('chat-newer');
  await ada.until('the end is reached', () => ada.page.$eval('.chat-list',
    ({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2));
}

/** Raised hand, reaction and mute are seen by the other.
 * @param {User} ada
 * @param {User} grace */
async function signs(ada, grace) {
  await ada.press('hand');
  await grace.wasShown('notice', en.people.raised('Ada'));
  await grace.press('people');
  await grace.shows('person', en.people.handNumber(1));
  await grace.isAccessible('call with its list of people');
  // The hand goes down under the focus: the list is drawn anew, and the focus stays.
  await grace.page.focus('[data-testid=person-menu]');
  await ada.press('hand');
  await grace.until('the hand is down', async () => !(await grace.isShown('person', en.people.handNumber(1))));
  await grace.isFocused('person-menu');
  await ada.press('hand');
  await ada.press('react');
  await ada.press('react-choice');
  await Promise.all([grace.wasShown('reaction', 'Ada'), ada.wasShown('reaction', en.you)]);
  await ada.press('mute');
  await grace.until('Ada is muted in the list',
    () => grace.page.$$eval('[data-testid=person]', (rows, muted) => rows.some((row) =>
      (row.textContent ?? '').includes('Ada') && row.querySelector(`[aria-label="${muted}"]`)), en.tile.muted));
  await ada.page.setViewport({ width: 390, height: 844 });
  await ada.until('the own name is whole or not shown', () => ada.page.$eval('[data-testid=self-tile] .name',
    ({ clientWidth, scrollWidth }) => scrollWidth <= clientWidth));
  await ada.page.setViewport(DESKTOP);
  await ada.press('camera');
  await grace.until('the camera of Ada is off', async () => !(await grace.remote('Ada')).state.camera);
  for (const button of ['camera', 'mute', 'hand']) await ada.press(button);
  await grace.framesAdvance('Ada');
}

/** Layouts, pin and volume: one's own view, which nobody else gets to know.
 * @param {User} ada */
async function view(ada) {
  assert.deepEqual(await large(ada), [], 'everybody has the same size');
  await ada.press('layout');
  await ada.until('one is large', async () => (await large(ada)).length === 1);
  await ada.press('layout');
  await ada.until('everybody has the same size again', async () => (await large(ada)).length === 0);

  const tile = '[data-testid=tile]:has(.name)';
  const [first] = await ada.page.$$eval(`${tile} .name`, (names) => names.map(({ textContent }) => textContent ?? ''));
  await ada.press('tile-menu');
  await ada.press('pin');
  await ada.until('the pinned one is large', async () => (await large(ada)).join() === first);
  await ada.press('tile-menu');
  await ada.isAccessible('call with the options of a tile');
  await ada.page.focus('[data-testid=volume]');
  await ada.key('Home');
  await ada.until('that one is silent', () => ada.page.$eval('[data-main] audio', (audio) => audio.volume === 0));
  const others = await ada.page.$$eval('[data-testid=tile]:not([data-main]) audio', (all) => all.map(({ volume }) => volume));
  assert.deepEqual(others, [1], 'the other one is not');
  await ada.press('pin');
  await ada.until('nobody is large', async () => (await large(ada)).length === 0);
  return first;
}

/** Whoever reloads the page is somebody new, and as loud as before.
 * @param {User} ada
 * @param {User} other who was made silent */
async function silentAgain(ada, other) {
  const before = (await ada.remote(other.name)).id;
  await other.page.reload();
  await ada.until(`${other.name} is back`, async () => (await ada.remote(other.name)).id !== before);
  await ada.until('they are silent still', () => ada.page.$$eval('vv-tile', (tiles, name) => tiles.some((tile) =>
    tile.querySelector('.name')?.textContent === name && tile.querySelector('audio')?.volume === 0), other.name));
}

/** The statistics show plots, and a text for support that names no address.
 * @param {User} ada
 * @param {string} room */
async function statistics(ada, room) {
  await ada.press('stats');
  await ada.shows('stats-panel', 'Grace');
  await ada.until('something is plotted', () => ada.page.$$eval('[data-testid=stats-panel] canvas', (plots) => plots.some((plot) => {
    const pixels = plot.width > 0 ? plot.getContext('2d')?.getImageData(0, 0, plot.width, plot.height).data : null;
    return pixels?.some((value) => value > 0);
  })));
  await ada.isAccessible('call with its statistics');
  await ada.press('stats-copy');
  await ada.until('the report is copied', async () => (await ada.copied()).includes('Grace: native'));
  const report = await ada.copied();
  const agent = await ada.page.evaluate(() => navigator.userAgent);
  const written = report.replace(agent, '');
  assert.doesNotMatch(written, /\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f]*:[0-9a-f]+:|\.local/i, 'no address of anybody');
  assert.ok(!written.includes(room), 'not the room, whose name lets people in');
  await ada.press('stats');
}

for (const kind of KINDS) {
  test(`chat, hands, reactions, people, layouts, volume and statistics of a call of three (${kind})`, async () => {
    const room = `page ${kind}`;
    const { ada, grace } = await call(room, kind);
    await ada.isAccessible('call');
    const linus = await chat(ada, grace, room);
    await ada.press('chat-toggle');
    await signs(ada, grace);
    const silent = await view(ada);
    await silentAgain(ada, silent === 'Grace' ? grace : linus);
    await statistics(ada, room);
    await Promise.all([ada.close(), grace.close(), linus.close()]);
  });

  // Unverified in Firefox: the choice between several devices and loudspeakers (it has one fake device of each kind and no
  // fake loudspeaker).
  test(`every key does what the list of keys says, and the devices can be changed in the call (${kind})`, async () => {
    const { ada, grace } = await call(`keys ${kind}`, kind);
    await ada.key('?');
    for (const [, name] of SHORTCUTS) await ada.shows('help-dialog', en.help[name]);
    await ada.isAccessible('list of keys');
    await ada.key('Escape');
    await ada.hides('help-dialog');

    await keys(ada, grace);
    await ada.key('d');
    await ada.shows('settings-dialog');
    await ada.isAccessible('choice of devices in the call');
    await devices(ada, grace, kind);
    await ada.key('Escape');
    await ada.hides('settings-dialog');
    await ada.page.setViewport({ width: 390, height: 844 });
    await ada.press('settings');
    await ada.shows('settings-dialog');
    await ada.key('Escape');
    await ada.isFocused('more');
    await ada.page.setViewport(DESKTOP);
    await becomes(ada, 'f', 'fullscreenElement');
    await becomes(ada, 'o', 'pictureInPictureElement');
    await ada.key('c');
    await ada.say('before I go');
    await ada.press('leave');
    await ada.shows('notice', en.endings.left.title);
    await ada.isAccessible('end of a call');
    await grace.sees();
    await ada.press('ended-again');
    await ada.press('chat-toggle');
    await ada.shows('chat-message', en.you);
    await Promise.all([ada.close(), grace.close()]);
  });
}

/** A key that gives the screen, or a small window, to something, and takes it back.
 * @param {User} user
 * @param {import('puppeteer-core').KeyInput} key
 * @param {'fullscreenElement' | 'pictureInPictureElement'} place */
async function becomes(user, key, place) {
  for (const taken of [true, false]) {
    await user.key(key);
    await user.until(`${place} is ${taken ? 'something' : 'nothing'}`,
      () => user.page.evaluate((name, wanted) => (document[name] !== null) === wanted, place, taken));
  }
}

/** The keys whose effect the other sees, or which open and close something.
 * @param {User} ada
 * @param {User} grace */
async function keys(ada, grace) {
  for (const [key, member, value, said] of /** @type {const} */ ([
    ['m', 'mic', false, en.said.micOff], ['v', 'camera', false, en.said.cameraOff], ['h', 'hand', true, en.said.handUp],
  ])) {
    await ada.key(key);
    await ada.wasShown('announcement', said);
    await grace.until(`${key} reached Grace`, async () => (await grace.remote('Ada')).state[member] === value);
    await ada.key(key);
    await grace.until(`${key} is taken back`, async () => (await grace.remote('Ada')).state[member] !== value);
  }
  for (const [key, panel] of /** @type {const} */ ([['p', 'people-panel'], ['i', 'stats-panel'], ['c', 'chat-panel']])) {
    await ada.key(key);
    await ada.shows(panel);
    // In the chat letters are written: only Escape leads out of it.
    await ada.key('Escape');
    await ada.hides(panel);
  }
  await ada.key('r');
  await ada.shows('reaction-picker');
  await ada.key('Escape');
  await ada.hides('reaction-picker');
  await ada.key('s');
  await ada.shows('share-dialog');
  await ada.isAccessible('dialog before a share');
  await ada.key('Escape');
  await ada.hides('share-dialog');
  await ada.key('l');
  await ada.until('the speaker is large, or would be', async () =>
    (await ada.page.$eval('vv-stage', (stage) => /** @type {any} */ (stage).layout)) === 'speaker');
  await ada.key('l');
}

/** @param {User} ada
 * @param {User} grace
 * @param {import('../harness/browser.js').Kind} kind */
async function devices(ada, grace, kind) {
  for (const source of ['camera', 'mic', 'output']) {
    const { chosen, values } = await ada.choices(`device-${source}`);
    const another = values.findLast((id) => id !== chosen);
    assert.ok(another || kind === 'firefox', `there is another device: ${source}`);
    if (!another) continue;
    await ada.choose(`device-${source}`, another);
    await ada.until(`another device is used: ${source}`, async () => (await ada.choices(`device-${source}`)).chosen === another);
    if (source !== 'output') continue;
    await ada.until('Grace plays there', () => ada.page.$eval('[data-testid=tile] audio', (audio, id) => audio.sinkId === id, another));
  }
  await Promise.all([grace.framesAdvance('Ada'), grace.audioEnergyRises('Ada')]);
}
