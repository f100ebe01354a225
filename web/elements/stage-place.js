// Putting what is on the stage where the layout says.

import { arrange, coveredCorner } from './stage-layout.js';

/** @typedef {import('./stage-layout.js').Box} Box */
/** @typedef {import('./stage-layout.js').Corner} Corner */

/**
 * @param {HTMLElement} stage
 * @param {object} cast
 * @param {HTMLElement[]} cast.tiles the large one first, if there is one
 * @param {HTMLElement | null} cast.own the own picture
 * @param {'screen' | 'person' | null} cast.main
 * @param {Corner} cast.corner
 */
export function place(stage, { tiles, own, main, corner }) {
  const { clientWidth: width, clientHeight: height } = stage;
  if (width === 0 || height === 0) return;
  const layout = arrange({ width, height, tiles: tiles.length, main, corner });
  tiles.forEach((tile, index) => {
    const box = /** @type {Box} */ (layout.tiles[index]);
    put(tile, box, width);
    tile.setAttribute('data-covered', (layout.floats && coveredCorner(box, layout.own)) || 'none');
  });
  stage.style.setProperty('--own-width', `${layout.own.width}px`);
  if (!own) return;
  own.toggleAttribute('data-floating', layout.floats);
  put(own, layout.own, width);
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
 * @param {number} stageWidth
 */
function put({ style }, { start, top, width, height }, stageWidth) {
  const left = isRtl() ? stageWidth - start - width : start;
  style.width = `${width}px`;
  style.height = `${height}px`;
  style.transform = `translate(${left}px, ${top}px)`;
}

function isRtl() {
  return document.dir === 'rtl';
}
