// How the costs of each topology are reckoned: the formulas, and the numbers that stand in them now.

import { shownName } from './avatar.js';
import { TOPOLOGIES } from './costs-compare.js';
import { legend, written } from './costs-words.js';
import { h } from './dom.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/costs.js').Model} Model */
/** @typedef {import('../lib/costs.js').Person} Person */
/** @typedef {import('../lib/topologies.js').Formula} Formula */

const PERSON = /** @type {const} */ (['up', 'down', 'encoders', 'decoders']);
const SERVER = /** @type {const} */ (['in', 'out', 'packets', 'cpu']);

/** A card for each topology, and what the letters stand for. */
export class CostsFormulas extends HTMLElement {
  /** @type {{topology: typeof TOPOLOGIES[number], who: HTMLElement, person: HTMLElement, server: HTMLElement}[]} */
  #cards = TOPOLOGIES.map((topology) => ({
    topology,
    who: h('bdi', { class: 'formula-who' }),
    person: h('dl', { class: 'formulas' }),
    server: h('dl', { class: 'formulas' }),
  }));
  #legend = h('dl', { class: 'legend' });
  #notes = h('div', { class: 'costs-notes' });

  connectedCallback() {
    if (this.firstChild) return;
    const cards = this.#cards.map(({ topology, who, person, server }) => h(
      'div',
      { class: 'topology', 'data-topology': topology, 'data-testid': `costs-${topology}` },
      h('p', { class: 'topology-name' }, text.costs[topology]),
      h('p', { class: 'hint' }, text.costs.means[topology]),
      who,
      person,
      h('span', { class: 'formula-who' }, text.costs.server),
      server,
    ));
    this.append(h('div', { class: 'topologies' }, ...cards), this.#legend, this.#notes);
  }

  /**
   * @param {Model} model
   * @param {Person} person whose numbers stand in the formulas
   */
  show({ variants, people, basis }, person) {
    for (const { topology, who, person: own, server } of this.#cards) {
      const costs = variants[topology].people.get(person.id);
      who.textContent = shownName(person.name);
      own.replaceChildren(...PERSON.flatMap((what) => (costs ? line(text.costs.formulaOf[what], costs[what]) : [])));
      server.replaceChildren(...SERVER.flatMap((what) => line(text.costs.formulaOf[what], variants[topology].server[what])));
    }
    this.#legend.replaceChildren(...legend(basis).map(([symbol, meaning]) => h('div', {}, h('dt', {}, symbol), h('dd', {}, meaning))));
    const isMixed = people.some(({ kind }) => kind !== 'native');
    const isLeast = people.some(({ rate }) => rate === null) && people.length > 1;
    const notes = [isMixed && text.costs.asIf, isLeast && text.costs.leastNote].filter((note) => note !== false);
    this.#notes.replaceChildren(...notes.map((note) => h('p', {}, note)));
  }
}

/**
 * Formulas run from left to right in every language.
 * @param {string} name
 * @param {Formula} formula
 */
function line(name, formula) {
  const { steps, result } = written(formula);
  const parts = steps.map((step, index) => h('span', { class: index === 0 && 'formula-letters' }, `${index > 0 ? '= ' : ''}${step}`));
  return [h('div', {}, h('dt', {}, name), h('dd', { dir: 'ltr' }, ...parts, h('span', { class: 'formula-result' }, result)))];
}

customElements.define('vv-costs-formulas', CostsFormulas);
