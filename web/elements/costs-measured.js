// What is measured in a room: what it costs everybody, and the server.

import { shownName } from './avatar.js';
import { UNKNOWN, measured, silences } from './costs-words.js';
import { h, setAttribute } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/protocol.js').Costs} Costs */
/** @typedef {import('../lib/costs.js').Model} Model */
/** @typedef {import('../lib/costs.js').Person} Person */

/** What stands in the columns behind the name and the way. */
const FIGURES = /** @type {const} */ ([
  ['up', 'rate'], ['down', 'rate'], ['uplink', 'rate'], ['encoders', 'count'], ['decoders', 'count'], ['rtt', 'ms'],
]);

/** What is said of the server. */
const SERVER = /** @type {const} */ ([
  ['in', (/** @type {Costs['server']} */ server) => measured(server.bitrate_in, 'rate')],
  ['out', (/** @type {Costs['server']} */ server) => measured(server.bitrate_out, 'rate')],
  ['packetsIn', (/** @type {Costs['server']} */ server) => perSecond(server.packets_in)],
  ['packetsOut', (/** @type {Costs['server']} */ server) => perSecond(server.packets_out)],
  ['cpu', (/** @type {Costs['server']} */ server) => text.costs.ofCore(measured(server.cpu, 'cpu'))],
  ['mixCpu', (/** @type {Costs['server']} */ server) => text.costs.ofCore(measured(server.mix, 'cpu'))],
]);

/** A row for each participant, which is a card where it is narrow, and the server's figures. Roles are given: cards would lose them. */
export class CostsMeasured extends HTMLElement {
  #body = h('tbody', { role: 'rowgroup' });
  #notes = h('div', { class: 'costs-notes' });
  #server = h('dl', { class: 'costs-server', 'data-testid': 'costs-server' });
  /** @type {Map<string, HTMLTableRowElement>} */
  #rows = new Map();

  connectedCallback() {
    if (this.firstChild) return;
    const { costs } = text;
    const names = [costs.who, costs.way, ...FIGURES.map(([column]) => costs[column])];
    const head = h('tr', { role: 'row' }, ...names.map((name) => h('th', { scope: 'col', role: 'columnheader' }, name)));
    const table = h('table', { class: 'costs-table', role: 'table', 'aria-label': costs.measured, 'data-testid': 'costs-table' });
    table.append(h('thead', { role: 'rowgroup' }, head), this.#body);
    this.#server.append(...SERVER.map(([name]) => h('div', {}, h('dt', {}, costs[name]), h('dd', {}))));
    const server = h('p', { class: 'costs-subhead' }, icon('forward'), costs.serverHeading);
    this.append(table, this.#notes, server, this.#server);
  }

  /**
   * @param {Model} model
   * @param {Costs['server']} server
   */
  show({ people }, server) {
    const ids = new Set(people.map(({ id }) => id));
    for (const [id, row] of this.#rows) if (!ids.has(id)) this.#drop(id, row);
    people.forEach((person, index) => {
      const row = this.#rows.get(person.id) ?? this.#add(person.id);
      fill(row, person);
      if (this.#body.children[index] !== row) this.#body.insertBefore(row, this.#body.children[index] ?? null);
    });
    const said = silences(people).map((sentence) => h('p', {}, `${UNKNOWN} ${sentence}`));
    this.#notes.replaceChildren(...said);
    SERVER.forEach(([, words], index) => {
      const value = this.#server.children[index]?.lastElementChild;
      if (value) value.textContent = words(server);
    });
  }

  /** @param {string} id */
  #add(id) {
    const { costs } = text;
    const labels = [costs.way, ...FIGURES.map(([column]) => costs[column])];
    const cells = labels.map((label) => h('td', { role: 'cell', 'data-label': label }));
    const row = h('tr', { role: 'row' }, h('th', { scope: 'row', role: 'rowheader' }), ...cells);
    this.#rows.set(id, row);
    return row;
  }

  /**
   * @param {string} id
   * @param {HTMLTableRowElement} row
   */
  #drop(id, row) {
    row.remove();
    this.#rows.delete(id);
  }
}

/**
 * @param {HTMLTableRowElement} row
 * @param {Person} person
 */
function fill(row, { name, kind, now }) {
  const [who, way, ...figures] = row.cells;
  const mark = kind === 'native' ? '' : text.costs.kinds[kind];
  if (who?.dataset['shown'] !== name) {
    who?.replaceChildren(h('bdi', {}, shownName(name)), mark && h('span', { class: 'costs-kind' }, mark) || '');
    if (who) who.dataset['shown'] = name;
  }
  if (way?.dataset['path'] !== now.path) {
    way?.replaceChildren(h('span', { class: 'costs-way' }, icon(now.path), text.costs.ways[now.path]));
    setAttribute(/** @type {Element} */ (way), 'data-path', now.path);
  }
  FIGURES.forEach(([column, unit], index) => say(figures[index], measured(now[column], unit)));
}

/**
 * What was read to somebody, or marked by them, is left alone while it stays as it is.
 * @param {HTMLTableCellElement | undefined} cell
 * @param {string} words
 */
function say(cell, words) {
  if (!cell || cell.dataset['shown'] === words) return;
  cell.dataset['shown'] = words;
  const unknown = words === UNKNOWN;
  cell.toggleAttribute('data-unknown', unknown);
  cell.title = unknown ? text.costs.unknown : '';
  cell.replaceChildren(...(unknown ? [h('span', { 'aria-hidden': 'true' }, words), h('span', { class: 'visually-hidden' }, text.costs.unknown)] : [words]));
}

/** @param {number} packets */
function perSecond(packets) {
  return text.costs.perSecond(measured(packets, 'count'));
}

customElements.define('vv-costs-measured', CostsMeasured);
