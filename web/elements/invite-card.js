// What stands on an empty stage: the room's link, to be sent to somebody, and a second one for those who only watch.

import { h } from './dom.js';
import { ShareLink } from './share-link.js';
import { WatchLink } from './watch-link.js';
import { text } from '../messages/index.js';

/** @typedef {{link: string, watch: string | null}} Invitation `watch`: the link for those who only watch, null where nobody may */

/** Invites to send the room's link to somebody. */
export class InviteCard extends HTMLElement {
  #link = new ShareLink();
  #watch = new WatchLink();

  connectedCallback() {
    if (this.firstChild) return;
    this.append(h('h2', {}, text.call.alone), h('p', {}, text.call.invite), this.#link, this.#watch);
  }

  /** @param {Invitation} invitation */
  show({ link, watch }) {
    this.#link.show(link);
    this.#watch.show(watch);
  }
}

customElements.define('vv-invite-card', InviteCard);
