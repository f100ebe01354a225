// The start page: a room's name, its link to send, and a way in.

import { emit, h, listen, setAttribute } from './dom.js';
import { icon } from './icon.js';
import { RecentRooms } from './recent-rooms.js';
import { newRoomName } from './room-name.js';
import { ShareLink } from './share-link.js';
import { parseLink } from '../lib/links.js';
import { roomProblem } from '../lib/names.js';
import { text } from '../messages/index.js';

/** Emits `go` {room}, `named` {room}, `forget` {room} and `clear`. */
export class StartPage extends HTMLElement {
  #room = h('input', {
    id: 'start-room',
    name: 'room',
    dir: 'auto',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    enterkeyhint: 'go',
    'aria-describedby': 'start-hint',
    'data-testid': 'start-room',
    onfocus: () => this.#room.select(),
    oninput: () => this.#named(),
  });
  #hint = h('p', { id: 'start-hint', class: 'hint', 'aria-live': 'polite' }, text.start.hint);
  #words = h('div', { class: 'start-words' });
  #share = new ShareLink();
  #recent = new RecentRooms();

  connectedCallback() {
    if (this.firstChild) return;
    this.#room.value = newRoomName();
    this.#words.prepend(h('h1', {}, text.start.heading), h('p', { class: 'lead' }, text.start.lead));
    this.append(h('div', { class: 'start' }, this.#words, h('div', { class: 'start-rooms' }, this.#form(), this.#recent)));
    for (const type of ['forget', 'clear']) listen(this.#recent, type, (detail) => emit(this, type, detail));
    listen(this.#recent, 'lost', () => this.#room.focus());
    this.#named();
  }

  /** Says that cameras will not work at this address, and where they do. */
  warnInsecure() {
    const notice = h('p', { class: 'notice', 'data-kind': 'warning', 'data-testid': 'notice', role: 'note' });
    notice.append(icon('warning'), h('span', {}, text.insecure));
    this.#words.append(notice);
  }

  /** @param {string} link to the room whose name is there now */
  showLink(link) {
    this.#share.show(link);
  }

  /** @param {import('./recent-rooms.js').RecentRoom[]} rooms */
  showRecent(rooms) {
    this.#recent.show(rooms);
  }

  #form() {
    const another = h('button', { type: 'button', class: 'inside', title: text.start.another });
    another.setAttribute('aria-label', text.start.another);
    another.append(icon('shuffle'));
    another.addEventListener('click', () => {
      this.#room.value = newRoomName();
      this.#named();
    });
    const go = h('button', { type: 'submit', class: 'primary', 'data-testid': 'start-go' }, text.start.go);
    const form = h('form', { class: 'card', novalidate: true });
    form.append(
      h('label', { for: 'start-room' }, text.start.room),
      h('div', { class: 'field' }, this.#room, another),
      go,
      this.#hint,
      this.#share,
    );
    form.addEventListener('submit', (event) => this.#submit(event));
    return form;
  }

  /** The name that is there now; whoever was sent a link may put in all of it. */
  get #name() {
    const written = this.#room.value.trim();
    return (URL.canParse(written) && parseLink(written).room) || written;
  }

  #named() {
    this.#complain(null);
    const problem = roomProblem(this.#name);
    // Without a name there is nothing to share; the place stays, so that nothing jumps while somebody writes.
    this.#share.inert = problem !== null;
    if (problem === null) emit(this, 'named', { room: this.#name });
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const problem = roomProblem(this.#name);
    if (problem === null) emit(this, 'go', { room: this.#name });
    else this.#complain(text.start[problem]);
  }

  /** @param {string | null} sentence */
  #complain(sentence) {
    this.#hint.textContent = sentence ?? text.start.hint;
    this.#hint.toggleAttribute('data-wrong', sentence !== null);
    setAttribute(this.#room, 'aria-invalid', sentence === null ? null : 'true');
    if (sentence) this.#room.focus();
  }
}

customElements.define('vv-start-page', StartPage);
