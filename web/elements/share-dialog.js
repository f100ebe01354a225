// What a shared screen is for, asked before the browser asks which one.

import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/screen-share.js').Quality} Quality */

/** Emits `share` {quality, sound}. */
export class ShareDialog extends HTMLElement {
  #sound = h('input', { type: 'checkbox', id: 'share-sound', checked: true });
  /** @type {ReturnType<typeof makeDialog> | null} */
  #made = null;

  connectedCallback() {
    if (this.firstChild) return;
    const { sharing } = text;
    const form = h(
      'form',
      { class: 'dialog-form', method: 'dialog' },
      h('p', { class: 'hint' }, sharing.advice),
      h(
        'fieldset',
        { class: 'choices' },
        h('legend', {}, sharing.quality),
        ...this.#quality('text'),
        ...this.#quality('motion'),
      ),
      h('label', { class: 'check' }, this.#sound, sharing.withSound),
      h('button', { type: 'submit', class: 'primary', 'data-testid': 'share-go' }, sharing.go),
    );
    this.#made = makeDialog({ title: sharing.dialog, testid: 'share-dialog' }, form);
    form.addEventListener('submit', () => {
      const quality = new FormData(form).get('quality') === 'motion' ? 'motion' : 'text';
      emit(this, 'share', { quality, sound: this.#sound.checked });
    });
    this.append(this.#made.dialog);
  }

  open() {
    this.#made?.open();
  }

  /** @param {Quality} quality */
  #quality(quality) {
    const id = `share-${quality}`;
    const hint = quality === 'text' ? text.sharing.textHint : text.sharing.motionHint;
    const radio = h('input', {
      type: 'radio',
      name: 'quality',
      id,
      value: quality,
      checked: quality === 'text',
      'data-testid': id,
    });
    return [
      h(
        'label',
        { class: 'choice', for: id },
        radio,
        h('span', {}, h('b', {}, text.sharing[quality]), h('small', {}, hint)),
      ),
    ];
  }
}

customElements.define('vv-share-dialog', ShareDialog);
