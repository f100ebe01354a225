import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initials, shownName } from '../../web/elements/avatar.js';

test('initials are of the first and the last word', () => {
  assert.equal(initials('Ada'), 'A');
  assert.equal(initials('ada king lovelace'), 'AL');
});

test('initials never cut a character in half', () => {
  assert.equal(initials('👩‍👧 family'), '👩‍👧F');
  assert.equal(initials('陈 美'), '陈美');
});

test('somebody without a name is a guest', () => {
  assert.equal(shownName('  '), 'Guest');
  assert.equal(initials(''), 'G');
});
