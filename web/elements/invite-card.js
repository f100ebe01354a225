// What stands on an empty stage: the room's link, to be sent to somebody.

import { copyText } from './copy.js';
import { h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** How long the button says that the link was copied, in milliseconds. */
const SAID_FOR = 2_500;

/** Shows the link and copies it. */
export class InviteCard extends HTMLElement {
  #heading = h('h2', {}, text.call.alone);
  #link = h('input', { readonly: true, 'aria-label': text.call.invite, onfocus: () => this.#link.select() });
  #label = h('span', {}, text.controls.copy);
  #timer = 0;

  connectedCallback() {
    if (this.firstChild) return;
    const copy = h(
      'button',
      { type: 'button', class: 'primary', onclick: () => void this.#copy() },
      icon('link'),
      this.#label,
    );
    this.append(this.#heading, h('p', {}, text.call.invite), this.#link, copy);
  }

  disconnectedCallback() {
    window.clearTimeout(this.#timer);
  }

  /** @param {string} link */
  show(link) {
    this.#link.value = link;
  }

  async #copy() {
    const copied = await copyText(this.#link.value);
    this.#label.textContent = copied ? text.controls.copied : text.controls.copyByHand;
    if (!copied) this.#link.focus();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.#label.textContent = text.controls.copy;
    }, SAID_FOR);
  }
}

customElements.define('vv-invite-card', InviteCard);
