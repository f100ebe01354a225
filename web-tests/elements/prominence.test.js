import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prominence } from '../../web/elements/prominence.js';

/** @param {string[]} keys those that end in `screen` are shared screens */
function stage(...keys) {
  const stage = new Prominence();
  for (const key of keys) stage.add(key, key.endsWith('screen'));
  return stage;
}

test('at first all have the same size, and the first would be large', () => {
  const { layout, main, foremost } = stage('ada', 'bob');
  assert.deepEqual([layout, main, foremost], ['grid', null, 'ada']);
  assert.equal(stage().foremost, null);
});

test('whoever speaks is large where that is wanted', () => {
  const people = stage('ada', 'bob');
  assert.equal(people.speaks('bob'), false);
  people.layout = 'speaker';
  assert.equal(people.main, 'bob');
  assert.deepEqual([people.speaks('bob'), people.speaks('ada'), people.main], [false, true, 'ada']);
  people.remove('ada');
  assert.equal(people.main, 'bob');
});

test('a shared screen is large until it is not wanted so, and the next one is again', () => {
  const people = stage('ada', 'ada screen');
  assert.deepEqual([people.layout, people.main], ['speaker', 'ada screen']);
  people.layout = 'grid';
  assert.deepEqual([people.layout, people.main], ['grid', null]);
  people.layout = 'speaker';
  assert.equal(people.main, 'ada screen');
  people.layout = 'grid';
  people.add('bob screen', true);
  assert.equal(people.main, 'bob screen');
  people.remove('bob screen');
  people.remove('ada screen');
  assert.deepEqual([people.layout, people.main], ['grid', null]);
});

test('a pinned tile comes before all others, until another layout is chosen or it goes', () => {
  const people = stage('ada', 'bob', 'ada screen');
  people.pinned = 'bob';
  assert.deepEqual([people.layout, people.main], ['speaker', 'bob']);
  people.layout = 'grid';
  assert.deepEqual([people.pinned, people.main], [null, null]);
  people.pinned = 'bob';
  people.remove('bob');
  assert.deepEqual([people.pinned, people.layout, people.foremost], [null, 'grid', 'ada']);
});
