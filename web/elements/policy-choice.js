// Which way the media of a room is to go, to choose from.

import { emit, h } from './dom.js';
import { DEFAULT_POLICY, DIRECT_MOST } from '../lib/policy.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/policy.js').Policy} Policy */

const WAYS = /** @type {const} */ (['auto', 'only', 'never']);

/** Several of them may stand on one page. */
let made = 0;

/** Emits `policy` {policy} when another one is chosen. What it does not offer stays as it was. */
export class PolicyChoice extends HTMLElement {
  /** @type {Policy} */
  #policy = { ...DEFAULT_POLICY };
  #id = `policy-${(made += 1)}`;
  #most = h('select', { id: `${this.#id}-most`, 'data-testid': 'policy-most' });
  #line = h('div', { class: 'policy-most' }, h('label', { for: `${this.#id}-most` }, text.policy.most), this.#most);
  /** @type {Map<Policy['direct'], HTMLInputElement>} */
  #radios = new Map();

  connectedCallback() {
    if (this.firstChild) return;
    const numbers = Array.from({ length: DIRECT_MOST }, (_, index) => index + 1);
    this.#most.append(...numbers.map((number) => h('option', { value: number }, text.policy.people(number))));
    this.#most.addEventListener('change', () => this.#choose({ direct_max: Number(this.#most.value) }));
    const ways = WAYS.map((way) => this.#way(way));
    this.append(h('fieldset', { class: 'choices' }, h('legend', {}, text.policy.heading), ...ways, this.#line));
    this.#show();
  }

  get policy() {
    return this.#policy;
  }

  set policy(policy) {
    this.#policy = { ...policy };
    this.#show();
  }

  /** @param {boolean} allowed whether media may be kept to direct ways */
  allowOnly(allowed) {
    const radio = this.#radios.get('only');
    if (radio) radio.disabled = !allowed;
  }

  #show() {
    const { direct, direct_max: most } = this.#policy;
    for (const [way, radio] of this.#radios) radio.checked = way === direct;
    this.#most.value = String(most);
    this.#line.hidden = direct !== 'auto';
  }

  /** @param {Partial<Policy>} part */
  #choose(part) {
    this.policy = { ...this.#policy, ...part };
    emit(this, 'policy', { policy: this.#policy });
  }

  /** @param {Policy['direct']} way */
  #way(way) {
    const id = `${this.#id}-${way}`;
    const radio = h('input', { type: 'radio', name: this.#id, id, value: way, 'data-testid': `policy-${way}` });
    radio.addEventListener('change', () => this.#choose({ direct: way }));
    this.#radios.set(way, radio);
    const words = h('span', {}, h('b', {}, text.policy[way]), h('small', {}, text.policy.hints[way]));
    return h('label', { class: 'choice', for: id }, radio, words);
  }
}

customElements.define('vv-policy-choice', PolicyChoice);
