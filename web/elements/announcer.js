// What happens in plain sight, for those who do not see it.

import { h } from './dom.js';

/** The most sentences kept: one that is read already need not stay. */
const KEPT = 4;

/** A live region that is heard and not seen. */
export class Announcer extends HTMLElement {
  connectedCallback() {
    this.classList.add('visually-hidden');
    this.setAttribute('role', 'log');
  }

  /** @param {string} sentence */
  say(sentence) {
    this.append(h('p', { 'data-testid': 'announcement' }, sentence));
    while (this.childElementCount > KEPT) this.firstElementChild?.remove();
  }
}

customElements.define('vv-announcer', Announcer);
