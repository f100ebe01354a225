// Which way the media of a room goes, in words that say what it means for whoever reads them.

import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/policy.js').Policy} Policy */

/** Nothing while it is not known. Emits `change` where the reader may change it. */
export class RoomPolicy extends HTMLElement {
  #how = h('p', { class: 'policy-how' });
  #means = h('p', { class: 'hint', 'data-testid': 'policy-means' });
  #symbol = h('span', { class: 'policy-symbol' });
  #change = h('button', {
    type: 'button',
    class: 'small',
    'data-testid': 'policy-change',
    'aria-haspopup': 'dialog',
    onclick: () => emit(this, 'change'),
  });

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', text.policy.heading);
    this.setAttribute('data-testid', 'room-policy');
    this.#change.append(text.policy.change);
    this.#change.hidden = true;
    this.hidden = true;
    this.append(this.#symbol, h('div', {}, h('p', { class: 'policy-title' }, text.policy.heading), this.#how, this.#means), this.#change);
  }

  /**
   * @param {Policy | null} policy
   * @param {{mayChange?: boolean}} [options]
   */
  show(policy, { mayChange = false } = {}) {
    this.hidden = policy === null;
    this.#change.hidden = !mayChange;
    if (!policy) return;
    const { direct, direct_max: most } = policy;
    this.#how.textContent = text.policy[direct];
    this.#means.textContent = direct === 'auto' ? text.policy.means.auto(most) : text.policy.means[direct];
    if (this.#symbol.dataset['of'] === direct) return;
    this.#symbol.dataset['of'] = direct;
    this.#symbol.replaceChildren(icon(direct === 'never' ? 'forward' : direct === 'only' ? 'direct' : 'shuffle'));
  }
}

customElements.define('vv-room-policy', RoomPolicy);
