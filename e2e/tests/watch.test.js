// The page that only watches a room: one picture and one sound of everybody, made by the server.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Server, visavisWith } from '../harness/server.js';
import { plainCamera } from '../harness/stand-ins.js';
import { DESKTOP, User } from '../harness/user.js';
import { en } from '../../web/messages/en.js';

const TOKEN = 'a-token-of-at-least-sixteen';

const server = new Server();
/** Where not everybody may watch. */
const guarded = new Server(visavisWith('--whip-token', TOKEN));

before(() => Promise.all([server.start(), guarded.start()]));
after(async () => {
  await closeBrowsers();
  await Promise.all([server.stop(), guarded.stop()]);
});

/** Whoever is there in the present test. @type {User[]} */
const people = [];

afterEach(async () => {
  await Promise.allSettled(people.splice(0).map((one) => one.close()));
});

/** What the cameras show, and what of it is by far the most. */
const COLOURS = { red: '#d81020', blue: '#1028d8' };

/** @typedef {keyof typeof COLOURS} Colour */

/** Somebody whose camera shows one colour.
 * @param {string} room
 * @param {string} name
 * @param {Colour} colour
 * @param {Record<string, string>} [query] */
async function join(room, name, colour, query = {}) {
  const user = await User.join(server.url, room, name, { standIns: [[plainCamera, COLOURS[colour]]], query });
  people.push(user);
  return user;
}

/** Somebody who watches.
 * @param {string} room
 * @param {{query?: string, at?: Server, options?: Parameters<typeof User.visit>[2]}} [options] */
async function watch(room, { query = '', at = server, options = {} } = {}) {
  const user = await User.visit(`${at.url}/r/${room}/watch${query}`, 'Viewer', options);
  people.push(user);
  return user;
}

/** What the picture is and shows: its size, and the colours in the middle of its left and of its right half.
 * @param {User} viewer
 * @returns {Promise<{size: number[], playing: boolean, left: string, right: string}>} */
function picture(viewer) {
  return viewer.page.$eval('[data-testid=watch-video]', (element) => {
    const video = /** @type {HTMLVideoElement} */ (element);
    const { videoWidth: width, videoHeight: height } = video;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context?.drawImage(video, 0, 0);
    const colour = (/** @type {number} */ place) => {
      const [red = 0, green = 0, blue = 0] = context?.getImageData(Math.round(width * place), Math.round(height / 2), 1, 1).data ?? [];
      if (red > 2 * Math.max(green, blue) && red > 100) return 'red';
      return blue > 2 * Math.max(red, green) && blue > 100 ? 'blue' : `rgb ${red} ${green} ${blue}`;
    };
    return { size: [width, height], playing: !video.paused, left: colour(1 / 4), right: colour(3 / 4) };
  });
}

/** Waits until the picture shows these colours, one beside the other.
 * @param {User} viewer
 * @param {Colour} left
 * @param {Colour} right */
async function shows(viewer, left, right) {
  /** @type {unknown} */ let last;
  const look = async () => {
    const seen = await picture(viewer);
    last = seen;
    return seen.playing && seen.left === left && seen.right === right ? seen : null;
  };
  return viewer.until(`${left} is beside ${right}`, look).catch((error) => {
    throw new Error(`${error.message}\nthe picture was ${JSON.stringify(last)}`);
  });
}

/** Waits until more pictures and more sound have come than now, over the one connection, and the sound is played.
 * @param {User} viewer */
async function seesAndHears(viewer) {
  const [before] = await viewer.legs();
  await viewer.until('the picture moves, and there is sound', async () => {
    const [leg, ...others] = await viewer.legs();
    return leg && before && others.length === 0 && leg.frames > before.frames + 5 && leg.energy > before.energy;
  });
  assert.deepEqual(await sound(viewer), { paused: false, muted: false });
}

/** @param {User} viewer */
function sound(viewer) {
  return viewer.page.$eval('[data-testid=watch-audio]', (audio) => {
    const { paused, muted } = /** @type {HTMLAudioElement} */ (audio);
    return { paused, muted };
  });
}

test('who watches a room sees everybody side by side, hears them, and is seen by nobody', async () => {
  const [ada, bob] = [await join('mix', 'Ada', 'red'), await join('mix', 'Bob', 'blue')];
  await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);
  const others = await ada.watchOthers();
  const viewer = await watch('mix');
  const { size } = await shows(viewer, 'red', 'blue');
  assert.deepEqual(size, [1280, 720]);
  await seesAndHears(viewer);
  assert.equal((await others()).most, 1);
  await viewer.isAccessible('page that watches');
  await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);

  await viewer.key('m');
  await viewer.until('it is silent', async () => (await sound(viewer)).muted);
  assert.equal(await viewer.attribute('[data-testid=watch-sound]', 'aria-label'), en.watch.soundOn);
  await viewer.key('m');
  await viewer.until('it is heard', async () => !(await sound(viewer)).muted);

  await viewer.page.setViewport({ width: 390, height: 844 });
  await viewer.isAccessible('page that watches on a phone');
  const [width, most] = await viewer.page.$eval('.watch-bar', ({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
  assert.ok((width ?? 0) <= (most ?? 0), 'nothing stands out');
  await viewer.page.setViewport(DESKTOP);
  await viewer.page.mouse.move(200, 200);
  await viewer.press('watch-call');
  await viewer.shows('lobby-join');
  assert.equal(await viewer.page.evaluate(() => location.pathname), '/r/mix');
});

test('controls go while nobody touches anything, and come with the keyboard or the pointer', async () => {
  await join('rest', 'Ada', 'red', { path: 'forward' });
  const viewer = await watch('rest');
  const seen = () => viewer.page.$eval('.watch-bar', (bar) => getComputedStyle(bar).opacity);
  await viewer.until('they are gone', async () => (await seen()) === '0');
  await viewer.key('Tab');
  await viewer.until('they are back', async () => (await seen()) === '1');
  await viewer.key('Escape');
  await viewer.until('they are gone again', async () => (await seen()) === '0');
  await viewer.page.mouse.move(200, 200);
  await viewer.until('they are back once more', async () => (await seen()) === '1');
});

test('an empty room is told, begins by itself when somebody comes, and is empty again when they have left', async () => {
  const viewer = await watch('empty');
  await viewer.shows('watch-state', en.lobby.nobodyHere);
  await viewer.shows('watch-more', en.watch.begins);
  await viewer.isAccessible('page that watches an empty room');
  const ada = await join('empty', 'Ada', 'red');
  await viewer.until('there is a picture', async () => ((await picture(viewer)).size[0] ?? 0) > 0);
  await ada.close();
  await viewer.shows('watch-state', en.lobby.nobodyHere);
});

test('a link may show one participant alone', async () => {
  const [ada] = [await join('one', 'Ada', 'red', { path: 'forward' }), await join('one', 'Bob', 'blue', { path: 'forward' })];
  await ada.framesAdvance('Bob');
  const viewer = await watch('one', { query: '?participant=Bob' });
  await shows(viewer, 'blue', 'blue');
  const nobody = await watch('one', { query: '?participant=Linus' });
  await nobody.shows('watch-state', en.watch.absent);
});

test('a server that wants a token is given it by hand, once in a tab, and not by an address', async () => {
  const viewer = await watch('guarded', { at: guarded });
  await viewer.shows('watch-token');
  await viewer.shows('watch-state', en.watch.token);
  await viewer.isFocused('watch-token');
  await viewer.isAccessible('page that asks for a token');
  await viewer.write('watch-token', 'not-this-one');
  await viewer.key('Enter');
  await viewer.shows('watch-token-wrong', en.watch.tokenWrong);
  await viewer.isAccessible('page that asks for a token again');
  await viewer.write('watch-token', TOKEN);
  await viewer.press('watch-go');
  await viewer.shows('watch-state', en.lobby.nobodyHere);
  assert.equal(await viewer.page.evaluate(() => location.search), '');
  await viewer.page.reload();
  await viewer.shows('watch-state', en.lobby.nobodyHere);
});

/** Runs in the page; says on its console while the button is there. A question from outside counts as a touch.
 * @returns {void} */
function noteSilence() {
  setInterval(() => {
    if (document.querySelector('[data-testid=watch-hear]:not([hidden])')) console.debug('held back');
  }, 200);
}

test('sound that the browser holds back is heard after one touch, and the picture is there before', async () => {
  await join('silent', 'Ada', 'red', { path: 'forward' });
  const viewer = await watch('silent', { options: { devices: 'untouched', standIns: [[noteSilence]] } });
  let isHeldBack = false;
  viewer.page.on('console', (message) => (isHeldBack ||= message.text() === 'held back'));
  await viewer.until('the sound is held back', () => isHeldBack);
  await viewer.until('there is a picture', async () => (await picture(viewer)).playing);
  await viewer.isAccessible('page that watches in silence');
  await viewer.press('watch-hear');
  await viewer.hides('watch-hear');
  await viewer.isFocused('watch-sound');
  await seesAndHears(viewer);
});

test('whoever is alone in a room has a link for those who only watch, where they may', async () => {
  const ada = await join('invite', 'Ada', 'red');
  await ada.press('watch-copy');
  await ada.until('the link is copied', async () => (await ada.copied()) === `${server.url}/r/invite/watch`);
  await ada.isAccessible('call of one with both links');
  const bob = await join('unwatched', 'Bob', 'blue', { path: 'direct' });
  await bob.shows('start-copy');
  await bob.hides('watch-copy');
});
