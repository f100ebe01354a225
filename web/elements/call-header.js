// The line over the call: where one is, and with how many.

import { h } from './dom.js';
import { mark } from './icon.js';
import { RecordingMark } from './recording-mark.js';
import { text } from '../messages/index.js';

/** The room, the number of people once it is known, and whether all of it is recorded. */
export class CallHeader extends HTMLElement {
  recording = new RecordingMark();
  #room = h('h1', { dir: 'auto' });
  #people = h('span', { class: 'people-count', 'data-testid': 'people-count' });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(mark(), this.#room, this.#people, this.recording);
  }

  /** @param {string} room */
  begin(room) {
    this.#room.textContent = room;
    this.#room.title = room;
  }

  /** @param {number} count of people, oneself included */
  count(count) {
    this.#people.textContent = text.call.people(count);
  }
}

customElements.define('vv-call-header', CallHeader);
