import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPEAKING, Speaking } from '../../web/pages/speaking.js';

/** Between two looks, in milliseconds. */
const STEP = 150;

/** A room that is listened to. */
function room() {
  const speaking = new Speaking();
  let time = 0;
  /**
   * @param {Record<string, number>} levels
   * @param {number} [looks]
   */
  const hear = (levels, looks = 1) => {
    for (let look = 0; look < looks; look += 1) speaking.hear(new Map(Object.entries(levels)), (time += STEP));
  };
  return { speaking, hear };
}

test('a quiet room has no speaker', () => {
  const { speaking, hear } = room();
  hear({ ada: 0, bob: SPEAKING.speech / 2 }, 20);
  assert.equal(speaking.now.size, 0);
  assert.equal(speaking.floor, null);
});

test('whoever speaks is marked, also between words, and keeps the floor in silence', () => {
  const { speaking, hear } = room();
  hear({ ada: 0.3, bob: 0 }, 5);
  assert.deepEqual([...speaking.now], ['ada']);
  hear({ ada: 0, bob: 0 }, 2);
  assert.deepEqual([...speaking.now], ['ada']);
  hear({ ada: 0, bob: 0 }, 10);
  assert.equal(speaking.now.size, 0);
  assert.equal(speaking.floor, 'ada');
});

test('a cough does not take the floor, and speaking on does', () => {
  const { speaking, hear } = room();
  hear({ ada: 0.2, bob: 0 }, 20);
  hear({ ada: 0.2, bob: 0.4 }, 1);
  assert.equal(speaking.floor, 'ada');
  hear({ ada: 0, bob: 0.3 }, 12);
  assert.equal(speaking.floor, 'bob');
});

test('two who speak at once are both marked, and the floor does not jump between them', () => {
  const { speaking, hear } = room();
  hear({ ada: 0.2, bob: 0 }, 20);
  hear({ ada: 0.2, bob: 0.25 }, 40);
  assert.equal(speaking.floor, 'ada');
  assert.equal(speaking.now.size, 2);
});

test('the floor is held for a while, so that the stage does not turn back at once', () => {
  const { speaking, hear } = room();
  hear({ ada: 0.2, bob: 0 }, 5);
  assert.equal(speaking.floor, 'ada');
  hear({ ada: 0, bob: 0.9 }, 3);
  assert.equal(speaking.floor, 'ada');
  hear({ ada: 0, bob: 0.9 }, 5);
  assert.equal(speaking.floor, 'bob');
});

test('whoever leaves speaks no longer', () => {
  const { speaking, hear } = room();
  hear({ ada: 0.3, bob: 0 }, 5);
  hear({ bob: 0 });
  assert.equal(speaking.now.size, 0);
});

test('a look says whether anything changed', () => {
  const speaking = new Speaking();
  assert.equal(speaking.hear(new Map([['ada', 0.3]]), 0), true);
  assert.equal(speaking.hear(new Map([['ada', 0.3]]), 150), false);
});
