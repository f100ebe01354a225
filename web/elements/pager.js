// Turning the pages of the stage, where people do not fit on one.

import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** Emits `turn` {by}: a page on, or back. */
export class Pager extends HTMLElement {
  #back = this.#button('page-back', text.actions.pageBack, -1);
  #on = this.#button('page-on', text.actions.pageOn, 1);
  #place = h('span', { class: 'pager-place', 'data-testid': 'page', role: 'status' });

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', text.actions.pages);
    this.setAttribute('data-testid', 'pager');
    this.hidden = true;
    this.append(this.#back, this.#place, this.#on);
  }

  /** @param {{page: number, pages: number}} place `page` from 0 */
  show({ page, pages }) {
    this.hidden = pages < 2;
    // What has the focus keeps it, at the first page and at the last.
    this.#back.setAttribute('aria-disabled', String(page === 0));
    this.#on.setAttribute('aria-disabled', String(page === pages - 1));
    const place = text.actions.pageOf(page + 1, pages);
    if (this.#place.textContent !== place) this.#place.textContent = place;
  }

  /**
   * @param {'page-back' | 'page-on'} shape
   * @param {string} label
   * @param {number} by
   */
  #button(shape, label, by) {
    const button = h('button', { type: 'button', class: 'plain', 'aria-label': label, title: label, 'data-testid': shape });
    button.append(icon(shape));
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-disabled') !== 'true') emit(this, 'turn', { by });
    });
    return button;
  }
}

customElements.define('vv-pager', Pager);
