// The call: stage, chat, notices and controls, put together.

import { ChatPanel } from './chat-panel.js';
import { Controls } from './controls.js';
import { emit, h, listen } from './dom.js';
import { mark } from './icon.js';
import { InviteCard } from './invite-card.js';
import { Notices } from './notices.js';
import { SelfView } from './self-view.js';
import { shortcut } from './shortcuts.js';
import { Stage } from './stage.js';
import { text } from '../messages/index.js';

/** @typedef {import("../lib/call.js").RemoteParticipant} RemoteParticipant */
/** @typedef {import("../lib/protocol.js").ChatMessage} ChatMessage */

/** Emits `mute`, `camera`, `copy`, `leave`, `send` {text} and `blocked`. */
export class CallPage extends HTMLElement {
  /** Sentences over the stage. */
  notices = new Notices();
  #stage = new Stage();
  #self = new SelfView();
  #controls = new Controls();
  #chat = new ChatPanel();
  #invite = new InviteCard();
  #room = h('h1', {});
  #people = h('span', { class: 'people', 'data-testid': 'people' });
  #unread = 0;
  /** Before it is known who is in the room, the page does not say that nobody is. */
  #joined = false;
  #chatOpen = false;
  #pressed = (/** @type {KeyboardEvent} */ event) => this.#key(event);

  connectedCallback() {
    document.addEventListener('keydown', this.#pressed);
    if (this.firstChild) return;
    const header = h('header', { class: 'call-header' }, mark(), this.#room, this.#people);
    const stage = h('div', { class: 'stage-side' }, this.#invite, this.#stage, this.notices);
    this.append(header, stage, this.#chat, this.#controls);
    this.#stage.setSelf(this.#self);
    this.#chat.hidden = true;
    for (const type of ['mute', 'camera', 'copy', 'leave']) listen(this.#controls, type, () => emit(this, type));
    listen(this.#stage, 'blocked', () => emit(this, 'blocked'));
    listen(this.#controls, 'chat', () => this.#openChat(!this.#chatOpen));
    listen(this.#chat, 'close', () => this.#openChat(false));
    listen(this.#chat, 'send', (detail) => emit(this, 'send', detail));
    this.#count();
  }

  disconnectedCallback() {
    document.removeEventListener('keydown', this.#pressed);
  }

  /** @param {{room: string, link: string}} begin */
  begin({ room, link }) {
    this.#room.textContent = room;
    this.#room.title = room;
    this.#invite.show(link);
  }

  /** The room is entered, and everybody in it is known. */
  joined() {
    this.#joined = true;
    this.#count();
  }

  /** @param {import("./self-view.js").OwnState} state */
  showSelf(state) {
    this.#self.show(state);
    this.#controls.showDevices(state);
  }

  /** @param {RemoteParticipant} participant */
  showParticipant(participant) {
    this.#stage.show(participant);
    this.#count();
  }

  /** @param {string} id */
  dropParticipant(id) {
    this.#stage.drop(id);
    this.#count();
  }

  /** Plays everybody's sound; called when the person has touched the page. */
  hear() {
    this.#stage.hear();
  }

  /**
   * @param {ChatMessage} message
   * @param {boolean} own
   */
  addMessage(message, own) {
    this.#chat.add(message, own);
    if (!this.#chatOpen && !own) this.#setUnread(this.#unread + 1);
  }

  clearMessages() {
    this.#chat.clear();
    this.#setUnread(0);
  }

  /** @param {string} unsent */
  returnText(unsent) {
    this.#chat.returnText(unsent);
  }

  /** @param {boolean} open */
  #openChat(open) {
    this.#chatOpen = open;
    this.#chat.hidden = !open;
    this.toggleAttribute('data-chat', open);
    this.#setUnread(0);
    if (!open) return this.#controls.focusChat();
    this.#chat.toEnd();
    this.#chat.focusInput();
  }

  /** @param {number} unread */
  #setUnread(unread) {
    this.#unread = unread;
    this.#controls.showChat({ open: this.#chatOpen, unread });
  }

  #count() {
    this.#people.textContent = this.#joined ? text.call.people(this.#stage.size + 1) : '';
    this.#invite.hidden = !this.#joined || this.#stage.size > 0;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const wanted = shortcut(event);
    if (wanted === null || (wanted === 'escape' && !this.#chatOpen)) return;
    event.preventDefault();
    if (wanted === 'escape') this.#openChat(false);
    else if (wanted === 'chat') this.#openChat(!this.#chatOpen);
    else emit(this, wanted);
  }
}

customElements.define('vv-call-page', CallPage);
