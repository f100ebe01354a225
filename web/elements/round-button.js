// A round button for something that is on or off.

import { h, setAttribute } from './dom.js';
import { icon } from './icon.js';

/** @typedef {import("./icon.js").IconName} IconName */
/**
 * @typedef {object} Face what the button shows, and what pressing it does
 * @property {IconName} icon
 * @property {string} label
 * @property {string} [key] that does the same
 */
/** @typedef {boolean | 'on'} Mark `true`: the thing is off, drawn as a warning; `on`: it is on, and that is unusual */

/**
 * A button with a picture. Its name says what pressing it does, so it needs no pressed state. Among others in a list it
 * shows that name too.
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
 * @param {Mark} [mark]
 */
export function setFace(button, { icon: name, label, key }, mark = false) {
  button.toggleAttribute('data-off', mark === true);
  button.toggleAttribute('data-on', mark === 'on');
  if (button.getAttribute('aria-label') === label) return;
  button.setAttribute('aria-label', label);
  if (key) button.setAttribute('aria-keyshortcuts', key);
  button.title = titleOf(button);
  button.replaceChildren(icon(name), h('span', { class: 'round-label' }, label));
}

/**
 * Says of a round button that it does nothing now. It can be reached all the same, so that everybody can learn why.
 * @param {HTMLButtonElement} button
 * @param {string | null} why in a sentence; null: it does
 */
export function forbid(button, why) {
  setAttribute(button, 'aria-disabled', why && 'true');
  setAttribute(button, 'aria-description', why);
  button.title = titleOf(button);
}

/** @param {HTMLButtonElement} button */
function titleOf(button) {
  const [label, key] = [button.getAttribute('aria-label') ?? '', button.getAttribute('aria-keyshortcuts')];
  return button.getAttribute('aria-description') ?? (key ? `${label} (${key.toUpperCase()})` : label);
}
