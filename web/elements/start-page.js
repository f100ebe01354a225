// The start page: a room's name, and a way in.

import { emit, h, setAttribute } from './dom.js';
import { icon, mark } from './icon.js';
import { newRoomName } from './room-name.js';
import { LIMITS } from '../lib/protocol.js';
import { text } from '../messages/index.js';

/** Emits `go` with the room's name. */
export class StartPage extends HTMLElement {
  #room = h('input', {
    id: 'start-room',
    name: 'room',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-describedby': 'start-hint',
    'data-testid': 'start-room',
    onfocus: () => this.#room.select(),
    oninput: () => this.#complain(null),
  });
  #hint = h('p', { id: 'start-hint', class: 'hint', 'aria-live': 'polite' }, text.start.hint);

  connectedCallback() {
    if (this.firstChild) return;
    this.#room.value = newRoomName();
    this.append(
      h('header', { class: 'brand' }, mark(), h('span', {}, text.product)),
      h(
        'div',
        { class: 'start' },
        h('h1', {}, text.start.heading),
        h('p', { class: 'lead' }, text.start.lead),
        this.#form(),
      ),
    );
  }

  /** Says that cameras will not work at this address. */
  warnInsecure() {
    const notice = h('p', { class: 'notice', 'data-kind': 'warning', 'data-testid': 'notice', role: 'note' });
    notice.append(icon('warning'), h('span', {}, text.insecure));
    this.querySelector('.start')?.append(notice);
  }

  #form() {
    const another = h('button', {
      type: 'button',
      class: 'inside',
      title: text.start.another,
      'aria-label': text.start.another,
    });
    another.append(icon('shuffle'));
    another.addEventListener('click', () => {
      this.#room.value = newRoomName();
      this.#complain(null);
    });
    const go = h('button', { type: 'submit', class: 'primary', 'data-testid': 'start-go' }, text.start.go);
    const form = h('form', { class: 'card', novalidate: true });
    form.append(
      h('label', { for: 'start-room' }, text.start.room),
      h('div', { class: 'field' }, this.#room, another),
      go,
      this.#hint,
    );
    form.addEventListener('submit', (event) => this.#submit(event));
    return form;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const room = this.#room.value.trim();
    if (room === '') return this.#complain(text.start.missing);
    if (new TextEncoder().encode(room).length > LIMITS.room) return this.#complain(text.start.tooLong);
    emit(this, 'go', { room });
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
