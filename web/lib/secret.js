/** The secret for resuming: in memory, and in a storage if there is one. */
export class Secret {
  #key;
  #storage;
  /** @type {string | null} */ #value;

  /**
   * @param {string} url
   * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} [storage]
   */
  constructor(url, storage) {
    this.#key = `visavis.resume:${url}`;
    this.#storage = storage;
    this.#value = storage?.getItem(this.#key) ?? null;
  }

  get() {
    return this.#value;
  }

  /** @param {string | null} value */
  set(value) {
    this.#value = value;
    if (value === null) this.#storage?.removeItem(this.#key);
    else this.#storage?.setItem(this.#key, value);
  }
}
