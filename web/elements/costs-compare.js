// The same room as it is now, as a mesh, as a star and as a mix.

import { shownName } from './avatar.js';
import { CostsBars } from './costs-bars.js';
import { UNKNOWN, figure, measured } from './costs-words.js';
import { emit, h } from './dom.js';
import { isTooMuch } from '../lib/costs.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/costs.js').Model} Model */
/** @typedef {import('../lib/costs.js').Person} Person */
/** @typedef {import('../lib/topologies.js').Amount} Amount */
/** @typedef {import('../lib/topologies.js').Unit} Unit */

export const TOPOLOGIES = /** @type {const} */ (['mesh', 'star', 'mix']);

const PERSON = /** @type {const} */ ([['up', 'rate'], ['down', 'rate'], ['encoders', 'count'], ['decoders', 'count']]);
const SERVER = /** @type {const} */ ([['in', 'rate'], ['out', 'rate'], ['packets', 'count'], ['cpu', 'cpu']]);

/** Emits `person` {id}: the comparison is to be seen from theirs. */
export class CostsCompare extends HTMLElement {
  #who = h('select', { id: 'costs-person', 'data-testid': 'costs-person' });
  #listed = '';
  #heading = h('p', { class: 'costs-subhead' });
  #person = [text.costs.up, text.costs.down, text.costs.encodes, text.costs.decodes].map((title) => new CostsBars(title));
  #server = [text.costs.in, text.costs.out, text.costs.packetsPerSecond, text.costs.cpu].map((title) => new CostsBars(title));

  connectedCallback() {
    if (this.firstChild) return;
    const { costs } = text;
    this.#who.addEventListener('change', () => emit(this, 'person', { id: this.#who.value }));
    this.append(
      h('p', { class: 'hint' }, costs.comparedHint),
      h('div', { class: 'costs-from' }, h('label', { for: 'costs-person' }, costs.seenFrom), this.#who),
      this.#heading,
      h('div', { class: 'bars', 'data-testid': 'costs-bars' }, ...this.#person),
      h('p', { class: 'costs-subhead' }, costs.serverHeading),
      h('div', { class: 'bars' }, ...this.#server),
    );
  }

  /**
   * @param {Model} model
   * @param {Person} person whose costs are compared
   */
  show(model, person) {
    this.#list(model.people, person.id);
    this.#heading.textContent = text.costs.person(shownName(person.name));
    PERSON.forEach(([what, unit], index) => this.#person[index]?.show(this.#bars(unit, {
      now: known(person.now[what]),
      of: (topology) => model.variants[topology].people.get(person.id)?.[what].result ?? null,
      warning: (topology) => what === 'up' && isTooMuch(person, model.variants[topology]) ? text.costs.tooMuch(measured(person.now.uplink, 'rate')) : null,
      why: () => text.costs.why.rate,
    })));
    SERVER.forEach(([what, unit], index) => this.#server[index]?.show(this.#bars(unit, {
      now: model.server[what],
      of: (topology) => model.variants[topology].server[what].result,
      why: (topology) => what !== 'cpu' ? text.costs.why.rate : topology === 'mix' ? text.costs.why.mix : text.costs.why.cpu,
    })));
  }

  /**
   * The list is left alone while nothing changed: it may be open.
   * @param {Person[]} people
   * @param {string} chosen
   */
  #list(people, chosen) {
    const listed = JSON.stringify(people.map(({ id, name }) => [id, name]));
    if (listed !== this.#listed) this.#who.replaceChildren(...people.map(({ id, name }) => h('option', { value: id, dir: 'auto' }, shownName(name))));
    this.#listed = listed;
    if (this.#who.value !== chosen) this.#who.value = chosen;
  }

  /**
   * @param {Unit} unit
   * @param {object} parts
   * @param {Amount} parts.now
   * @param {(topology: typeof TOPOLOGIES[number]) => Amount} parts.of
   * @param {(topology: typeof TOPOLOGIES[number]) => string | null} [parts.warning]
   * @param {(topology: typeof TOPOLOGIES[number]) => string} parts.why it may not be known
   * @returns {import('./costs-bars.js').Bar[]}
   */
  #bars(unit, { now, of, warning = () => null, why }) {
    const first = { label: text.costs.now, words: figure(now, unit), value: now?.value ?? null, measured: true, why: now ? null : text.costs.unknown };
    return [first, ...TOPOLOGIES.map((topology) => {
      const amount = of(topology);
      const unknown = amount ? null : why(topology);
      return { label: text.costs[topology], words: amount ? figure(amount, unit) : UNKNOWN, value: amount?.value ?? null, warning: warning(topology), why: unknown };
    })];
  }
}

/** @param {number | null} value @returns {Amount} */
function known(value) {
  return value === null ? null : { value, least: false };
}

customElements.define('vv-costs-compare', CostsCompare);
