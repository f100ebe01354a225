// A round button for something that is on or off.

import { h } from './dom.js';
import { icon } from './icon.js';

/** @typedef {import("./icon.js").IconName} IconName */
/** @typedef {{icon: IconName, label: string, key?: string}} Face what the button shows, and what pressing it does */

/**
 * A button with a picture. Its name says what pressing it does, so it needs no pressed state.
 * @param {string} testid
 * @param {() => void} press
 * @returns {HTMLButtonElement}
 */
export function roundButton(testid, press) {
  return h('button', { type: 'button', class: 'round', 'data-testid': testid, onclick: press });
}

/**
 * Changes what a round button shows.
 * @param {HTMLButtonElement} button
 * @param {Face} face
 * @param {boolean} [off] whether the thing is off, which is drawn as a warning
 */
export function setFace(button, { icon: name, label, key }, off = false) {
  button.toggleAttribute('data-off', off);
  if (button.getAttribute('aria-label') === label) return;
  button.setAttribute('aria-label', label);
  button.title = key ? `${label} (${key})` : label;
  if (key) button.setAttribute('aria-keyshortcuts', key);
  button.replaceChildren(icon(name));
}
