// What it means that a call is recorded, before a host has that done.

import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { text } from '../messages/index.js';

/** Emits `record` {tracks} when it is to begin; `tracks`: with what each person sends. */
export class RecordDialog extends HTMLElement {
  #why = h('p', { class: 'hint', id: 'record-why', 'data-wrong': true, 'data-testid': 'record-why' });
  #go = h('button', { type: 'submit', class: 'primary', 'aria-describedby': 'record-why', 'data-testid': 'record-go' }, text.recording.go);
  #tracks = h('input', { type: 'checkbox', id: 'record-tracks', 'data-testid': 'record-tracks' });
  /** @type {ReturnType<typeof makeDialog> | null} */
  #made = null;

  connectedCallback() {
    if (this.firstChild) return;
    const { told, server, file, kept } = text.recording.consequences;
    const consequences = [told, server, file, kept].map((sentence) => h('li', {}, sentence));
    const tracks = h('label', { class: 'choice', for: 'record-tracks' }, this.#tracks, text.recording.tracks);
    const form = h('form', { class: 'dialog-form', method: 'dialog' }, h('ul', { class: 'record-means' }, ...consequences), tracks, this.#why, this.#go);
    form.addEventListener('submit', () => emit(this, 'record', { tracks: this.#tracks.checked }));
    this.#made = makeDialog({ title: text.recording.ask, testid: 'record-dialog' }, form);
    this.append(this.#made.dialog);
  }

  /** @param {string | null} forbidden why it cannot be done in this room, in a sentence */
  show(forbidden) {
    this.#why.textContent = forbidden;
    this.#why.hidden = forbidden === null;
    this.#go.disabled = forbidden !== null;
  }

  open() {
    this.#made?.open();
  }

  /** Somebody else has had it done. */
  close() {
    this.#made?.dialog.close();
  }
}

customElements.define('vv-record-dialog', RecordDialog);
