// Reactions: choosing one, and those that float over the stage for a moment.

import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { text } from '../messages/index.js';

/** @type {readonly [string, 'thumb' | 'heart' | 'clap' | 'laugh' | 'wow' | 'party'][]} */
const CHOICES = [
  ['👍', 'thumb'],
  ['❤️', 'heart'],
  ['👏', 'clap'],
  ['😂', 'laugh'],
  ['😮', 'wow'],
  ['🎉', 'party'],
];

/** How long one is shown, in milliseconds; the style sheet moves it for as long. */
const SHOWN_FOR = 4_000;

/** The most that float at once; of a storm only its beginning is shown. */
const MOST = 12;

/** Emits `react` {emoji}. */
export class Reactions extends HTMLElement {
  #floating = h('div', { class: 'reactions-floating', 'aria-hidden': 'true' });
  #said = h('p', { class: 'visually-hidden', role: 'status' });
  #choices = h('div', { class: 'reaction-choices' }, ...CHOICES.map(([emoji, name]) => this.#choice(emoji, name)));
  #picker = makeDialog({ title: text.reactions.heading, testid: 'reaction-picker', kind: 'popup' }, this.#choices);
  #lane = 0;

  connectedCallback() {
    if (!this.firstChild) this.append(this.#floating, this.#said, this.#picker.dialog);
  }

  choose() {
    this.#picker.open();
  }

  /**
   * @param {string} emoji
   * @param {string | null} name of whoever sent it; null is oneself
   */
  show(emoji, name) {
    this.#said.textContent = name === null ? text.reactions.own(emoji) : text.reactions.from(name, emoji);
    if (this.#floating.childElementCount >= MOST) return;
    const shown = h(
      'div',
      { class: 'reaction', 'data-testid': 'reaction', 'data-lane': this.#lane },
      h('span', { class: 'reaction-emoji' }, emoji),
      h('bdi', { class: 'reaction-name' }, name ?? text.you),
    );
    this.#lane = (this.#lane + 1) % 4;
    this.#floating.append(shown);
    window.setTimeout(() => shown.remove(), SHOWN_FOR);
  }

  /**
   * @param {string} emoji
   * @param {(typeof CHOICES)[number][1]} name
   */
  #choice(emoji, name) {
    const label = text.reactions[name];
    const button = h(
      'button',
      { type: 'button', 'data-testid': 'react-choice', 'aria-label': label, title: label },
      emoji,
    );
    button.addEventListener('click', () => {
      this.#picker.dialog.close();
      emit(this, 'react', { emoji });
    });
    return button;
  }
}

customElements.define('vv-reactions', Reactions);
