// One figure of several topologies, side by side.

import { h, setAttribute } from './dom.js';

/**
 * @typedef {object} Bar
 * @property {string} label
 * @property {string} words the value, in words
 * @property {number | null} value null: not known, and no bar
 * @property {boolean} [measured] the others are reckoned
 * @property {string | null} [warning] what is wrong with so much
 * @property {string | null} [why] it is not known
 */

/** A title, and a bar for each topology with its value beside it: nothing has to be looked up. */
export class CostsBars extends HTMLElement {
  #title;
  #list = h('dl', {});

  /** @param {string} title */
  constructor(title = '') {
    super();
    this.#title = title;
  }

  connectedCallback() {
    if (this.firstChild) return;
    this.append(h('p', { class: 'bars-title' }, this.#title), this.#list);
  }

  /** @param {Bar[]} bars */
  show(bars) {
    while (this.#list.children.length > bars.length) this.#list.lastElementChild?.remove();
    while (this.#list.children.length < bars.length) this.#list.append(emptyBar());
    const most = Math.max(0, ...bars.map(({ value }) => value ?? 0));
    bars.forEach((bar, index) => fill(/** @type {HTMLElement} */ (this.#list.children[index]), bar, most));
  }
}

function emptyBar() {
  return h('div', { class: 'bar' }, h('dt', {}), h('dd', {}), h('div', { class: 'bar-track', 'aria-hidden': 'true' }, h('div', {})), h('dd', { class: 'bar-note' }));
}

/**
 * @param {HTMLElement} row
 * @param {Bar} bar
 * @param {number} most of all that are side by side
 */
function fill(row, { label, words, value, measured = false, warning = null, why = null }, most) {
  const [title, number, track, note] = /** @type {HTMLElement[]} */ ([...row.children]);
  if (!title || !number || !track || !note) return;
  title.textContent = label;
  number.textContent = words;
  number.title = why ?? '';
  note.textContent = warning ?? why ?? '';
  note.hidden = !warning && !why;
  row.toggleAttribute('data-measured', measured);
  row.toggleAttribute('data-unknown', value === null);
  setAttribute(row, 'data-warning', warning !== null);
  track.style.setProperty('--part', String(most > 0 ? (value ?? 0) / most : 0));
}

customElements.define('vv-costs-bars', CostsBars);
