// One way that the network test tries, and what came of it.

import { h } from './dom.js';
import { icon } from './icon.js';
import { milliseconds } from './measures.js';
import { network } from '../messages/network.js';

/** @typedef {import('../lib/network-test.js').Line} Line */
/** @typedef {import('../lib/network-tries.js').Result} Result */

/** @type {Record<Exclude<Result['state'], 'trying'>, import('./icon.js').IconName>} */
const SIGNS = { works: 'check', blocked: 'close', absent: 'info', untried: 'info' };

/** What it is and what for, a sign, and the result in words. */
export class NetworkLine extends HTMLElement {
  #sign = h('span', { class: 'network-sign' });
  #result = h('span', { class: 'network-result', 'data-testid': 'network-result' });
  #shown = '';

  /** @param {Line} line */
  constructor(line) {
    super();
    this.line = line;
  }

  connectedCallback() {
    if (this.firstChild) return;
    const { label, about } = network.lines[this.line];
    this.setAttribute('role', 'listitem');
    this.setAttribute('data-testid', `network-${this.line}`);
    const what = h('span', { class: 'network-what' }, h('b', {}, label), h('small', {}, about));
    this.append(this.#sign, what, this.#result);
  }

  /** @param {Result} result */
  show(result) {
    const words = wordsFor(result);
    if (words === this.#shown) return;
    this.#shown = words;
    this.dataset['state'] = result.state;
    this.#result.textContent = words;
    this.#sign.replaceChildren(...(result.state === 'trying' ? [] : [icon(SIGNS[result.state])]));
  }
}

/** @param {Result} result */
function wordsFor({ state, ms, via }) {
  const works = state === 'works' && via ? network.over(via.toUpperCase()) : network.states[state];
  return ms === null ? works : `${works} · ${milliseconds(ms)}`;
}

customElements.define('vv-network-line', NetworkLine);
