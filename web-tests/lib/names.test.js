import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanName, nameProblem, roomProblem } from '../../web/lib/names.js';

test('names are measured in bytes', () => {
  for (const problem of [roomProblem, nameProblem]) {
    assert.deepEqual(['é'.repeat(64), 'é'.repeat(65)].map(problem), [null, 'tooLong']);
  }
});

test('a room has to have a name, a person does not', () => {
  assert.deepEqual([roomProblem(''), nameProblem('')], ['missing', null]);
});

test('a room whose name nobody can see has none', () => {
  assert.deepEqual([' ', '\0\u200f', '\u200b\u3000', '😀'].map(roomProblem), ['missing', 'missing', 'missing', null]);
});

test('a name of which no link can be made is told from one that can', () => {
  assert.deepEqual(['.', '..', '...', './x'].map(roomProblem), ['noLink', 'noLink', null, null]);
});

test("a person's name has no control characters and none that turn text around, a room's may", () => {
  for (const character of '\0\n\x7f\x85\u202a\u202e\u2066\u2069') {
    assert.deepEqual([nameProblem(`Ada${character}`), roomProblem(`a${character}`)], ['characters', null]);
  }
  assert.equal(nameProblem('Ada é عدي\u200f \u200d👩‍💻 <b>'), null);
});

test('a name loses what gives text a direction, and nothing that is seen or joins letters', () => {
  const marks = '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069';
  assert.equal(cleanName([...marks].join('A')), 'A'.repeat(marks.length - 1));
  const kept = 'Ada é عدي نیم\u200cفاصله 👩\u200d💻 <b>';
  assert.equal(cleanName(kept), kept);
});
