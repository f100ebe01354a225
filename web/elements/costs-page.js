// What a room costs, as a page of its own.

import { CostsView } from './costs-view.js';
import { h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** The figures, and the way back to the call. */
export class CostsPage extends HTMLElement {
  view = new CostsView();
  #room = h('bdi', {});
  #call = h('a', { class: 'costs-call', 'data-testid': 'costs-call' });

  connectedCallback() {
    if (this.firstChild) return;
    const { costs, lobby } = text;
    this.#call.append(icon('camera'), costs.toCall);
    const words = h(
      'div',
      {},
      h('h1', {}, costs.heading),
      h('p', { class: 'room-line' }, `${lobby.room}: `, h('strong', {}, this.#room)),
      h('p', { class: 'lead' }, costs.lead),
    );
    this.append(h('div', { class: 'costs-page' }, h('div', { class: 'costs-head' }, words, this.#call), this.view));
  }

  /** @param {{room: string, call: string}} begin `call`: the address of the call */
  begin({ room, call }) {
    this.#room.textContent = room;
    this.#call.href = call;
  }
}

customElements.define('vv-costs-page', CostsPage);
