// That the call is being recorded, for as long as it is.

import { emit, h } from './dom.js';
import { text } from '../messages/index.js';

/** A button, because what it means has to be found by touch as well. Emits `explain`. */
export class RecordingMark extends HTMLElement {
  #button = h('button', { type: 'button', 'data-testid': 'recording-mark', onclick: () => emit(this, 'explain') });

  connectedCallback() {
    if (this.firstChild) return;
    this.hidden = true;
    this.#button.append(h('span', { class: 'recording-dot', 'aria-hidden': 'true' }), text.recording.mark);
    this.append(this.#button);
  }

  /** @param {boolean} recording
   * @param {boolean} [tracks] whether what each person sends is kept as well */
  show(recording, tracks = false) {
    this.hidden = !recording;
    this.#button.setAttribute('title', tracks ? text.recording.meansTracks : text.recording.means);
  }
}

customElements.define('vv-recording-mark', RecordingMark);
