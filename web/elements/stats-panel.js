// How the call does, in figures and plots, and what it costs.

import { emit, fetchStyle, h, listen } from './dom.js';
import { icon } from './icon.js';
import { TRAFFIC, layerWords, series } from './measures.js';
import { panelHeader } from './panel.js';
import { Plot } from './plot.js';
import { RoomFigures } from './room-figures.js';
import { StatsCard } from './stats-card.js';
import { TabList } from './tab-list.js';
import { text } from '../messages/index.js';

/** @typedef {import('./costs-view.js').CostsView} CostsView */
/** @typedef {import('./stats-card.js').Subject} Subject */
/** @typedef {import('../lib/monitor.js').Traffic} Traffic */
/** @typedef {import('../lib/protocol.js').ServerStats} ServerStats */

/** Between the two plots of a line, and what is around both, in CSS pixels. */
const SPACES = { between: 12, around: 32 };

/** Emits `close`, `copy` (the figures are wanted as text) and `tab` {id} when another one is looked at. */
export class StatsPanel extends HTMLElement {
  #plots = TRAFFIC.map((measure) => ({ measure, plot: new Plot(measure.title) }));
  #room = new RoomFigures();
  /** What a server that forwards said last. @type {ServerStats | null} */
  #server = null;
  #nobody = h('p', { class: 'panel-empty' }, text.stats.nobody);
  #cards = h('div', { class: 'stats-cards' });
  /** @type {Map<string, StatsCard>} */
  #byId = new Map();
  #width = 0;
  #copy = h('button', { type: 'button', class: 'wide', 'data-testid': 'stats-copy' }, icon('link'), text.stats.copy);
  #page = h('a', { class: 'wide', target: '_blank', rel: 'noopener', 'data-testid': 'costs-page' }, icon('expand'), text.costs.openPage);
  #connections = h('div', { class: 'panel-tab' });
  #costs = h('div', { class: 'panel-tab' });
  #state = h('p', { class: 'costs-state', role: 'status' }, text.costs.loading);
  /** @type {CostsView | null} */
  #view = null;
  #tabs = new TabList(text.stats.heading, [
    { id: 'connections', label: text.costs.connections, panel: this.#connections },
    { id: 'costs', label: text.costs.tab, panel: this.#costs },
  ]);
  #resized = new ResizeObserver(() => (this.#width = this.clientWidth));

  connectedCallback() {
    this.#resized.observe(this);
    if (this.firstChild) return;
    const names = { title: text.stats.heading, close: text.actions.closeStats, testid: 'stats-panel' };
    const total = h('h3', {}, text.stats.total);
    const plots = h('div', { class: 'plots' }, ...this.#plots.map(({ plot }) => plot));
    const body = h('div', { class: 'panel-body', tabindex: 0 }, total, plots, this.#room, this.#nobody, this.#cards);
    this.#copy.addEventListener('click', () => emit(this, 'copy'));
    this.#connections.append(body, h('footer', {}, this.#copy));
    this.#costs.append(h('div', { class: 'panel-body', tabindex: 0 }, this.#state), h('footer', {}, this.#page));
    listen(this.#tabs, 'tab', (tab) => emit(this, 'tab', tab));
    this.append(panelHeader(this, names), this.#tabs, this.#connections, this.#costs);
  }

  disconnectedCallback() {
    this.#resized.disconnect();
  }

  opened() {
    this.#tabs.focusTab();
  }

  /** Which tab is looked at, whether the panel is open or not. */
  get tab() {
    return this.#tabs.chosen;
  }

  /** What the call costs. It is fetched when somebody looks at it, for most never do; null where the server cannot be reached.
   * @returns {Promise<CostsView | null>} */
  async costs() {
    if (this.#view) return this.#view;
    const [fetched] = await Promise.all([import('./costs-view.js').catch(() => null), fetchStyle('/assets/styles/costs.css')]);
    if (!fetched) this.#state.textContent = text.call.unreachable;
    else if (!this.#view) {
      this.#view = Object.assign(new fetched.CostsView(), { level: 'h3' });
      this.#state.replaceWith(this.#view);
    }
    return this.#view;
  }

  /** @param {string} address where the costs have a page of their own */
  set costsPage(address) {
    this.#page.href = address;
  }

  /**
   * Draws the newest figures; does nothing while the panel is closed.
   * @param {readonly Traffic[]} total
   * @param {Subject[]} people
   */
  show(total, people) {
    if (this.hidden) return;
    this.#width ||= this.clientWidth;
    const width = Math.floor((this.#width - SPACES.around - SPACES.between) / 2);
    for (const { measure, plot } of this.#plots) plot.show(series(measure, total), width);
    this.#nobody.hidden = people.length > 0;
    const ids = new Set(people.map(({ id }) => id));
    for (const [id, card] of this.#byId) if (!ids.has(id)) this.#drop(id, card);
    for (const person of people) {
      const card = this.#byId.get(person.id) ?? this.#add(person.id);
      card.show(person, width, this.#layersOf(person));
    }
  }

  /** What a server that forwards said last; null where none does, or before it is asked. */
  get server() {
    return this.#server;
  }

  /** Figures of a server that forwards; null where none does. @param {ServerStats | null} stats */
  showServer(stats) {
    this.#server = stats;
    this.#room.show(stats);
  }

  /** @param {Subject} person */
  #layersOf({ slots }) {
    const words = (/** @type {string | undefined} */ carrying) =>
      this.#server?.slots.filter(({ mid }) => mid === carrying).map(layerWords) ?? [];
    return [...words(slots.camera), ...words(slots.screen).map((figures) => text.stats.screen(figures))];
  }

  /** @param {string} id */
  #add(id) {
    const card = new StatsCard();
    // With more than one the plots of all of them would be more than anybody reads.
    card.open = this.#byId.size === 0;
    this.#byId.set(id, card);
    this.#cards.append(card);
    return card;
  }

  /**
   * @param {string} id
   * @param {StatsCard} card
   */
  #drop(id, card) {
    card.remove();
    this.#byId.delete(id);
  }
}

customElements.define('vv-stats-panel', StatsPanel);
