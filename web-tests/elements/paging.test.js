import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Paging, capacity } from '../../web/elements/paging.js';

/** @param {string} keys one letter each */
function paging(keys) {
  const made = new Paging();
  for (const key of keys) made.add(key);
  return made;
}

/** @param {Paging} pages @param {number} [most] @param {string | null} [large] */
function seen(pages, most = 3, large = null) {
  const { keys, page, pages: count } = pages.look(most, large);
  return `${keys.join('')} ${page + 1}/${count}`;
}

test('a desktop has sixteen on a page and a phone six, whichever way it is held', () => {
  assert.deepEqual([capacity(1200, 640, false), capacity(390, 640, false), capacity(800, 340, false)], [16, 6, 6]);
  assert.ok(capacity(1200, 640, true) < capacity(1200, 640, false));
});

test('who fits is on one page, however few', () => {
  assert.equal(seen(paging('')), ' 1/1');
  assert.equal(seen(paging('abc')), 'abc 1/1');
  assert.equal(seen(paging('abcdefg'), Infinity), 'abcdefg 1/1');
});

test('pages are turned one by one, and end at both ends', () => {
  const pages = paging('abcdefg');
  assert.equal(seen(pages), 'abc 1/3');
  pages.turn(1);
  assert.equal(seen(pages), 'def 2/3');
  pages.turn(1);
  pages.turn(1);
  assert.equal(seen(pages), 'g 3/3');
  for (let turn = 0; turn < 5; turn += 1) pages.turn(-1);
  assert.equal(seen(pages), 'abc 1/3');
});

test('the last page goes when nobody is left on it', () => {
  const pages = paging('abcd');
  pages.turn(1);
  assert.equal(seen(pages), 'd 2/2');
  pages.remove('d');
  assert.equal(seen(pages), 'abc 1/1');
});

test('what is large has a place of its own', () => {
  assert.equal(seen(paging('abcd'), 3, 'b'), 'acd 1/1');
});

test('whoever speaks takes the place of whoever was silent for longest, and nobody else moves', () => {
  const pages = paging('abcdef');
  for (const key of 'acb') assert.equal(pages.speaks(key, 3, null), false);
  assert.equal(pages.speaks('e', 3, null), true);
  assert.equal(seen(pages), 'ebc 1/2');
  pages.turn(1);
  assert.equal(seen(pages), 'daf 2/2');
});

test('whoever never spoke makes place first, from the end', () => {
  const pages = paging('abcd');
  pages.speaks('a', 3, null);
  pages.speaks('d', 3, null);
  assert.equal(seen(pages), 'abd 1/2');
});

test('whoever is large does not move for speaking', () => {
  const pages = paging('abcd');
  assert.equal(pages.speaks('d', 3, 'd'), false);
  assert.equal(seen(pages, 3, null), 'abc 1/2');
});
