// Small things that stand on tiles.

import { h } from './dom.js';
import { icon } from './icon.js';

/**
 * A sign beside the name, with words for whoever does not see it.
 * @param {import('./icon.js').IconName} name
 * @param {string} meaning
 */
export function flag(name, meaning) {
  return h(
    'span',
    { class: 'flag', 'data-flag': name, title: meaning, role: 'img', 'aria-label': meaning },
    icon(name),
  );
}

/**
 * @param {(button: HTMLButtonElement) => void} press
 * @returns {HTMLButtonElement} the button for a tile's options; whoever makes the tile names it
 */
export function menuButton(press) {
  const button = h('button', {
    type: 'button',
    class: 'tile-menu',
    'data-testid': 'tile-menu',
    'aria-haspopup': 'dialog',
  });
  button.append(icon('more'));
  button.addEventListener('click', () => press(button));
  return button;
}

/**
 * Where nothing hovers, and a button on a small picture would hide it, a touch anywhere opens the options.
 * @param {HTMLElement} tile
 * @param {HTMLButtonElement} button
 */
export function openByTouch(tile, button) {
  tile.addEventListener('click', (event) => {
    const onButton = event.target instanceof Node && button.contains(event.target);
    if (!onButton && matchMedia('(hover: none)').matches) button.click();
  });
}
