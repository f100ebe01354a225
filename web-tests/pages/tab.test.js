import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLink } from '../../web/lib/links.js';
import { isHidden, others, wishesFor } from '../../web/pages/tab.js';

const link = (/** @type {string} */ path) => parseLink(new URL(path, 'https://host/'));

test('what was turned on or off by hand holds in every room of the tab', () => {
  const kept = { room: 'a', mic: false, camera: true };
  assert.equal(wishesFor(kept, link('/r/a')), kept);
  assert.deepEqual(wishesFor(kept, link('/r/b')), { room: 'b', mic: false, camera: true });
});

test('what a link wants off is off at first, and after that as the person chose in its room', () => {
  const off = link('/r/b?mic=off&camera=off');
  assert.deepEqual(wishesFor({ room: 'a', mic: true, camera: false }, off), { room: 'b', mic: null, camera: null });
  const kept = { room: 'b', mic: true, camera: null };
  assert.equal(wishesFor(kept, off), kept);
});

test('a link may ask to hide the address, and the person may refuse that in its room', () => {
  assert.deepEqual(['/r/a', '/r/a?ice=relay'].map((path) => isHidden([], link(path), false)), [false, true]);
  const refused = [{ room: 'a', hidden: false }];
  assert.deepEqual(['/r/a?ice=relay', '/r/b?ice=relay'].map((path) => isHidden(refused, link(path), false)), [false, true]);
});

test('whoever chose to hide the address here, or in any room since, hides it', () => {
  assert.equal(isHidden([{ room: 'a', hidden: true }], link('/r/a'), false), true);
  assert.equal(isHidden([{ room: 'a', hidden: false }], link('/r/a'), true), true);
});

test('whoever is in the room in another tab is not one of the others, and namesakes are', () => {
  const people = [{ name: 'Ada' }, { name: 'Dee' }, { name: 'Dee' }];
  assert.deepEqual(others(people, ['Dee', 'Ada']), [{ name: 'Ada' }, { name: 'Dee' }]);
  assert.deepEqual(others(people, ['Eve', 'Ada']), [{ name: 'Dee' }, { name: 'Dee' }]);
  assert.deepEqual(others(people, ['Eve']), people);
});
