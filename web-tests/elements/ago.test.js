import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago } from '../../web/elements/ago.js';

const NOW = new Date(2026, 4, 20, 1, 0).getTime();

/** @param {number[]} date year, month, day, hour */
const then = (...[year = 0, month = 0, day = 0, hour = 0]) => new Date(year, month, day, hour).getTime();

test('what was before midnight was yesterday, however few hours ago', () => {
  assert.equal(ago(then(2026, 4, 20, 0), NOW, 'en'), 'today');
  assert.equal(ago(then(2026, 4, 19, 23), NOW, 'en'), 'yesterday');
});

test('the largest unit that fits is used', () => {
  assert.equal(ago(then(2026, 4, 14, 12), NOW, 'en'), '6 days ago');
  assert.equal(ago(then(2026, 4, 13, 12), NOW, 'en'), 'last week');
  assert.equal(ago(then(2026, 2, 1, 12), NOW, 'en'), '2 months ago');
  assert.equal(ago(then(2024, 0, 1, 12), NOW, 'en'), '2 years ago');
});

test('it is said in the language of the page', () => {
  assert.equal(ago(then(2026, 4, 19, 12), NOW, 'de'), 'gestern');
  assert.equal(ago(then(2026, 4, 19, 12), NOW, 'ar'), 'أمس');
});

test('a clock that was set back makes nothing happen in the future', () => {
  assert.equal(ago(then(2026, 4, 25, 12), NOW, 'en'), 'today');
});
