// One message of the chat.

import { shownName } from './avatar.js';
import { h } from './dom.js';
import { linkPieces } from './linkify.js';
import { tag, text } from '../messages/index.js';

/** @typedef {import("../lib/protocol.js").ChatMessage} ChatMessage */

/** Messages of one person within this time, in milliseconds, stand under one name. */
const TOGETHER = 120_000;

const clock = new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit' });

/** What was written is set as text; only addresses of pages become links. */
export class ChatLine extends HTMLElement {
  /** @type {ChatMessage | null} */
  #message = null;

  /**
   * @param {ChatMessage} message
   * @param {boolean} own
   * @param {ChatLine | null} previous the line above
   */
  show(message, own, previous) {
    this.#message = message;
    this.setAttribute('data-testid', 'chat-message');
    this.toggleAttribute('data-own', own);
    const body = h('p', { class: 'chat-text', dir: 'auto' }, ...linkPieces(message.text).map(pieceNode));
    this.replaceChildren(...(this.#continues(previous) ? [] : [heading(message, own)]), body);
  }

  /**
   * One's own, and not yet known to the server.
   * @param {ChatMessage} message
   */
  showWaiting(message) {
    this.show(message, true, null);
    this.toggleAttribute('data-waiting', true);
    this.append(h('p', { class: 'chat-waits' }, text.chat.waiting));
  }

  /** @param {string} written */
  says(written) {
    return this.#message?.text === written;
  }

  /** @param {ChatLine | null} previous */
  #continues(previous) {
    const before = previous ? previous.#message : null;
    const now = this.#message;
    return Boolean(before && now && before.from === now.from && now.time - before.time < TOGETHER);
  }
}

/**
 * @param {ChatMessage} message
 * @param {boolean} own
 */
function heading(message, own) {
  const time = new Date(message.time);
  const stamp = h('time', { datetime: time.toISOString(), dir: 'auto' }, clock.format(time));
  return h('p', { class: 'chat-from' }, h('bdi', {}, own ? text.you : shownName(message.name)), stamp);
}

/** @param {import("./linkify.js").Piece} piece */
function pieceNode({ text: shown, href }) {
  if (href === null) return document.createTextNode(shown);
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, shown);
}

customElements.define('vv-chat-line', ChatLine);
