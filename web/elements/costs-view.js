// What a room costs: as it is measured, as it would be otherwise, and which switches of ways there were.

import { shownName } from './avatar.js';
import { CostsCompare } from './costs-compare.js';
import { CostsFormulas } from './costs-formulas.js';
import { CostsMeasured } from './costs-measured.js';
import { h, listen } from './dom.js';
import { RoomPolicy } from './room-policy.js';
import { SwitchLog } from './switch-log.js';
import { model } from '../lib/costs.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/protocol.js').Costs} Costs */
/** @typedef {import('../lib/costs.js').Model} Model */

/** The same on a page of its own and in the panel of a call, as wide as there is space. */
export class CostsView extends HTMLElement {
  /** Which heading the sections have, beginning with the first level that is free. */
  level = /** @type {'h2' | 'h3'} */ ('h2');
  /** Whose side it is looked at from where nobody chose another, if that one is there. */
  self = '';
  #state = h('p', { class: 'costs-state', role: 'status', 'data-testid': 'costs-state' });
  #empty = h('div', { class: 'costs-empty', 'data-testid': 'costs-empty' });
  #is = h('p', { class: 'costs-is', 'data-testid': 'costs-is' });
  #policy = new RoomPolicy();
  #measured = new CostsMeasured();
  #compare = new CostsCompare();
  #formulas = new CostsFormulas();
  #log = new SwitchLog();
  #figures = h('div', { class: 'costs-figures' });
  /** @type {Costs | null} */
  #costs = null;
  /** From whose side somebody chose to look at it. @type {string | null} */
  #person = null;
  /** Names of those who have left meanwhile, by which gaps are told. @type {Map<string, string>} */
  #names = new Map();

  connectedCallback() {
    if (this.firstChild) return;
    const { costs } = text;
    this.setAttribute('data-testid', 'costs-view');
    this.#empty.append(h('p', { class: 'costs-is' }, costs.empty), h('p', { class: 'hint' }, costs.emptyAdvice));
    this.#figures.append(
      h('div', { class: 'costs-top' }, this.#is, this.#policy),
      this.#section(costs.measured, this.#measured),
      this.#section(costs.compared, this.#compare),
      this.#section(costs.formulas, this.#formulas),
    );
    const switches = this.#section(costs.switches, this.#log);
    this.#figures.append(switches);
    this.append(this.#state, this.#empty, this.#figures);
    listen(this.#compare, 'person', (/** @type {{id: string}} */ { id }) => {
      this.#person = id;
      if (this.#costs) this.show(this.#costs);
    });
    this.#state.textContent = costs.loading;
    this.#empty.hidden = this.#figures.hidden = true;
  }

  /** @param {Costs} costs */
  show(costs) {
    this.#costs = costs;
    this.#state.hidden = true;
    this.removeAttribute('data-lost');
    const there = model(costs);
    for (const { id, name } of there.people) this.#names.set(id, shownName(name));
    this.#empty.hidden = there.people.length > 0;
    this.#figures.hidden = there.people.length === 0;
    const person = this.#of(there);
    if (!person || !there.topology) return;
    this.#is.textContent = text.costs.is[there.topology];
    this.#policy.show(costs.plan?.policy ?? null);
    this.#measured.show(there, costs.server);
    this.#compare.show(there, person);
    this.#formulas.show(there, person);
    this.#log.show(costs.switches, (id) => this.#names.get(id) ?? '');
  }

  /** @param {Model} model */
  #of({ people }) {
    const named = [this.#person, this.self].map((wanted) => people.find(({ id }) => id === wanted)).find((person) => person);
    return named ?? mostSent(people);
  }

  /** The server does not answer; what is shown is the last there was. */
  lose() {
    this.#state.hidden = false;
    this.#state.textContent = this.#costs ? text.costs.lost : text.call.unreachable;
    this.setAttribute('data-lost', '');
  }

  /**
   * @param {string} title
   * @param {HTMLElement} content
   */
  #section(title, content) {
    return h('section', { class: 'costs-section', 'aria-label': title }, h(this.level, {}, title), content);
  }
}

/** Whoever sends most has most to win or lose. @param {Model['people']} people */
function mostSent(people) {
  return people.toSorted((one, other) => (other.rate?.value ?? 0) - (one.rate?.value ?? 0))[0];
}

customElements.define('vv-costs-view', CostsView);
