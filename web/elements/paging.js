// Which of many tiles are on the page that is looked at. Pure: it knows them by their keys.

/** The most tiles that are of use at once: all alike, and beside something large. */
const MOST = {
  wide: { grid: 16, strip: 10 },
  small: { grid: 6, strip: 4 },
};

/** The shorter side of a stage from which on it counts as wide, in CSS pixels. */
const WIDE_FROM = 460;

/**
 * How many tiles there may be on one page, the large one and the own picture not counted.
 * @param {number} width of the stage, in CSS pixels
 * @param {number} height
 * @param {boolean} large whether something is large
 * @returns {number}
 */
export function capacity(width, height, large) {
  const most = Math.min(width, height) < WIDE_FROM ? MOST.small : MOST.wide;
  return large ? most.strip : most.grid;
}

/**
 * Holds tiles in their order, and the page that is looked at. Whoever speaks comes onto the first page, in the place of
 * whoever there has been silent for longest: nobody else moves.
 */
export class Paging {
  /** @type {string[]} */
  #order = [];
  /** When each spoke last, counted in turns. @type {Map<string, number>} */
  #turns = new Map();
  #turn = 0;
  #page = 0;

  /** @param {string} key */
  add(key) {
    this.#order.push(key);
  }

  /** @param {string} key */
  remove(key) {
    this.#order = this.#order.filter((other) => other !== key);
    this.#turns.delete(key);
  }

  /**
   * What is on the page that is looked at, or on the last one if there are not so many.
   * @param {number} most tiles on a page
   * @param {string | null} large has a place of its own
   * @returns {{keys: string[], page: number, pages: number}} `page` from 0
   */
  look(most, large) {
    const keys = this.#order.filter((key) => key !== large);
    const pages = Math.max(1, Math.ceil(keys.length / most));
    this.#page = Math.min(this.#page, pages - 1);
    const from = this.#page === 0 ? 0 : this.#page * most; // there may be no limit
    return { keys: keys.slice(from, from + most), page: this.#page, pages };
  }

  /** @param {number} by how many pages to go on, or back */
  turn(by) {
    this.#page = Math.max(0, this.#page + by);
  }

  /**
   * @param {string} key of whoever has the floor
   * @param {number} most tiles on a page
   * @param {string | null} large has a place of its own
   * @returns {boolean} whether anybody has moved
   */
  speaks(key, most, large) {
    this.#turn += 1;
    this.#turns.set(key, this.#turn);
    const keys = this.#order.filter((other) => other !== large);
    if (keys.indexOf(key) < most) return false;
    const silent = keys.slice(0, most).reduceRight((one, other) => (this.#lastOf(other) < this.#lastOf(one) ? other : one));
    const [from, to] = [this.#order.indexOf(key), this.#order.indexOf(silent)];
    this.#order[from] = silent;
    this.#order[to] = key;
    return true;
  }

  /** @param {string} key */
  #lastOf(key) {
    return this.#turns.get(key) ?? 0;
  }
}
