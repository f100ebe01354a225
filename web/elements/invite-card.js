// What stands on an empty stage: the room's link, to be sent to somebody.

import { h } from './dom.js';
import { ShareLink } from './share-link.js';
import { text } from '../messages/index.js';

/** Invites to send the room's link to somebody. */
export class InviteCard extends HTMLElement {
  #link = new ShareLink();

  connectedCallback() {
    if (this.firstChild) return;
    this.append(h('h2', {}, text.call.alone), h('p', {}, text.call.invite), this.#link);
  }

  /** @param {string} link */
  show(link) {
    this.#link.show(link);
  }
}

customElements.define('vv-invite-card', InviteCard);
