// Putting what is on the stage where the layout says.

import { arrange, coveredCorner } from './stage-layout.js';

/** @typedef {import('./stage-layout.js').Box} Box */
/** @typedef {import('./stage-layout.js').Corner} Corner */

/** The most that is kept free above the tiles, as a share of the stage. */
const MOST_ABOVE = 0.6;

/**
 * @param {HTMLElement} stage
 * @param {object} cast
 * @param {HTMLElement[]} cast.tiles the large one first, if there is one
 * @param {HTMLElement | null} cast.own the own picture
 * @param {import('./stage-layout.js').Scene['main']} cast.main
 * @param {boolean} cast.screens whether one of the tiles is a shared screen
 * @param {Corner} cast.corner
 * @param {number} cast.above what is kept free at the top
 * @returns {Box[]} where the tiles are; none while nothing is shown
 */
export function place(stage, { tiles, own, main, screens, corner, above }) {
  const { clientWidth: width, clientHeight } = stage;
  if (width === 0 || clientHeight === 0) return [];
  const scene = { width, tiles: tiles.length, main, screens, corner };
  const whole = arrange({ ...scene, height: clientHeight });
  const isFree = [...whole.tiles, whole.own].every(({ top }) => top >= above);
  const free = isFree ? 0 : Math.min(above, clientHeight * MOST_ABOVE);
  const layout = isFree ? whole : arrange({ ...scene, height: clientHeight - free });
  tiles.forEach((tile, index) => {
    const box = /** @type {Box} */ (layout.tiles[index]);
    put(tile, box, { width, free });
    tile.setAttribute('data-covered', (layout.floats && coveredCorner(box, layout.own)) || 'none');
  });
  if (!own) return layout.tiles;
  stage.style.setProperty('--own-width', `${layout.own.width}px`);
  own.toggleAttribute('data-floating', layout.floats);
  put(own, layout.own, { width, free });
  return layout.tiles;
}

/**
 * The corner that a point of the window is nearest to.
 * @param {HTMLElement} stage
 * @param {number} x
 * @param {number} y
 * @returns {Corner}
 */
export function cornerAt(stage, x, y) {
  const { left, top, width, height } = stage.getBoundingClientRect();
  const right = x > left + width / 2;
  return `${y > top + height / 2 ? 'bottom' : 'top'}-${right === isRtl() ? 'start' : 'end'}`;
}

/**
 * By a transform: what moves so shifts nothing, for the browser as for the eye.
 * @param {HTMLElement} element
 * @param {Box} box
 * @param {{width: number, free: number}} stage
 */
function put({ style }, { start, top, width, height }, stage) {
  const left = isRtl() ? stage.width - start - width : start;
  style.width = `${width}px`;
  style.height = `${height}px`;
  style.transform = `translate(${left}px, ${stage.free + top}px)`;
}

function isRtl() {
  return document.dir === 'rtl';
}
