// Where everything on the stage goes. Pure: sizes go in, boxes come out, in CSS pixels from the start of the line.

import { fit, mayFloat } from './grid-layout.js';

/** Between tiles. */
const GAP = 8;

/** Between the floating own picture and the edge of the stage. */
const MARGIN = 12;

/** What the strip beside something large takes of the stage: for a few tiles, for many, and at most beside and under it. */
const STRIP = { few: 0.21, many: 0.3, mostBeside: 0.42, mostUnder: 0.6 };

/** From so many tiles on a strip counts as long. */
const MANY = 7;

/** @typedef {{start: number, top: number, width: number, height: number}} Box */
/** @typedef {'bottom-end' | 'bottom-start' | 'top-start' | 'top-end'} Corner */
/**
 * @typedef {object} Scene
 * @property {number} width of the stage
 * @property {number} height of the stage
 * @property {number} tiles how many there are, the own picture not counted
 * @property {'screen' | 'person' | 'mix' | null} main what the first tile shows, if that is to be large
 * @property {boolean} [screens] whether a shared screen is among the tiles: nothing may lie on that
 * @property {Corner} corner where the own picture floats, if it does
 */

/** The corners, in the order in which the own picture goes round. @type {readonly Corner[]} */
export const CORNERS = ['bottom-end', 'bottom-start', 'top-start', 'top-end'];

/**
 * @param {Scene} scene
 * @returns {{tiles: Box[], own: Box, floats: boolean}} `floats`: the own picture lies on top of a tile
 */
export function arrange({ width, height, tiles: count, main, screens = false, corner }) {
  const own = floatingSize(width, height);
  if (count === 0) return { tiles: [], own: cornerBox(corner, own, { start: 0, top: 0, width, height }), floats: true };
  if (main === 'mix' && count === 1) return alone(corner, own, { start: 0, top: 0, width, height });
  if (main === 'mix' || main === 'screen' || (main === 'person' && count > 1)) return withMain(main, count, width, height);
  const others = fit(count, width, height, GAP);
  const all = fit(count + 1, width, height, GAP);
  // A place that would stay empty costs the others nothing.
  const free = all.width * all.height >= others.width * others.height;
  if (free || screens || !mayFloat(others, own)) return split(rows(all, count + 1, 0, 0, width, height));
  const tiles = rows(others, count, 0, 0, width, height);
  return { tiles, own: cornerBox(corner, own, around(tiles)), floats: true };
}

/**
 * One tile on all of the stage, whatever its shape.
 * @param {Corner} corner
 * @param {{width: number, height: number}} own
 * @param {Box} stage
 */
function alone(corner, own, stage) {
  return { tiles: [stage], own: cornerBox(corner, own, stage), floats: true };
}

/**
 * Which corner of a tile the floating own picture covers, so that nothing to be read stands there.
 * @param {Box} tile
 * @param {Box} own
 * @returns {Corner | null}
 */
export function coveredCorner(tile, own) {
  const across = own.start < tile.start + tile.width && tile.start < own.start + own.width;
  const down = own.top < tile.top + tile.height && tile.top < own.top + own.height;
  if (!across || !down) return null;
  const end = own.start + own.width / 2 > tile.start + tile.width / 2;
  const bottom = own.top + own.height / 2 > tile.top + tile.height / 2;
  return `${bottom ? 'bottom' : 'top'}-${end ? 'end' : 'start'}`;
}

/**
 * The first tile large, everybody else in a strip beside it, or under it on an upright screen.
 * @param {'screen' | 'person' | 'mix'} main
 * @param {number} count
 * @param {number} width
 * @param {number} height
 */
function withMain(main, count, width, height) {
  const beside = width > height;
  const strip = stripSize(main, count, width, height);
  const large = {
    start: 0,
    top: 0,
    width: beside ? width - strip - GAP : width,
    height: beside ? height : height - strip - GAP,
  };
  const start = beside ? large.width + GAP : 0;
  const top = beside ? 0 : large.height + GAP;
  const [stripWidth, stripHeight] = [width - start, height - top];
  const layout = fit(count, stripWidth, stripHeight, GAP, true);
  const boxes = rows(layout, count, start, top, stripWidth, stripHeight);
  return split([large, ...boxes]);
}

/**
 * How much of the stage's longer side the strip takes. What the large picture cannot use is given to the others.
 * @param {'screen' | 'person' | 'mix'} main
 * @param {number} count how many are in the strip
 * @param {number} width
 * @param {number} height
 */
function stripSize(main, count, width, height) {
  const beside = width > height;
  const [length, usable] = beside ? [width, (height * 16) / 9] : [height, (width * 9) / 16];
  const least = length * (count >= MANY ? STRIP.many : STRIP.few);
  const most = length * (beside ? STRIP.mostBeside : STRIP.mostUnder);
  // A person's picture may be cut to fill its place, and a screen may not.
  const left = main === 'person' ? 0 : length - GAP - usable;
  return Math.round(Math.min(most, Math.max(least, left)));
}

/**
 * Equal tiles in rows, in the middle of a space; the last row is centred too.
 * @param {import('./grid-layout.js').Layout} layout
 * @param {number} count
 * @param {number} start
 * @param {number} top
 * @param {number} width
 * @param {number} height
 * @returns {Box[]}
 */
function rows(layout, count, start, top, width, height) {
  const line = layout.height + GAP;
  const above = top + (height - layout.rows * line + GAP) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / layout.columns);
    const inRow = Math.min(layout.columns, count - row * layout.columns);
    const before = start + (width - inRow * (layout.width + GAP) + GAP) / 2;
    return {
      start: Math.round(before + (index % layout.columns) * (layout.width + GAP)),
      top: Math.round(above + row * line),
      width: layout.width,
      height: layout.height,
    };
  });
}

/**
 * The last box is the own one.
 * @param {Box[]} boxes
 */
function split(boxes) {
  const own = /** @type {Box} */ (boxes.at(-1));
  return { tiles: boxes.slice(0, -1), own, floats: false };
}

/**
 * The box around all others.
 * @param {Box[]} boxes
 * @returns {Box}
 */
function around(boxes) {
  const start = Math.min(...boxes.map((box) => box.start));
  const top = Math.min(...boxes.map((box) => box.top));
  const width = Math.max(...boxes.map((box) => box.start + box.width)) - start;
  return { start, top, width, height: Math.max(...boxes.map((box) => box.top + box.height)) - top };
}

/**
 * @param {Corner} corner
 * @param {{width: number, height: number}} own
 * @param {Box} within
 * @returns {Box}
 */
function cornerBox(corner, own, { start, top, width, height }) {
  return {
    ...own,
    start: start + (corner.endsWith('end') ? width - own.width - MARGIN : MARGIN),
    top: top + (corner.startsWith('bottom') ? height - own.height - MARGIN : MARGIN),
  };
}

/**
 * Upright on an upright screen, so that it takes little of its width.
 * @param {number} width
 * @param {number} height
 */
function floatingSize(width, height) {
  if (height > width) {
    const own = Math.round(Math.min(128, width * 0.26));
    return { width: own, height: Math.round((own * 4) / 3) };
  }
  const own = Math.round(Math.min(240, Math.max(120, width * 0.16)));
  return { width: own, height: Math.round((own * 9) / 16) };
}
