// Which publishers changed from one way to the other, why, and what the others missed of them meanwhile.

import { shownName } from './avatar.js';
import { UNKNOWN, duration, list } from './costs-words.js';
import { h } from './dom.js';
import { icon } from './icon.js';
import { apart } from '../messages/counting.js';
import { tag, text } from '../messages/index.js';

/** @typedef {import('../lib/protocol.js').SwitchRecord} SwitchRecord */
/** @typedef {SwitchRecord['gaps'][number]} Gap */
/** @typedef {(id: string) => string} Names */

const clock = new Intl.DateTimeFormat(tag, { timeStyle: 'medium' });

/** The newest first. */
export class SwitchLog extends HTMLElement {
  #none = h('p', { class: 'hint' }, text.costs.noSwitches);
  #list = h('ol', { class: 'switches', 'data-testid': 'costs-switches' });
  #shown = '';

  connectedCallback() {
    if (!this.firstChild) this.append(this.#none, this.#list);
  }

  /**
   * @param {SwitchRecord[]} switches oldest first, as the server has them
   * @param {Names} nameOf somebody; empty if they have left
   */
  show(switches, nameOf) {
    const shown = JSON.stringify([switches, switches.flatMap(({ late, gaps }) => [...late, ...gaps.map(({ participant }) => participant)].map(nameOf))]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#none.hidden = switches.length > 0;
    this.#list.replaceChildren(...switches.toReversed().map((record) => item(record, nameOf)));
  }
}

/**
 * @param {SwitchRecord} record
 * @param {Names} nameOf
 */
function item({ name, from, to, reason, forced, outcome, began, took, late, gaps }, nameOf) {
  const { costs, paths } = text;
  const time = outcome === 'open' ? costs.takes(duration(took)) : costs.took(duration(took));
  const facts = [clock.format(began), time, ...(forced ? [costs.forced] : [])].join(' · ');
  const head = h('p', { class: 'switch-head' }, h('bdi', { class: 'switch-name' }, shownName(name)), ways(from, to), h('span', { class: 'switch-outcome', 'data-outcome': outcome }, costs.outcomes[outcome]));
  const gapLines = gaps.length > 0
    ? h('dl', { class: 'gaps' }, ...gaps.map((gap) => gapLine(gap, nameOf)))
    : outcome === 'committed' && h('p', { class: 'hint' }, costs.noGaps);
  const names = late.map((id) => named(id, nameOf));
  return h(
    'li',
    { 'data-testid': 'costs-switch' },
    head,
    h('p', { class: 'switch-why' }, paths.reason[reason]?.(shownName(name))),
    h('p', { class: 'hint' }, facts),
    gapLines,
    names.length > 0 && h('p', { class: 'switch-late' }, icon('warning'), h('span', {}, costs.late(list(names)))),
  );
}

/**
 * @param {SwitchRecord['from']} from
 * @param {SwitchRecord['to']} to
 */
function ways(from, to) {
  const { costs } = text;
  const drawn = h('span', { class: 'switch-ways', 'aria-hidden': 'true' });
  drawn.append(icon(from), costs.ways[from], icon('page-on'), icon(to), costs.ways[to]);
  return h('span', {}, drawn, h('span', { class: 'visually-hidden' }, costs.fromTo(costs.ways[from], costs.ways[to])));
}

/**
 * @param {Gap} gap
 * @param {Names} nameOf
 */
function gapLine({ participant, picture, sound }, nameOf) {
  return h('div', {}, h('dt', {}, text.costs.gap(nameOf(participant) || text.costs.gone)), h('dd', {}, missed(picture, sound)));
}

/**
 * @param {number | null} picture null: none was shown
 * @param {number | null} sound
 */
function missed(picture, sound) {
  const { costs } = text;
  if (picture === null && sound === null) return UNKNOWN;
  const said = [picture ? costs.picture(duration(picture)) : '', sound ? costs.sound(duration(sound)) : ''].filter(Boolean);
  return said.join(' · ') || costs.nothing;
}

/**
 * @param {string} id
 * @param {Names} nameOf
 */
function named(id, nameOf) {
  return apart(nameOf(id) || text.costs.gone);
}

customElements.define('vv-switch-log', SwitchLog);
