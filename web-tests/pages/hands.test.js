import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hands } from '../../web/pages/hands.js';

test('hands keep the order in which they went up, whatever order people are listed in', () => {
  const hands = new Hands();
  assert.deepEqual(hands.update(['cleo']), ['cleo']);
  assert.deepEqual(hands.update(['ada', 'cleo']), ['ada']);
  assert.deepEqual([hands.place('cleo'), hands.place('ada'), hands.place('bob')], [1, 2, 0]);
});

test('whoever lowers a hand loses its place, and those behind move up', () => {
  const hands = new Hands();
  hands.update(['ada']);
  hands.update(['ada', 'bob']);
  assert.deepEqual(hands.update(['bob']), []);
  assert.equal(hands.place('bob'), 1);
  assert.deepEqual(hands.update(['ada', 'bob']), ['ada']);
  assert.equal(hands.place('ada'), 2);
});
