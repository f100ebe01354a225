import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, figures, size, whenBegan } from '../../web/elements/recording-words.js';
import { text } from '../../web/messages/index.js';

test('a length is told in the units that it fills, and of an hour and more the seconds do not matter', () => {
  const told = [0, 0.4, 5, 61.5, 600, 3_599.7, 3_600, 3_725, 90_000].map(duration);
  assert.deepEqual(told, ['0 sec', '0 sec', '5 sec', '1 min, 2 sec', '10 min', '1 hr', '1 hr', '1 hr, 2 min', '25 hr']);
});

test('a size is told in the largest unit that it fills', () => {
  assert.deepEqual([0, 900, 54_321, 11_534_336, 2_540_000_000].map(size), ['0 kB', '1 kB', '54 kB', '11.5 MB', '2.5 GB']);
});

test('what is not known is not told', () => {
  const nothing = { id: 'a', key: 'k', began: 0, seconds: null, bytes: null, problem: null };
  for (const state of /** @type {const} */ (['running', 'failed', 'lost'])) {
    assert.equal(figures({ ...nothing, state }), text.recording.states[state]);
  }
  assert.equal(figures({ ...nothing, state: 'done', seconds: 5, bytes: 2_000_000 }), `${text.recording.states.done} · 5 sec · 2 MB`);
});

test('when it began is told by the clock of whoever reads it', () => {
  const began = new Date(2026, 8, 21, 14, 13).getTime();
  assert.match(whenBegan({ began }), /^Sep 21, 2026, 2:13\sPM$/);
});
