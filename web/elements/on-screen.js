// What of the stage is really on screen, and how large.

/** @typedef {import('./stage.js').Subject} Subject */
/** @typedef {{subject: Subject, video: HTMLVideoElement, width: number, height: number, rank: number}} Placed in CSS pixels */
/** @typedef {{participant: string, source: 'camera' | 'screen', width: number, height: number}} Item in device pixels */

/** How large the browser shows a picture over other windows, in CSS pixels: it does not say. */
const SMALL = { width: 480, height: 270 };

/**
 * @param {Placed[]} placed all that have a place on the stage; the lower the rank, the more important
 * @returns {Item[]} most important first; nothing while nobody can look
 */
export function onScreen(placed) {
  const scale = devicePixelRatio;
  const filled = document.fullscreenElement;
  const alone = filled === null ? [] : placed.filter(({ video }) => video.parentElement === filled);
  if (alone.length > 0) return alone.map(({ subject }) => item(subject, innerWidth * scale, innerHeight * scale));
  const ranked = [...placed].sort((one, other) => one.rank - other.rank);
  if (document.visibilityState === 'visible') {
    return ranked.map(({ subject, width, height }) => item(subject, width * scale, height * scale));
  }
  const copied = document.pictureInPictureElement;
  const shown = copied instanceof HTMLVideoElement ? copied.srcObject : null;
  const small = shown && ranked.filter(({ video }) => video.srcObject === shown);
  return (small || []).map(({ subject }) => item(subject, SMALL.width * scale, SMALL.height * scale));
}

/**
 * @param {Subject} subject
 * @param {number} width
 * @param {number} height
 * @returns {Item}
 */
function item({ participant, screen }, width, height) {
  const [across, down] = [width, height].map((pixels) => Math.max(1, Math.round(pixels)));
  return { participant, source: screen ? 'screen' : 'camera', width: across ?? 1, height: down ?? 1 };
}
