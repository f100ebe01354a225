// Whether the server's mix is wanted in place of everybody's pictures and sounds.

import { emit, h } from './dom.js';
import { text } from '../messages/index.js';

/** Emits `mix` {on}. */
export class MixChoice extends HTMLElement {
  #box = h('input', { type: 'checkbox', 'data-testid': 'mix-choice', 'aria-describedby': 'mix-hint' });
  #hint = h('p', { class: 'hint', id: 'mix-hint' });

  connectedCallback() {
    if (this.firstChild) return;
    this.#box.addEventListener('change', () => emit(this, 'mix', { on: this.#box.checked }));
    this.append(h('label', { class: 'check' }, this.#box, text.settings.mix), this.#hint);
  }

  /**
   * @param {boolean} on
   * @param {string | null} forbidden why it cannot be had in this room, in a sentence
   */
  show(on, forbidden) {
    this.#box.checked = on;
    this.#box.disabled = forbidden !== null;
    this.#hint.textContent = forbidden ?? text.settings.mixHint;
  }
}

customElements.define('vv-mix-choice', MixChoice);
