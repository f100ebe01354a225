import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrange, coveredCorner } from '../../web/elements/stage-layout.js';

/** @typedef {import('../../web/elements/stage-layout.js').Box} Box */

const DESKTOP = { width: 1256, height: 668 };
const PHONE = { width: 374, height: 640 };
const PHONE_LYING = { width: 828, height: 290 };
const STAGES = [DESKTOP, PHONE, PHONE_LYING];

/**
 * @param {{width: number, height: number}} stage
 * @param {number} tiles
 * @param {import('../../web/elements/stage-layout.js').Scene['main']} [main]
 * @param {import('../../web/elements/stage-layout.js').Corner} [corner]
 */
const on = (stage, tiles, main = null, corner = 'bottom-end') => arrange({ ...stage, tiles, main, corner });

/** @param {Box} one @param {Box} other */
const overlap = (one, other) => coveredCorner(one, other) !== null;

for (const main of /** @type {const} */ ([null, 'person', 'screen', 'mix'])) {
  test(`nothing lies on anything else or leaves the stage, from 1 to 16 tiles (large: ${main ?? 'nothing'})`, () => {
    for (const stage of STAGES) {
      for (let count = 1; count <= 16; count += 1) {
        const { tiles, own, floats } = on(stage, count, main);
        const boxes = floats ? tiles : [...tiles, own];
        assert.equal(tiles.length, count);
        boxes.forEach((box, index) => {
          assert.ok(box.start >= 0 && box.start + box.width <= stage.width, `${count}: ${JSON.stringify(box)}`);
          assert.ok(box.top >= 0 && box.top + box.height <= stage.height, `${count}: ${JSON.stringify(box)}`);
          for (const other of boxes.slice(index + 1)) assert.ok(!overlap(box, other));
        });
      }
    }
  });
}

test('tiles stay large enough to know somebody by, up to 16 people', () => {
  for (const stage of STAGES) {
    for (const { width, height } of on(stage, 15).tiles)
      assert.ok(width >= 100 && height >= 60, `${width} by ${height}`);
  }
});

test('a large tile takes more than half of the stage, and the others stand beside it or under it', () => {
  for (const stage of STAGES) {
    const { tiles, floats } = on(stage, 4, 'person');
    const [large, second] = /** @type {[Box, Box]} */ (tiles);
    assert.ok(large.width * large.height > (stage.width * stage.height) / 2);
    assert.equal(floats, false);
    if (stage.width > stage.height) assert.ok(second.start > large.width);
    else assert.ok(second.top > large.height);
  }
});

test('what a screen cannot use of a wide stage is given to the people beside it', () => {
  const [screen, person] = /** @type {[Box, Box]} */ (on(PHONE_LYING, 2, 'screen').tiles);
  assert.ok(screen.width < PHONE_LYING.height * 1.9);
  assert.ok(person.width > 150);
});

test('with one other person large or not is the same, and the own picture floats', () => {
  assert.deepEqual(on(DESKTOP, 1, 'person'), on(DESKTOP, 1));
  assert.equal(on(DESKTOP, 1).floats, true);
});

test('the own picture never lies on a shared screen', () => {
  assert.equal(on(DESKTOP, 1, 'screen').floats, false);
});

test('the mix alone has all of the stage, whatever its shape, and the own picture floats', () => {
  for (const stage of STAGES) {
    const { tiles, own, floats } = on(stage, 1, 'mix', 'top-start');
    assert.deepEqual([tiles, floats], [[{ start: 0, top: 0, ...stage }], true]);
    assert.equal(coveredCorner(/** @type {Box} */ (tiles[0]), own), 'top-start');
  }
});

test('beside the mix those who are not in it have a strip, as beside a shared screen', () => {
  assert.deepEqual(on(DESKTOP, 2, 'mix'), on(DESKTOP, 2, 'screen'));
});

test('the own picture has a place among the tiles while one of them is a shared screen, of whatever size', () => {
  for (const stage of STAGES) {
    for (const tiles of [1, 2, 3, 4, 9]) {
      assert.equal(arrange({ ...stage, tiles, main: null, screens: true, corner: 'bottom-end' }).floats, false);
    }
  }
});

test('the own picture goes to the corner that it is sent to', () => {
  for (const corner of /** @type {const} */ (['top-start', 'top-end', 'bottom-start', 'bottom-end'])) {
    const { tiles, own } = on(DESKTOP, 1, null, corner);
    assert.equal(coveredCorner(/** @type {Box} */ (tiles[0]), own), corner);
  }
});

test('the floating own picture stays within the tiles', () => {
  for (const stage of STAGES) {
    const { tiles, own } = on(stage, 1);
    const [tile] = /** @type {[Box]} */ (tiles);
    assert.ok(own.start > tile.start && own.start + own.width < tile.start + tile.width);
    assert.ok(own.top > tile.top && own.top + own.height < tile.top + tile.height);
  }
});

test('the own picture takes a place that would stay empty', () => {
  assert.equal(on(DESKTOP, 3).floats, false);
  assert.deepEqual(on(DESKTOP, 3).tiles[0], on(DESKTOP, 4).tiles[0]);
});

test('a tile knows which of its corners is covered', () => {
  const tile = { start: 0, top: 0, width: 400, height: 300 };
  assert.equal(coveredCorner(tile, { start: 290, top: 200, width: 100, height: 90 }), 'bottom-end');
  assert.equal(coveredCorner(tile, { start: 10, top: 10, width: 100, height: 90 }), 'top-start');
  assert.equal(coveredCorner(tile, { start: 400, top: 200, width: 100, height: 90 }), null);
});
