import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Reach } from '../../web/pages/reach.js';

/** @type {boolean[]} */
let said = [];

beforeEach(() => {
  said = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

const reach = () => new Reach(8_000, (silent) => void said.push(silent));

test('a server that is heard in time is never said to be gone', () => {
  const watched = reach();
  for (let time = 0; time < 10; time += 1) {
    mock.timers.tick(7_999);
    watched.heard();
  }
  assert.deepEqual(said, []);
});

test('silence is said once, and so is its end', () => {
  const watched = reach();
  mock.timers.tick(20_000);
  watched.heard();
  watched.heard();
  assert.deepEqual(said, [true, false]);
});

test('nothing is said after the end of the watch', () => {
  reach().stop();
  mock.timers.tick(20_000);
  assert.deepEqual(said, []);
});
