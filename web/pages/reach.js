// Whether the server is there, told from what is heard of it.

/** Calls `changed` when the server falls silent, and when it is heard again. */
export class Reach {
  #patience;
  #changed;
  #silent = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {number} patience how long it may be silent, in milliseconds
   * @param {(silent: boolean) => void} changed
   */
  constructor(patience, changed) {
    this.#patience = patience;
    this.#changed = changed;
    this.heard();
  }

  heard() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#set(true), this.#patience);
    this.#set(false);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {boolean} silent */
  #set(silent) {
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.#changed(silent);
  }
}
