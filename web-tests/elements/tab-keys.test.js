import assert from 'node:assert/strict';
import { test } from 'node:test';
import { next } from '../../web/elements/tab-keys.js';

test('arrows lead from tab to tab in the direction of the text, and round', () => {
  assert.deepEqual([next('ArrowRight', 0, 3, 'ltr'), next('ArrowRight', 2, 3, 'ltr'), next('ArrowLeft', 0, 3, 'ltr')], [1, 0, 2]);
  assert.deepEqual([next('ArrowRight', 1, 3, 'rtl'), next('ArrowLeft', 1, 3, 'rtl')], [0, 2]);
});

test('the first and the last tab have keys of their own, and others lead nowhere', () => {
  assert.deepEqual([next('Home', 2, 3, 'ltr'), next('End', 0, 3, 'ltr')], [0, 2]);
  assert.deepEqual(['a', 'ArrowDown', 'Tab', 'constructor'].map((key) => next(key, 0, 3, 'ltr')), [null, null, null, null]);
});
