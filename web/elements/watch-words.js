// What is said while there is no picture.

import { h, setAttribute } from './dom.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/whep.js').Told} Told */

/** A sentence, and a quieter one below it, in a live region. */
export class WatchWords extends HTMLElement {
  #sentence = h('p', { class: 'watch-sentence', 'data-testid': 'watch-state' });
  #more = h('p', { class: 'hint', 'data-testid': 'watch-more' });

  connectedCallback() {
    this.setAttribute('role', 'status');
    this.setAttribute('aria-live', 'polite');
    if (!this.firstChild) this.append(this.#sentence, this.#more);
  }

  /**
   * @param {Told} told
   * @param {{seen: boolean, alone: boolean, named: boolean}} view `seen`: there is a picture; `alone`: none comes;
   *   `named`: one participant is watched, and not all
   */
  show(told, { seen, alone, named }) {
    // Who sees the picture need not read that it is there.
    this.classList.toggle('visually-hidden', seen);
    const isNobody = told.why === 'nobody';
    put(this.#sentence, seen ? text.watch.playing : alone ? text.watch.soundAlone : sentenceFor(told, named));
    put(this.#more, isNobody ? text.watch.begins : (told.sentence ?? ''));
    // The server's own sentences are English.
    setAttribute(this.#more, 'lang', !isNobody && 'en');
    setAttribute(this.#more, 'dir', !isNobody && 'ltr');
  }
}

/**
 * What is said already is not said again.
 *
 * @param {HTMLElement} element
 * @param {string} words
 */
function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
  element.hidden = words === '';
}

/**
 * @param {Told} told
 * @param {boolean} named
 */
function sentenceFor({ why }, named) {
  const { watch, lobby, call, tile } = text;
  if (why === 'nobody') return named ? watch.absent : lobby.nobodyHere;
  if (why === 'unreachable') return call.unreachable;
  return why ? watch[why] : tile.connecting;
}

customElements.define('vv-watch-words', WatchWords);
