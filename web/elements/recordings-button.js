// The way to the recordings of a call that is over.

import { h } from './dom.js';
import { RecordingsDialog } from './recordings-dialog.js';
import { text } from '../messages/index.js';

/** Nothing where there are none. */
export class RecordingsButton extends HTMLElement {
  #dialog = new RecordingsDialog();
  #open = h('button', {
    type: 'button',
    class: 'quiet',
    'aria-haspopup': 'dialog',
    'data-testid': 'recordings',
    onclick: () => this.#dialog.open(),
  });

  connectedCallback() {
    if (this.firstChild) return;
    this.#open.append(text.recording.open);
    this.append(this.#open, this.#dialog);
  }

  /** @param {import('./recording-row.js').Shown[]} recordings oldest first */
  show(recordings) {
    this.hidden = recordings.length === 0;
    this.#dialog.show(recordings);
  }
}

customElements.define('vv-recordings-button', RecordingsButton);
