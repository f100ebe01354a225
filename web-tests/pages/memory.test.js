import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { keep, recall } from '../../web/pages/memory.js';

/** @type {Map<string, string>} */
const store = new Map();

beforeEach(() => {
  store.clear();
  install({
    getItem: (/** @type {string} */ key) => store.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void store.set(key, value),
  });
});

/** @param {object} storage */
function install(storage) {
  Object.defineProperty(globalThis, 'localStorage', { value: storage, configurable: true });
}

test('what is kept comes back', () => {
  keep('name', 'Ada');
  keep('hideAddress', true);
  keep('theme', 'light');
  keep('rooms', [{ room: 'a', last: 1 }]);
  assert.equal(recall('name'), 'Ada');
  assert.equal(recall('hideAddress'), true);
  assert.equal(recall('theme'), 'light');
  assert.deepEqual(recall('rooms'), [{ room: 'a', last: 1 }]);
});

test('what was never kept has a value too', () => {
  assert.deepEqual(
    [recall('name'), recall('language'), recall('theme'), recall('hideAddress'), recall('rooms')],
    ['', null, 'system', false, []],
  );
});

test('what makes no sense is as if it had not been kept', () => {
  store.set('visavis.name', 'no JSON');
  store.set('visavis.theme', '"pink"');
  store.set('visavis.rooms', '[null, 7, {"room": 7, "last": 1}, {"room": "a"}, {"room": "b", "last": 2}]');
  assert.equal(recall('name'), '');
  assert.equal(recall('theme'), 'system');
  assert.deepEqual(recall('rooms'), [{ room: 'b', last: 2 }]);
});

test('a browser that forbids to remember is no error', () => {
  const refuse = () => {
    throw new Error('forbidden');
  };
  install({ getItem: refuse, setItem: refuse });
  keep('name', 'Ada');
  assert.equal(recall('name'), '');
});
