// Draws the installed program's icons, which some systems want as pixels, from web/icons/mark.svg. It is run by hand when
// the mark changes: node scripts/icons.js

import { readFile, writeFile } from 'node:fs/promises';
import { closeBrowsers, openPage } from '../e2e/harness/browser.js';

const ICONS = new URL('../web/icons/', import.meta.url);

/** File, side in pixels, and whether the system cuts out a shape of its own, so that the corners have to be filled. */
const DRAWN = /** @type {const} */ ([
  ['mark-192.png', 192, false],
  ['mark-512.png', 512, false],
  ['maskable-512.png', 512, true],
  ['touch-180.png', 180, true],
]);

const mark = await readFile(new URL('mark.svg', ICONS), 'utf8');
const page = await openPage('chromium');
for (const [file, side, filled] of DRAWN) {
  const drawing = filled ? mark.replace(/ rx="\d+"/, '') : mark;
  const pixels = await page.evaluate(draw, `data:image/svg+xml,${encodeURIComponent(drawing)}`, side);
  await writeFile(new URL(file, ICONS), Buffer.from(pixels, 'base64'));
}
await closeBrowsers();

/**
 * Runs in the page.
 * @param {string} address of the drawing
 * @param {number} side
 * @returns {Promise<string>} a PNG, in base64
 */
async function draw(address, side) {
  const image = new Image(side, side);
  image.src = address;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  canvas.getContext('2d')?.drawImage(image, 0, 0, side, side);
  return canvas.toDataURL('image/png').replace(/^.*,/, '');
}
