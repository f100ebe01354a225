// Who may come in and what guests may do, in words; for hosts, with the ways to change it.

import { copyButton } from './copy-button.js';
import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { hosts } from '../messages/hosts.js';
import { tag } from '../messages/index.js';

/** @typedef {import('../lib/policy.js').Rules} Rules */

/** What guests may do or not. */
export const RIGHTS = /** @type {const} */ (['mic', 'camera', 'screen', 'chat']);

/** Emits `change` and `mute-all`. */
export class RoomRules extends HTMLElement {
  #entry = h('p', { class: 'policy-how', 'data-testid': 'rules-entry' });
  #guests = h('p', { class: 'hint', 'data-testid': 'rules-guests' });
  #change = h(
    'button',
    { type: 'button', class: 'small', 'data-testid': 'rules-change', 'aria-haspopup': 'dialog', onclick: () => emit(this, 'change') },
    hosts.rules.change,
  );
  #muteAll = h(
    'button',
    { type: 'button', class: 'small', 'data-testid': 'mute-all', onclick: () => emit(this, 'mute-all') },
    hosts.actions.muteAll,
  );
  /** What makes whoever opens it a host. */
  #hostLink = '';
  /** Only where the browser lets the page copy nothing. */
  #field = h('input', { readonly: true, dir: 'ltr', hidden: true, 'aria-label': hosts.rules.hostLink, onfocus: () => this.#field.select() });
  #copy = copyButton({
    testid: 'host-link',
    name: 'small',
    label: hosts.rules.hostLink,
    link: () => this.#hostLink,
    failed: () => this.#reveal(),
  });
  #ways = h('div', { class: 'rules-ways' }, this.#change, this.#muteAll, this.#copy, this.#field);

  connectedCallback() {
    if (this.firstChild) return;
    const { heading } = hosts.rules;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', heading);
    this.setAttribute('data-testid', 'room-rules');
    const words = h('div', {}, h('p', { class: 'policy-title' }, heading), this.#entry, this.#guests);
    this.append(h('span', { class: 'policy-symbol' }, icon('people')), words, this.#ways);
  }

  /**
   * @param {Rules} rules
   * @param {{mayChange: boolean, guests: boolean, hostLink: string | null}} options `mayChange`: this side is a host; `guests`: there
   *   are any; `hostLink`: what makes others host, if this side has it
   */
  show(rules, { mayChange, guests, hostLink }) {
    const { means } = hosts.rules;
    this.#entry.textContent = means[rules.entry];
    this.#guests.textContent = guestsMay(rules);
    this.#ways.hidden = !mayChange;
    this.#muteAll.hidden = !guests;
    this.#copy.hidden = hostLink === null;
    this.#hostLink = hostLink ?? '';
  }

  #reveal() {
    this.#field.value = this.#hostLink;
    this.#field.hidden = false;
    this.#field.focus();
  }
}

/** @param {Rules} rules */
function guestsMay(rules) {
  const { means, names } = hosts.rules;
  const off = RIGHTS.filter((right) => !rules[right]);
  if (off.length === 0) return means.all;
  if (off.length === RIGHTS.length) return means.none;
  return means.without(new Intl.ListFormat(tag).format(off.map((right) => names[right])));
}

customElements.define('vv-room-rules', RoomRules);
