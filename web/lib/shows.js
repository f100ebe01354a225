import { LIMITS } from './protocol.js';

/** @typedef {import('./protocol.js').ShownItem} ShownItem */

/** What is on screen often changes several times in a row, while tiles move; in milliseconds. */
const SETTLE_MS = 200;

/** Tells the server what is on screen, when that has changed: nothing else is sent to this side. */
export class Shows {
  #send;
  /** @type {readonly ShownItem[]} */ #items = [];
  #soundOnly = false;
  /** What the server was told last; null if it knows nothing. @type {string | null} */ #told = null;
  #open = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /** @param {(items: readonly ShownItem[]) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /** What the server is to send pictures of, most important first. */
  get items() {
    return this.#soundOnly ? [] : this.#items;
  }

  /** @param {readonly ShownItem[]} items what is on screen */
  set(items) {
    this.#items = items.slice(0, LIMITS.shown);
    this.#settle();
  }

  /** Whether no picture at all is wanted, whatever is on screen. */
  get soundOnly() {
    return this.#soundOnly;
  }

  set soundOnly(only) {
    this.#soundOnly = only;
    this.#settle();
  }

  /** The server has this side's offer. A connection that is new to it knows nothing of what is on screen. */
  open() {
    this.#open = true;
    this.#told = null;
    this.#tell();
  }

  /** There is nobody to be told. */
  close() {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  #settle() {
    clearTimeout(this.#timer);
    if (this.#open) this.#timer = setTimeout(() => this.#tell(), SETTLE_MS);
  }

  #tell() {
    const told = JSON.stringify(this.items);
    if (told === this.#told) return;
    this.#told = told;
    this.#send(this.items);
  }
}
