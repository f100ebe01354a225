// The keys of the call.

/** @typedef {(typeof SHORTCUTS)[number][1] | 'escape'} Shortcut */

/** In the order in which they are listed for people. */
export const SHORTCUTS = /** @type {const} */ ([
  ['m', 'mute'],
  ['v', 'camera'],
  ['s', 'share'],
  ['h', 'hand'],
  ['r', 'react'],
  ['c', 'chat'],
  ['p', 'people'],
  ['l', 'layout'],
  ['f', 'fullscreen'],
  ['o', 'pip'],
  ['i', 'stats'],
  ['a', 'sound-only'],
  ['PageDown', 'page-on'],
  ['PageUp', 'page-back'],
  ['d', 'settings'],
  ['?', 'help'],
]);

/** @type {ReadonlyMap<string, Shortcut>} */
const KEYS = new Map([...SHORTCUTS, /** @type {const} */ (['Escape', 'escape'])]);

/**
 * What a key asks for. Letters mean nothing while somebody writes or chooses, or together with a key that makes them a
 * command of the browser's; a key held down asks once.
 * @param {KeyboardEvent} event
 * @returns {Shortcut | null}
 */
export function shortcut(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return null;
  const wanted = KEYS.get(named(event)) ?? null;
  return wanted !== 'escape' && isWriting(event.target) ? null : wanted;
}

/** The key by its letter; where the keyboard has others than Latin ones, by its place, which is labelled with both.
 * @param {KeyboardEvent} event */
function named({ key, code }) {
  if (key === '؟') return '?';
  const foreign = /^[^\p{Script=Latin}]$/u.test(key) && /^\p{L}$/u.test(key);
  return foreign ? (/^Key([A-Z])$/.exec(code)?.[1] ?? key).toLowerCase() : key.length === 1 ? key.toLowerCase() : key;
}

/** For a moment, what has the focus may still stand in a dialog that is closed already.
 * @param {EventTarget | null} target */
function isWriting(target) {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable], dialog[open]') !== null;
}
