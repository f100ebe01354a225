// One person in the list of people.

import { drawnInitials, shownName } from './avatar.js';
import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { flag, menuButton } from './tile-parts.js';
import { text } from '../messages/index.js';

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {boolean} own
 * @property {boolean} host
 * @property {boolean} here whether the server has a connection to them
 * @property {boolean | null} micOn null: they do not say
 * @property {boolean | null} cameraOn
 * @property {boolean} sharing
 * @property {number} hand its place among the raised hands, from 1; 0 while it is down
 */

/** Emits `menu` {button}. */
export class PersonRow extends HTMLElement {
  #shown = '';
  /** Stays while all else is drawn anew: it may have the focus. */
  #menu = menuButton((pressed) => emit(this, 'menu', { button: pressed }));
  /** @type {Element[]} */
  #drawn = [];

  connectedCallback() {
    this.setAttribute('role', 'listitem');
    this.setAttribute('data-testid', 'person');
    this.#menu.className = 'plain';
    this.#menu.setAttribute('data-testid', 'person-menu');
  }

  /** @param {Person} person */
  show(person) {
    const now = JSON.stringify(person);
    if (now === this.#shown) return;
    this.#shown = now;
    const name = shownName(person.name);
    const avatar = h('div', { class: 'person-avatar', 'aria-hidden': 'true' }, drawnInitials(name));
    const notes = notesOf(person).join(' · ');
    const words = h(
      'div',
      { class: 'person-words' },
      h('bdi', { class: 'person-name' }, name),
      h('span', { class: 'person-notes' }, notes),
    );
    this.toggleAttribute('data-hand', person.hand > 0);
    for (const part of this.#drawn) part.remove();
    this.#drawn = [avatar, words, h('span', { class: 'person-flags' }, ...flagsOf(person))];
    this.prepend(...this.#drawn);
    this.#menu.setAttribute('aria-label', text.people.menu(name));
    if (!person.own && !this.#menu.isConnected) this.append(this.#menu);
  }
}

/** @param {Person} person */
function notesOf({ own, host, here, sharing, hand }) {
  const { people } = text;
  return [
    own && text.you,
    host && people.host,
    !here && people.away,
    sharing && people.sharing,
    hand > 0 && people.handNumber(hand),
  ].filter((note) => note !== false);
}

/** @param {Person} person */
function flagsOf({ micOn, cameraOn, hand }) {
  const { people, tile } = text;
  return [
    hand > 0 && h('span', { class: 'hand-place', 'aria-hidden': 'true' }, icon('hand'), String(hand)),
    cameraOn === false && flag('camera-off', tile.cameraOff),
    micOn !== null && flag(micOn ? 'mic' : 'mic-off', micOn ? people.micOn : tile.muted),
  ].filter((child) => child !== false);
}

customElements.define('vv-person-row', PersonRow);
