import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRoomName } from '../../web/elements/room-name.js';

test('a new name is three words and a code of five characters that are not mistaken for one another', () => {
  for (let drawn = 0; drawn < 500; drawn += 1) {
    assert.match(newRoomName(), /^[a-z]+-[a-z]+-[a-z]+-[a-hjkmnp-z2-9]{5}$/);
  }
});

test('names do not repeat', () => {
  const names = new Set(Array.from({ length: 2000 }, newRoomName));
  assert.equal(names.size, 2000);
});

test('a new name needs no escaping in an address', () => {
  const name = newRoomName();
  assert.equal(encodeURIComponent(name), name);
});
