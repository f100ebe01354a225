/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./protocol.js').SlotItem} SlotItem */

/** What each slot of the connection with the server carries, by its mid. Pure. */
export class Slots {
  /** @type {Map<string, SlotItem>} */ #byMid = new Map();

  /**
   * @param {SlotItem[]} slots all of them
   * @returns {Set<string>} ids of the participants for whom something has changed
   */
  update(slots) {
    const before = this.#byMid;
    this.#byMid = new Map(slots.map((slot) => [slot.mid, slot]));
    const changed = [...before.values()].filter((slot) => !same(slot, this.#byMid.get(slot.mid)));
    for (const slot of this.#byMid.values()) if (!same(slot, before.get(slot.mid))) changed.push(slot);
    return new Set(changed.map(({ participant }) => participant));
  }

  /** @param {string} mid */
  get(mid) {
    return this.#byMid.get(mid);
  }

  /**
   * @param {string} participant
   * @returns {Partial<Record<Source, string>>} the mids that carry what they send
   */
  of(participant) {
    const theirs = [...this.#byMid.values()].filter((slot) => slot.participant === participant);
    return Object.fromEntries(theirs.map(({ source, mid }) => [source, mid]));
  }
}

/**
 * @param {SlotItem} one
 * @param {SlotItem | undefined} other of the same slot
 */
function same(one, other) {
  return one.participant === other?.participant && one.source === other.source;
}
