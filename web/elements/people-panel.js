// Who is in the call.

import { emit, h, listen } from './dom.js';
import { panelHeader } from './panel.js';
import { PersonRow } from './person-row.js';
import { RoomPolicy } from './room-policy.js';
import { text } from '../messages/index.js';

/** @typedef {import('./person-row.js').Person} Person */

/** One row for each person, raised hands first in the order in which they went up. Emits `close`, `menu`
 * {id, button}, and `policy` where a host wants to change how the media of the room travels. */
export class PeoplePanel extends HTMLElement {
  #policy = new RoomPolicy();
  #list = h('div', { class: 'people-list', role: 'list', 'aria-label': text.people.list, tabindex: 0 });
  #header = panelHeader(this, {
    title: text.people.heading,
    close: text.actions.closePeople,
    testid: 'people-panel',
  });
  #footer = h('footer', {}, this.#policy);
  /** @type {Map<string, PersonRow>} */
  #rows = new Map();

  connectedCallback() {
    if (this.firstChild) return;
    listen(this.#policy, 'change', () => emit(this, 'policy'));
    this.append(this.#header, this.#list, this.#footer);
  }

  opened() {
    this.#header.querySelector('button')?.focus();
  }

  /**
   * Takes in what is fetched when somebody looks at the list.
   * @param {{above: HTMLElement, below: HTMLElement}} more above the list, and below it
   */
  extend({ above, below }) {
    this.#list.before(above);
    this.#footer.prepend(below);
  }

  /**
   * @param {import('../lib/policy.js').Policy | null} policy of the room
   * @param {boolean} mayChange whether this side is a host
   */
  showPolicy(policy, mayChange) {
    this.#policy.show(policy, { mayChange });
  }

  /** @param {Person[]} people oneself first */
  show(people) {
    const focused = this.#list.contains(document.activeElement) ? document.activeElement : null;
    const ordered = people.toSorted((one, other) => (one.hand || Infinity) - (other.hand || Infinity) || 0);
    const ids = new Set(people.map(({ id }) => id));
    for (const [id, row] of this.#rows) if (!ids.has(id)) this.#drop(id, row);
    ordered.forEach((person, index) => {
      const row = this.#rows.get(person.id) ?? this.#add(person.id);
      row.show(person);
      if (this.#list.children[index] !== row) this.#list.insertBefore(row, this.#list.children[index] ?? null);
    });
    // A row that moves loses the focus, and one of somebody who has left takes it along.
    if (focused instanceof HTMLElement && document.activeElement !== focused) (focused.isConnected ? focused : this.#list).focus();
  }

  /** @param {string} id */
  #add(id) {
    const row = new PersonRow();
    this.#rows.set(id, row);
    listen(row, 'menu', (/** @type {{button: HTMLElement}} */ { button }) => emit(this, 'menu', { id, button }));
    return row;
  }

  /**
   * @param {string} id
   * @param {PersonRow} row
   */
  #drop(id, row) {
    row.remove();
    this.#rows.delete(id);
  }
}

customElements.define('vv-people-panel', PeoplePanel);
