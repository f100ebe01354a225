import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { onScreen } from '../../web/elements/on-screen.js';

class Video {
  /** @param {string} srcObject */
  constructor(srcObject) {
    this.srcObject = srcObject;
  }

  /** Its tile. */
  parentElement = {};
}

const page = /** @type {any} */ (globalThis);

beforeEach(() => {
  const document = { visibilityState: 'visible', fullscreenElement: null, pictureInPictureElement: null };
  Object.assign(page, { document, devicePixelRatio: 2, innerWidth: 1000, innerHeight: 500, HTMLVideoElement: Video });
});
afterEach(() => {
  for (const name of ['document', 'devicePixelRatio', 'innerWidth', 'innerHeight', 'HTMLVideoElement']) delete page[name];
});

/** @param {string} participant @param {number} rank @param {boolean} [screen] */
const placed = (participant, rank, screen = false) => ({
  subject: { participant, screen },
  video: /** @type {HTMLVideoElement} */ (/** @type {unknown} */ (new Video(participant))),
  width: 100.3,
  height: 50,
  rank,
});

test('what is on screen is told in device pixels, most important first', () => {
  assert.deepEqual(onScreen([placed('a', 3), placed('b', 0, true), placed('c', 3)]), [
    { participant: 'b', source: 'screen', width: 201, height: 100 },
    { participant: 'a', source: 'camera', width: 201, height: 100 },
    { participant: 'c', source: 'camera', width: 201, height: 100 },
  ]);
});

test('nothing is on screen while nobody looks, but for the picture over other windows', () => {
  const all = [placed('a', 3), placed('b', 3)];
  page.document.visibilityState = 'hidden';
  assert.deepEqual(onScreen(all), []);
  page.document.pictureInPictureElement = new Video('b');
  assert.deepEqual(onScreen(all).map(({ participant }) => participant), ['b']);
});

test('a picture alone on the screen is the only one, and as large', () => {
  const [a, b] = [placed('a', 3), placed('b', 3)];
  page.document.fullscreenElement = b.video.parentElement;
  assert.deepEqual(onScreen([a, b]), [{ participant: 'b', source: 'camera', width: 2000, height: 1000 }]);
});
