// The options of one person's tile, or of their shared screen.

import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/**
 * @typedef {object} TileOptions
 * @property {string} name of what the options are for
 * @property {boolean | null} pinned null where it cannot be
 * @property {number | null} volume 0 to 1; null where there is nothing to hear
 * @property {string} path what the way of the picture means, in a sentence
 * @property {boolean} fullScreen whether the picture can be shown alone
 */

/** Emits `pin`, `volume` {volume} and `fullscreen`, all for whatever it was opened for. */
export class TileMenu extends HTMLElement {
  #pin = h('button', { type: 'button', class: 'wide', 'data-testid': 'pin' });
  #fullScreen = h('button', { type: 'button', class: 'wide' }, icon('expand'), text.options.fullScreen);
  #volume = h('input', { type: 'range', min: 0, max: 100, step: 5, id: 'volume', 'data-testid': 'volume' });
  #volumeLine = h('div', { class: 'volume-line' }, h('label', { for: 'volume' }, text.options.volume), this.#volume);
  #path = h('p', { class: 'menu-path' });
  /** What is added for whoever may do more, while it is open. */
  #more = h('div', { hidden: true });
  #made = makeDialog(
    { title: '', testid: 'tile-menu-dialog', kind: 'popup' },
    this.#pin,
    this.#fullScreen,
    this.#volumeLine,
    this.#more,
    this.#path,
  );

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#made.dialog);
    this.#pin.addEventListener('click', () => this.#choose('pin'));
    this.#fullScreen.addEventListener('click', () => this.#choose('fullscreen'));
    this.#volume.addEventListener('input', () => emit(this, 'volume', { volume: Number(this.#volume.value) / 100 }));
  }

  /**
   * @param {TileOptions} options
   * @param {HTMLElement} button beside which they open, where there is space
   */
  open({ name, pinned, volume, path, fullScreen }, button) {
    const { dialog, heading, open: show } = this.#made;
    heading.textContent = name;
    dialog.setAttribute('aria-label', text.people.menu(name));
    this.#pin.replaceChildren(icon('pin'), pinned ? text.options.unpin : text.options.pin);
    this.#pin.hidden = pinned === null;
    this.#fullScreen.hidden = !fullScreen;
    this.#volumeLine.hidden = volume === null;
    this.#volume.value = String(Math.round((volume ?? 0) * 100));
    this.#more.replaceChildren();
    this.#more.hidden = true;
    this.#path.textContent = path;
    this.#path.hidden = path === '';
    const { left, right, bottom } = button.getBoundingClientRect();
    dialog.setAttribute('data-anchored', '');
    dialog.style.setProperty('--middle', `${(left + right) / 2}px`);
    dialog.style.setProperty('--below', `${bottom}px`);
    show();
  }

  /** @param {HTMLElement} more options of whatever it is open for */
  offer(more) {
    this.#more.replaceChildren(more);
    this.#more.hidden = false;
  }

  /** What it was opened for is gone. */
  close() {
    this.#made.dialog.close();
  }

  /** @param {string} type */
  #choose(type) {
    this.close();
    emit(this, type);
  }
}

customElements.define('vv-tile-menu', TileMenu);
