// The link for those who only watch, beside the one to the call.

import { copyButton } from './copy-button.js';
import { h } from './dom.js';
import { text } from '../messages/index.js';

/** Copies the link, and shows it only where that cannot be done. */
export class WatchLink extends HTMLElement {
  #link = h('input', { readonly: true, dir: 'ltr', 'aria-label': text.watch.link, onfocus: () => this.#link.select() });
  #copy = copyButton({
    testid: 'watch-copy',
    name: 'quiet small',
    label: text.watch.copy,
    link: () => this.#link.value,
    failed: () => this.#reveal(),
  });

  connectedCallback() {
    if (this.firstChild) return;
    this.#link.hidden = true;
    this.append(this.#copy, this.#link);
  }

  /** @param {string | null} link null: nobody may watch */
  show(link) {
    this.hidden = link === null;
    this.#link.value = link ?? '';
  }

  #reveal() {
    this.#link.hidden = false;
    this.#link.focus();
  }
}

customElements.define('vv-watch-link', WatchLink);
