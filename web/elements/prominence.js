// Which of the tiles on the stage is large, if any. Pure: it knows them by their keys.

/** A pinned tile comes first, then the newest shared screen, then, where that is wanted, whoever spoke last. */
export class Prominence {
  /** In the order in which they came; whether each is a shared screen. @type {Map<string, boolean>} */
  #tiles = new Map();
  /** Without pin and screens. @type {'grid' | 'speaker'} */
  #layout = 'grid';
  /** Whether the newest shared screen is large; each one is, at first. */
  #screenLarge = true;
  /** @type {string | null} */
  #pinned = null;
  /** @type {string | null} */
  #speaker = null;

  /**
   * @param {string} key
   * @param {boolean} screen whether it is a shared screen
   */
  add(key, screen) {
    this.#tiles.set(key, screen);
    if (screen) this.#screenLarge = true;
  }

  /** @param {string} key */
  remove(key) {
    this.#tiles.delete(key);
    if (this.#pinned === key) this.#pinned = null;
    if (this.#speaker === key) this.#speaker = null;
  }

  /** Whether all have the same size, or one is large. */
  get layout() {
    if (this.#pinned !== null) return 'speaker';
    if (this.#screen !== undefined) return this.#screenLarge ? 'speaker' : 'grid';
    return this.#layout;
  }

  /** While a screen is shared, it is about that screen alone. Lets go of a pinned tile. */
  set layout(layout) {
    if (this.#screen === undefined) this.#layout = layout;
    else this.#screenLarge = layout === 'speaker';
    this.#pinned = null;
  }

  /** What is kept large. @type {string | null} */
  get pinned() {
    return this.#pinned;
  }

  set pinned(key) {
    this.#pinned = key;
  }

  /**
   * @param {string} key of whoever holds the floor now
   * @returns {boolean} whether something else may be large now
   */
  speaks(key) {
    if (key === this.#speaker) return false;
    this.#speaker = key;
    return this.layout === 'speaker';
  }

  /** The large one; null if all have the same size. @returns {string | null} */
  get main() {
    return this.layout === 'grid' ? null : this.foremost;
  }

  /** The large one, or the one that would be. @returns {string | null} null without any */
  get foremost() {
    const [first = null] = this.#tiles.keys();
    const screen = this.#screenLarge ? this.#screen : undefined;
    return this.#pinned ?? screen ?? this.#speaker ?? first;
  }

  get #screen() {
    return [...this.#tiles].findLast(([, screen]) => screen)?.[0];
  }
}
