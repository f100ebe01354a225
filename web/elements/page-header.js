// What stands above every page but the call.

import { emit, h, listen } from './dom.js';
import { mark } from './icon.js';
import { Preferences } from './preferences.js';
import { text } from '../messages/index.js';

/** Emits `language` {language} and `theme` {theme}. */
export class PageHeader extends HTMLElement {
  #preferences = new Preferences();

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'banner');
    this.append(h('a', { class: 'brand', href: '/' }, mark(), h('span', {}, text.product)), this.#preferences);
    for (const type of ['language', 'theme']) listen(this.#preferences, type, (detail) => emit(this, type, detail));
  }

  /** @param {import('../pages/memory.js').Theme} theme */
  show(theme) {
    this.#preferences.show(theme);
  }
}

customElements.define('vv-page-header', PageHeader);
