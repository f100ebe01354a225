import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longest } from '../../web/elements/holds.js';

/** So many frames, 33 ms apart, from a time on. @param {number} from @param {number} count */
const steady = (from, count) => Array.from({ length: count }, (_, index) => from + index * 33);

test('a picture that goes on as before has no gap', () => {
  assert.equal(longest([...steady(0, 30), ...steady(30 * 33, 30)], 30 * 33), 0);
});

test('a gap is what the picture stands still beyond its usual time between two frames', () => {
  assert.equal(longest([...steady(0, 30), ...steady(29 * 33 + 133, 30)], 29 * 33 + 133), 100);
});

test('what was before the change is none of it', () => {
  assert.equal(longest([...steady(0, 30), ...steady(2_000, 30), ...steady(2_990, 30)], 2_990), 0);
});

test('where hardly a frame was seen, nothing is known', () => {
  assert.equal(longest([], 0), null);
  assert.equal(longest(steady(0, 30), 2_000), null);
});
