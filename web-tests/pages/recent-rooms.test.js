import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_ROOMS, visited, without } from '../../web/pages/recent-rooms.js';

const OLD = [
  { room: 'a', last: 2 },
  { room: 'b', last: 1 },
];

test('the newest room comes first, and every room once', () => {
  assert.deepEqual(visited(OLD, 'b', 3), [
    { room: 'b', last: 3 },
    { room: 'a', last: 2 },
  ]);
});

test('the oldest room is forgotten when there are too many', () => {
  /** @type {import('../../web/pages/memory.js').Visit[]} */
  let rooms = [];
  for (let visit = 0; visit < 20; visit += 1) rooms = visited(rooms, `room ${visit}`, visit);
  assert.equal(rooms.length, MOST_ROOMS);
  assert.equal(rooms[0]?.room, 'room 19');
});

test('whether the address was hidden is known of the last time somebody was in a room', () => {
  const hidden = visited(OLD, 'b', 3, true);
  assert.deepEqual(hidden[0], { room: 'b', last: 3, relay: true });
  assert.deepEqual(visited(hidden, 'b', 4)[0], { room: 'b', last: 4 });
});

test('one room can be forgotten', () => {
  assert.deepEqual(without(OLD, 'a'), [{ room: 'b', last: 1 }]);
});
