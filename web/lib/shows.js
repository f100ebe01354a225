import { LIMITS, MIX } from './protocol.js';

/** @typedef {import('./protocol.js').ShownItem} ShownItem */
/** @typedef {import('./mixing.js').MixState} MixState */

/** What is on screen often changes several times in a row, while tiles move; in milliseconds. */
const SETTLE_MS = 200;

/** Tells the server what is on screen, when that has changed: nothing else is sent to this side. */
export class Shows {
  #send;
  /** @type {readonly ShownItem[]} */ #items = [];
  #soundOnly = false;
  /** @type {MixState} */ #mixing = 'off';
  /** What the server was told last; null if it knows nothing. @type {string | null} */ #told = null;
  #open = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /** @param {(items: readonly ShownItem[], mix: boolean) => void} send `mix`: whether it is heard in place of the loudest */
  constructor(send) {
    this.#send = send;
  }

  /** What the server is to send pictures of, most important first. */
  get items() {
    if (this.#soundOnly) return [];
    return this.#items.filter(({ participant }) => this.#wants(participant === MIX)).slice(0, LIMITS.shown);
  }

  /** @param {readonly ShownItem[]} items what is on screen */
  set(items) {
    this.#items = items;
    this.#settle();
  }

  /** How far this side has got with the mix: what is wanted follows at once, for whoever changes over waits for it. */
  set mixing(/** @type {MixState} */ state) {
    this.#mixing = state;
    clearTimeout(this.#timer);
    if (this.#open) this.#tell();
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

  /** Both the mix and everybody are wanted while one is to take the place of the other. @param {boolean} mix */
  #wants(mix) {
    return this.#mixing !== (mix ? 'off' : 'on');
  }

  #settle() {
    clearTimeout(this.#timer);
    if (this.#open) this.#timer = setTimeout(() => this.#tell(), SETTLE_MS);
  }

  #tell() {
    const [items, mix] = [this.items, this.#mixing === 'on' || this.#mixing === 'going'];
    const told = JSON.stringify([items, mix]);
    if (told === this.#told) return;
    this.#told = told;
    this.#send(items, mix);
  }
}
