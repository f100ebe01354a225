// The list of keys.

import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { SHORTCUTS } from './shortcuts.js';
import { text } from '../messages/index.js';

/** Emits `letters` {on}: whether single letters are to do anything, which some input devices type by themselves. */
export class HelpDialog extends HTMLElement {
  #letters = h('input', { type: 'checkbox', checked: true });

  connectedCallback() {
    if (this.firstChild) return;
    const { help } = text;
    const called = (/** @type {string} */ key) => (key === 'PageDown' || key === 'PageUp' ? help[key] : key.toUpperCase());
    const keys = SHORTCUTS.map(([key, name]) => line(called(key), help[name]));
    this.#letters.addEventListener('change', () => emit(this, 'letters', { on: this.#letters.checked }));
    const list = h('dl', { class: 'keys', tabindex: 0 }, ...keys, line(help.escapeKey, help.escape));
    const { dialog } = makeDialog(
      { title: help.heading, testid: 'help-dialog' },
      list,
      h('label', { class: 'check' }, this.#letters, help.letters),
    );
    this.append(dialog);
  }

  /** Whether single letters do anything. */
  set letters(/** @type {boolean} */ on) {
    this.#letters.checked = on;
  }

  open() {
    this.querySelector('dialog')?.showModal();
  }
}

/**
 * @param {string} key
 * @param {string} meaning
 */
function line(key, meaning) {
  return h('div', {}, h('dt', {}, h('kbd', {}, key)), h('dd', {}, meaning));
}

customElements.define('vv-help-dialog', HelpDialog);
