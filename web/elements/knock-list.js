// Who waits to be let in, for hosts.

import { drawnInitials, shownName } from './avatar.js';
import { emit, h } from './dom.js';
import { apart } from '../messages/counting.js';
import { hosts } from '../messages/hosts.js';

/** @typedef {import('../lib/protocol.js').Knock} Knock */

/** Nothing while nobody waits. Emits `admit` {id, on}. */
export class KnockList extends HTMLElement {
  #list = h('div', { role: 'list', 'aria-labelledby': 'knocks-heading' });
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('data-testid', 'knocks');
    this.append(h('h3', { id: 'knocks-heading' }, hosts.knocks.heading), this.#list);
  }

  /** @param {readonly Knock[]} knocks whoever has waited longest comes first */
  show(knocks) {
    this.hidden = knocks.length === 0;
    const ids = new Set(knocks.map(({ id }) => id));
    const hadFocus = this.contains(document.activeElement);
    for (const [id, row] of this.#rows) if (!ids.has(id)) this.#drop(id, row);
    for (const knock of knocks) {
      // One that is there already stays where it is, and keeps the focus.
      if (this.#rows.has(knock.id)) continue;
      const row = this.#row(knock);
      this.#rows.set(knock.id, row);
      this.#list.append(row);
    }
    if (hadFocus && !this.contains(document.activeElement)) this.querySelector('button')?.focus();
  }

  /** @param {Knock} knock */
  #row({ id, name: called }) {
    const name = shownName(called);
    const { admit, refuse } = hosts.knocks;
    const about = (/** @type {string} */ label) => `${label}: ${apart(name)}`;
    const answer = (/** @type {boolean} */ on) => () => emit(this, 'admit', { id, on });
    return h(
      'div',
      { class: 'knock', role: 'listitem', 'data-testid': 'knock' },
      h('div', { class: 'person-avatar', 'aria-hidden': 'true' }, drawnInitials(name)),
      h('bdi', { class: 'person-name' }, name),
      h('button', { type: 'button', class: 'small quiet', 'aria-label': about(refuse), onclick: answer(false) }, refuse),
      h('button', { type: 'button', class: 'small primary', 'aria-label': about(admit), onclick: answer(true) }, admit),
    );
  }

  /**
   * @param {string} id
   * @param {HTMLElement} row
   */
  #drop(id, row) {
    row.remove();
    this.#rows.delete(id);
  }
}

customElements.define('vv-knock-list', KnockList);
