// Who is in the room already.

import { initials, shownName } from './avatar.js';
import { h } from './dom.js';
import { apart } from '../messages/counting.js';
import { tag, text } from '../messages/index.js';

/** The most that are named; of more it is said how many they are. */
const MOST_NAMED = 3;

/** A sentence, and a round sign for each who is named. */
export class WhoIsIn extends HTMLElement {
  #sentence = h('span', { role: 'status' });
  #faces = h('span', { class: 'faces', 'aria-hidden': 'true' });

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('data-testid', 'lobby-people');
    this.append(this.#faces, this.#sentence);
  }

  /** @param {{name: string}[] | null} people null while it is not known */
  show(people) {
    const sentence = people === null ? '' : whoIsHere(people.map(({ name }) => shownName(name)));
    if (this.#sentence.textContent === sentence) return;
    this.#sentence.textContent = sentence;
    const named = people?.slice(0, MOST_NAMED) ?? [];
    this.#faces.replaceChildren(...named.map(({ name }) => h('span', { class: 'face' }, initials(name))));
  }
}

/** @param {string[]} names */
function whoIsHere(names) {
  if (names.length === 0) return text.lobby.nobodyHere;
  // Somebody who would be the only "other" is named as well.
  const most = names.length === MOST_NAMED + 1 ? names.length : MOST_NAMED;
  const parts = names.slice(0, most).map(apart);
  if (names.length > most) parts.push(text.lobby.others(names.length - most));
  return text.lobby.here(new Intl.ListFormat(tag).format(parts), names.length);
}

customElements.define('vv-who-is-in', WhoIsIn);
