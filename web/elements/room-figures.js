// What a server that forwards says of a room.

import { h } from './dom.js';
import { roomWords } from './measures.js';
import { text } from '../messages/index.js';

/** The room's figures; nothing while there are none. */
export class RoomFigures extends HTMLElement {
  #list = h('dl', { class: 'room-figures' });

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('data-testid', 'room-figures');
    this.hidden = true;
    this.append(h('h3', {}, text.stats.room), this.#list);
  }

  /** @param {import('../lib/protocol.js').ServerStats | null} stats */
  show(stats) {
    this.hidden = stats === null;
    const lines = stats ? roomWords(stats) : [];
    this.#list.replaceChildren(...lines.map(([title, value]) => h('div', {}, h('dt', {}, title), h('dd', {}, value))));
  }
}

customElements.define('vv-room-figures', RoomFigures);
