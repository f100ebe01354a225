// The rooms that this browser was in.

import { ago } from './ago.js';
import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { tag, text } from '../messages/index.js';

/** @typedef {{room: string, last: number, link: string}} RecentRoom */

/** Emits `forget` {room}, `clear`, and `lost` when the focus went away with the last room. Nothing is shown where there are none. */
export class RecentRooms extends HTMLElement {
  #list = h('ul', { role: 'list' });

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('data-testid', 'start-recent');
    const clear = h('button', { type: 'button', class: 'quiet small', onclick: () => emit(this, 'clear') });
    clear.append(text.recent.clear);
    this.append(
      h('div', { class: 'recent-head' }, h('h2', {}, text.recent.heading), clear),
      this.#list,
      h('p', { class: 'hint' }, text.recent.note),
    );
  }

  /** @param {RecentRoom[]} rooms newest first */
  show(rooms) {
    const focused = [...this.#list.children].findIndex((row) => row.contains(document.activeElement));
    if (rooms.length === 0 && this.contains(document.activeElement)) emit(this, 'lost');
    this.hidden = rooms.length === 0;
    this.#list.replaceChildren(...rooms.map((room) => this.#row(room)));
    // Whoever forgets a room by the keyboard goes on where it was.
    if (focused >= 0) this.#list.children[Math.min(focused, rooms.length - 1)]?.querySelector('button')?.focus();
  }

  /** @param {RecentRoom} recent */
  #row({ room, last, link }) {
    const when = h('span', { class: 'when' }, ago(last, Date.now(), tag));
    const enter = h('a', { href: link }, h('bdi', {}, room), when);
    const label = text.recent.remove(room);
    const forget = h('button', { type: 'button', class: 'plain', 'aria-label': label, title: label });
    forget.append(icon('close'));
    forget.addEventListener('click', () => emit(this, 'forget', { room }));
    return h('li', {}, enter, forget);
  }
}

customElements.define('vv-recent-rooms', RecentRooms);
