// The recordings of the room, for its hosts.

import { makeDialog } from './dialog.js';
import { h } from './dom.js';
import { RecordingRow } from './recording-row.js';
import { text } from '../messages/index.js';

/** The newest first. */
export class RecordingsDialog extends HTMLElement {
  #none = h('p', { class: 'hint', 'data-testid': 'recordings-none' }, text.recording.none);
  #list = h('div', { class: 'recordings', role: 'list', 'aria-label': text.recording.list, hidden: true });
  #note = h('p', { class: 'hint' }, text.recording.note);
  #made = makeDialog({ title: text.recording.list, testid: 'recordings-dialog' }, this.#none, this.#list, this.#note);
  /** @type {Map<string, RecordingRow>} */
  #rows = new Map();

  connectedCallback() {
    if (!this.firstChild) this.append(this.#made.dialog);
  }

  open() {
    this.#made.open();
  }

  /** @param {import('./recording-row.js').Shown[]} recordings oldest first */
  show(recordings) {
    this.#none.hidden = recordings.length > 0;
    this.#list.hidden = this.#note.hidden = recordings.length === 0;
    const ids = new Set(recordings.map(({ id }) => id));
    for (const [id, row] of this.#rows) if (!ids.has(id)) this.#drop(id, row);
    for (const recording of recordings) {
      // One that is there already stays where it is, and keeps the focus.
      const row = this.#rows.get(recording.id) ?? this.#add(recording.id);
      row.show(recording);
    }
  }

  /** @param {string} id */
  #add(id) {
    const row = new RecordingRow();
    this.#rows.set(id, row);
    this.#list.prepend(row);
    return row;
  }

  /**
   * @param {string} id
   * @param {RecordingRow} row
   */
  #drop(id, row) {
    row.remove();
    this.#rows.delete(id);
  }
}

customElements.define('vv-recordings-dialog', RecordingsDialog);
