import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { keep, recall } from '../../web/pages/memory.js';

/** What the browser keeps. @type {Map<string, string>} */
const store = new Map();
/** What the tab keeps. @type {Map<string, string>} */
const tab = new Map();

beforeEach(() => {
  store.clear();
  tab.clear();
  install('localStorage', storageOf(store));
  install('sessionStorage', storageOf(tab));
});

/** @param {Map<string, string>} kept */
function storageOf(kept) {
  return {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
  };
}

/**
 * @param {'localStorage' | 'sessionStorage'} name
 * @param {object} storage
 */
function install(name, storage) {
  Object.defineProperty(globalThis, name, { value: storage, configurable: true });
}

test('what is kept comes back', () => {
  keep('name', 'Ada');
  keep('hideAddress', true);
  keep('mix', true);
  keep('theme', 'light');
  keep('rooms', [{ room: 'a', last: 1 }]);
  assert.equal(recall('name'), 'Ada');
  assert.equal(recall('hideAddress'), true);
  assert.equal(recall('mix'), true);
  assert.equal(recall('theme'), 'light');
  assert.deepEqual(recall('rooms'), [{ room: 'a', last: 1 }]);
});

test('what concerns one tab is kept in it alone', () => {
  for (const what of /** @type {const} */ (['written', 'watchToken'])) {
    keep(what, 'Engine');
    assert.equal(recall(what), 'Engine');
    assert.equal(store.size, 0);
    tab.clear();
    assert.equal(recall(what), null);
  }
});

test('what was turned on or off is kept as far as it makes sense', () => {
  assert.deepEqual([recall('wishes'), recall('hidings')], [{ room: '', mic: null, camera: null }, []]);
  keep('wishes', { room: 'a', mic: false, camera: null });
  assert.deepEqual(recall('wishes'), { room: 'a', mic: false, camera: null });
  tab.set('visavis.wishes', '{"room": 7, "mic": "off", "camera": true}');
  assert.deepEqual(recall('wishes'), { room: '', mic: null, camera: true });
  tab.set('visavis.hidings', '[null, {"room": "a"}, {"room": "b", "hidden": false}]');
  assert.deepEqual(recall('hidings'), [{ room: 'b', hidden: false }]);
});

test('what was never kept has a value too', () => {
  assert.deepEqual(
    [recall('name'), recall('language'), recall('theme'), recall('hideAddress'), recall('mix'), recall('rooms')],
    ['', null, 'system', false, false, []],
  );
});

test('what makes no sense is as if it had not been kept', () => {
  store.set('visavis.name', 'no JSON');
  store.set('visavis.theme', '"pink"');
  store.set('visavis.mix', '"yes"');
  store.set('visavis.rooms', '[null, 7, {"room": 7, "last": 1}, {"room": "a"}, {"room": "b", "last": 2}]');
  assert.equal(recall('name'), '');
  assert.equal(recall('theme'), 'system');
  assert.equal(recall('mix'), false);
  assert.deepEqual(recall('rooms'), [{ room: 'b', last: 2 }]);
});

test('a browser that forbids to remember is no error', () => {
  const refuse = () => {
    throw new Error('forbidden');
  };
  install('localStorage', { getItem: refuse, setItem: refuse });
  install('sessionStorage', { getItem: refuse, setItem: refuse });
  keep('name', 'Ada');
  keep('written', 'Engine');
  assert.equal(recall('name'), '');
  assert.equal(recall('written'), null);
});
