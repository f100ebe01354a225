import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fit, mayFloat } from '../../web/elements/grid-layout.js';

const DESKTOP = { width: 1256, height: 668 };
const PHONE = { width: 374, height: 716 };
const GAP = 8;

/**
 * @param {number} count
 * @param {{width: number, height: number}} stage
 */
const on = (count, stage) => fit(count, stage.width, stage.height, GAP);

test('one person fills a wide stage to its height', () => {
  assert.deepEqual(on(1, DESKTOP), { columns: 1, rows: 1, width: 1187, height: 668 });
});

test('two people stand beside each other on a wide stage and above each other on an upright one', () => {
  assert.equal(on(2, DESKTOP).columns, 2);
  assert.equal(on(2, PHONE).columns, 1);
});

test('four people make a square on a wide stage, nine a three by three', () => {
  assert.deepEqual([on(4, DESKTOP).columns, on(4, DESKTOP).rows], [2, 2]);
  assert.deepEqual([on(9, DESKTOP).columns, on(9, DESKTOP).rows], [3, 3]);
});

test('tiles never leave the stage, for any number of people and any shape of it', () => {
  for (let count = 1; count <= 50; count += 1) {
    for (const stage of [DESKTOP, PHONE, { width: 300, height: 300 }, { width: 2560, height: 300 }]) {
      const { columns, rows, width, height } = on(count, stage);
      assert.ok(columns * rows >= count);
      assert.ok(columns * width + (columns - 1) * GAP <= stage.width);
      assert.ok(rows * height + (rows - 1) * GAP <= stage.height);
    }
  }
});

test('a tile is never wider than a camera and never so narrow that it cuts off a face', () => {
  for (let count = 1; count <= 9; count += 1) {
    for (const stage of [DESKTOP, PHONE]) {
      const { width, height } = on(count, stage);
      assert.ok(width / height < 1.79, `${count} people: ${width} by ${height}`);
      assert.ok(width / height > 0.49, `${count} people: ${width} by ${height}`);
    }
  }
});

test('a stage without any space has tiles without any size', () => {
  assert.deepEqual(fit(3, 0, 0, GAP), { columns: 1, rows: 3, width: 0, height: 0 });
});

test('the own picture floats over few large tiles and takes a place among many small ones', () => {
  assert.equal(mayFloat(on(1, DESKTOP), { width: 200, height: 113 }), true);
  assert.equal(mayFloat(on(9, DESKTOP), { width: 200, height: 113 }), false);
});
