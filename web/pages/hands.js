// Who raised a hand, in the order in which that was seen. Pure.

/** Hands that were up before this page came are taken in the order in which people came. */
export class Hands {
  /** @type {string[]} */
  #order = [];

  /**
   * @param {string[]} raised ids of all whose hand is up
   * @returns {string[]} those that went up since the last time
   */
  update(raised) {
    const news = raised.filter((id) => !this.#order.includes(id));
    this.#order = [...this.#order.filter((id) => raised.includes(id)), ...news];
    return news;
  }

  /**
   * @param {string} id
   * @returns {number} the place in the order, from 1; 0 while the hand is down
   */
  place(id) {
    return this.#order.indexOf(id) + 1;
  }
}
