// That the call is being recorded, for as long as it is.

import { emit, h } from './dom.js';
import { text } from '../messages/index.js';

/** A button, because what it means has to be found by touch as well. Emits `explain`. */
export class RecordingMark extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.hidden = true;
    const means = { title: text.recording.means, 'data-testid': 'recording-mark', onclick: () => emit(this, 'explain') };
    this.append(h('button', { type: 'button', ...means }, h('span', { class: 'recording-dot', 'aria-hidden': 'true' }), text.recording.mark));
  }

  /** @param {boolean} recording */
  show(recording) {
    this.hidden = !recording;
  }
}

customElements.define('vv-recording-mark', RecordingMark);
