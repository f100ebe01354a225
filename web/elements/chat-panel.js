// The chat of the room.

import { ChatLine } from './chat-line.js';
import { emit, h, setAttribute } from './dom.js';
import { icon } from './icon.js';
import { panelHeader } from './panel.js';
import { LIMITS } from '../lib/protocol.js';
import { text } from '../messages/index.js';

/** @typedef {import("../lib/protocol.js").ChatMessage} ChatMessage */

/** How far from its end, in CSS pixels, a list still counts as read to the end. */
const NEAR_END = 48;

/** Emits `send` {text} and `close`. */
export class ChatPanel extends HTMLElement {
  /** What the server does not have yet: after everything else. Whoever wrote it need not be told what it says. */
  #waiting = h('div', { 'aria-live': 'off' });
  #list = h('div', { class: 'chat-list', role: 'log', 'aria-label': text.chat.heading, tabindex: 0 }, this.#waiting);
  #newer = h('button', { type: 'button', class: 'small chat-newer', hidden: true, 'data-testid': 'chat-newer' });
  #empty = h('p', { class: 'panel-empty' }, text.chat.empty);
  /** In place of what one writes in, where nothing may be written. */
  #forbidden = h('p', { class: 'chat-forbidden hint', hidden: true, 'data-testid': 'chat-forbidden' });
  #problem = h('p', { class: 'chat-problem', role: 'alert', hidden: true });
  #input = h('textarea', {
    rows: 1,
    'aria-label': text.chat.input,
    placeholder: text.chat.placeholder,
    'data-testid': 'chat-input',
  });
  #form = h('form', { class: 'chat-form' });

  connectedCallback() {
    if (this.firstChild) return;
    const header = panelHeader(this, { title: text.chat.heading, close: text.chat.close, testid: 'chat-panel' });
    this.#newer.append(icon('down'), text.chat.newer);
    this.#newer.addEventListener('click', () => {
      this.#toEnd();
      this.#list.focus();
    });
    this.#list.addEventListener('scroll', () => this.#atEnd && (this.#newer.hidden = true));
    const lines = h('div', { class: 'chat-lines' }, this.#list, this.#newer);
    this.#fillForm();
    this.append(header, this.#empty, lines, this.#problem, this.#forbidden, this.#form);
  }

  /** Shows the newest message, and is ready to be written in. */
  opened() {
    this.#toEnd();
    (this.#forbidden.hidden ? this.#input : this.#list).focus();
  }

  /** @param {string | null} why nothing may be written, in a sentence; null: it may */
  forbid(why) {
    const hadFocus = this.#form.contains(document.activeElement);
    this.#forbidden.textContent = why;
    this.#forbidden.hidden = why === null;
    this.#form.hidden = why !== null;
    if (why !== null && hadFocus) this.#list.focus();
  }

  /**
   * Adds one message; the list follows it unless the person reads further up.
   * @param {ChatMessage} message
   * @param {boolean} own
   */
  add(message, own) {
    const follow = this.#atEnd;
    const waited = own && this.#firstWaiting(message.text);
    if (waited) waited.remove();
    const previous = this.#waiting.previousElementSibling;
    const line = new ChatLine();
    this.#list.insertBefore(line, this.#waiting);
    line.show(message, own, previous instanceof ChatLine ? previous : null);
    while (this.#list.childElementCount > LIMITS.chatKept + 1) this.#list.firstElementChild?.remove();
    this.#empty.hidden = true;
    if (follow) this.#toEnd();
    else if (!own) this.#newer.hidden = false;
  }

  /**
   * Shows a message that is on its way, until it is added or taken back.
   * @param {ChatMessage} message
   * @returns {() => void} takes it back
   */
  wait(message) {
    const line = new ChatLine();
    this.#waiting.append(line);
    line.showWaiting(message);
    this.#empty.hidden = true;
    this.#toEnd();
    return () => {
      line.remove();
      this.#empty.hidden = this.#list.childElementCount > 1 || this.#waiting.childElementCount > 0;
    };
  }

  /**
   * Gives back a text that could not be sent.
   * @param {string} unsent
   */
  returnText(unsent) {
    const written = this.#input.value;
    this.#input.value = written === '' ? unsent : `${written}\n${unsent}`;
    this.#complain(text.chat.failed);
  }

  get #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  /** @param {string} written */
  #firstWaiting(written) {
    const lines = /** @type {Iterable<ChatLine>} */ (this.#waiting.children);
    return [...lines].find((line) => line.says(written));
  }

  #toEnd() {
    this.#newer.hidden = true;
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #fillForm() {
    const send = h('button', {
      type: 'submit',
      class: 'plain accent',
      'aria-label': text.chat.send,
      title: text.chat.send,
    });
    send.setAttribute('data-testid', 'chat-send');
    send.append(icon('send'));
    this.#form.append(this.#input, send);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#input.addEventListener('input', () => this.#complain(null));
    this.#input.addEventListener('keydown', (event) => {
      // While an input method composes a word, Enter chooses the word.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
  }

  #send() {
    const written = this.#input.value.trim();
    if (written === '') return;
    if (new TextEncoder().encode(written).length > LIMITS.chat) return this.#complain(text.chat.tooLong);
    this.#input.value = '';
    this.#input.focus();
    emit(this, 'send', { text: written });
  }

  /** @param {string | null} sentence */
  #complain(sentence) {
    this.#problem.hidden = sentence === null;
    this.#problem.textContent = sentence ?? '';
    setAttribute(this.#input, 'aria-invalid', sentence === null ? null : 'true');
  }
}

customElements.define('vv-chat-panel', ChatPanel);
