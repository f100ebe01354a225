// Before a room whose hosts let people in: how one looks meanwhile, whether a host is there, and the way back.

import { emit, h, listen } from './dom.js';
import { LobbyPreview } from './lobby-preview.js';
import { hosts } from '../messages/hosts.js';
import { text } from '../messages/index.js';

/** Emits `toggle` {source} and `cancel`. */
export class WaitingPage extends HTMLElement {
  #preview = new LobbyPreview();
  #room = h('bdi', {});
  /** It is there from the beginning, so that what comes into it is read out. */
  #host = h('p', { class: 'waiting-host', role: 'status', 'data-testid': 'waiting-host' });
  #cancel = h(
    'button',
    { type: 'button', 'aria-describedby': 'waiting-heading', 'data-testid': 'waiting-cancel', onclick: () => emit(this, 'cancel') },
    hosts.waiting.cancel,
  );

  connectedCallback() {
    if (this.firstChild) return;
    const card = h(
      'div',
      { class: 'waiting', 'data-testid': 'waiting' },
      h('span', { class: 'waiting-sign', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
      h('h1', { id: 'waiting-heading' }, hosts.waiting.heading),
      h('p', { class: 'room-line' }, `${text.lobby.room}: `, h('strong', {}, this.#room)),
      this.#host,
      this.#cancel,
    );
    this.append(h('div', { class: 'lobby' }, h('div', { class: 'preview-side' }, this.#preview), card));
    listen(this.#preview, 'toggle', (wanted) => emit(this, 'toggle', wanted));
    this.#cancel.focus({ preventScroll: true });
  }

  /** @param {string} room */
  begin(room) {
    this.#room.textContent = room;
  }

  /** @param {{host: boolean} | null} waiting null while the connection is lost */
  show(waiting) {
    const { here, away, lost } = hosts.waiting;
    const sentence = waiting === null ? lost : waiting.host ? here : away;
    if (this.#host.textContent !== sentence) this.#host.textContent = sentence;
  }

  /** @param {import('./lobby-preview.js').PreviewState} state */
  showOwn(state) {
    this.#preview.show(state);
  }
}

customElements.define('vv-waiting-page', WaitingPage);
