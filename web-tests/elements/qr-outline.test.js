import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outline } from '../../web/elements/qr-outline.js';
import { generate } from '../../web/vendor/lean-qr.js';

/** @param {string[]} rows */
const drawn = (rows) => outline({ size: rows.length, get: (x, y) => rows[y]?.[x] === '#' });

test('a run of dark modules is one rectangle, and light ones are nothing', () => {
  assert.equal(drawn(['##.', '...', '.##']), 'M0 0h2v1h-2zM1 2h2v1h-2z');
  assert.equal(drawn(['...', '...', '...']), '');
});

test('two runs in a row are two rectangles', () => {
  assert.equal(drawn(['#.#', '...', '...']), 'M0 0h1v1h-1zM2 0h1v1h-1z');
});

test('the outline covers exactly the dark modules of a real code', () => {
  const code = generate('https://example.org/r/calm-otter-bay-7kx4q');
  let dark = 0;
  for (let y = 0; y < code.size; y += 1) for (let x = 0; x < code.size; x += 1) dark += Number(code.get(x, y));
  const covered = [...outline(code).matchAll(/h(\d+)v/g)].reduce((sum, [, run]) => sum + Number(run), 0);
  assert.ok(dark > 200);
  assert.equal(covered, dark);
});

test('the longest link there is fits into a code', () => {
  assert.ok(generate(`https://${'a'.repeat(253)}/r/${encodeURIComponent('漢'.repeat(42))}`).size > 0);
});
