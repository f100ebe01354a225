import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHORTCUTS, shortcut } from '../../web/elements/shortcuts.js';

/**
 * @param {string} key
 * @param {Partial<KeyboardEvent>} [more]
 */
const press = (key, more = {}) => shortcut(/** @type {KeyboardEvent} */ ({ key, target: null, ...more }));

/** Stands for the DOM's Element: something in a field for text, or not. */
class Field {
  /** @param {boolean} writing */
  constructor(writing) {
    this.writing = writing;
  }

  closest() {
    return this.writing ? this : null;
  }
}
Object.assign(globalThis, { Element: Field });

const field = /** @type {any} */ (new Field(true));
const button = /** @type {any} */ (new Field(false));

test('a keyboard of another script asks by the place of its keys, a Latin one by its letters', () => {
  assert.equal(press('ة', { code: 'KeyM' }), 'mute');
  assert.equal(press('ь', { code: 'KeyM' }), 'mute');
  assert.equal(press('؟', { code: 'Slash' }), 'help');
  assert.equal(press(',', { code: 'KeyM' }), null);
  assert.equal(press('m', { code: 'Semicolon' }), 'mute');
});

test('m, v and c ask for mute, camera and chat, in either case', () => {
  assert.deepEqual(
    ['m', 'V', 'c'].map((key) => press(key)),
    ['mute', 'camera', 'chat'],
  );
});

test('every listed key asks for what it is listed with, and none is listed twice', () => {
  for (const [key, wanted] of SHORTCUTS) assert.equal(press(key), wanted);
  assert.equal(new Set(SHORTCUTS.map(([key]) => key)).size, SHORTCUTS.length);
});

test('other keys ask for nothing', () => {
  assert.deepEqual(
    ['x', 'Enter', ' ', 'constructor'].map((key) => press(key)),
    [null, null, null, null],
  );
});

test('letters are text while somebody writes, and Escape is not', () => {
  assert.equal(press('m', { target: field }), null);
  assert.equal(press('m', { target: button }), 'mute');
  assert.equal(press('Escape', { target: field }), 'escape');
});

test('commands of the browser and keys held down ask for nothing', () => {
  assert.equal(press('c', { ctrlKey: true }), null);
  assert.equal(press('c', { metaKey: true }), null);
  assert.equal(press('m', { altKey: true }), null);
  assert.equal(press('m', { repeat: true }), null);
});
