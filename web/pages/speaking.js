// Who speaks, from how loud everybody is. Pure: levels go in several times a second.

/** Levels from 0 to 1, times in milliseconds. */
export const SPEAKING = Object.freeze({
  /** From this level on it is speech, and not a quiet room. */
  speech: 0.02,
  /** People count as speaking for so long after they were last heard: there are gaps between words. */
  hold: 700,
  /** How fast the memory of somebody's loudness follows the present: the part that is taken over in each look. */
  follow: 0.2,
  /** So much louder than whoever holds the floor somebody has to be to take it. */
  louder: 1.6,
  /** The floor is held for so long at least. */
  held: 1_500,
});

/** Keeps the one who holds the floor until somebody else clearly speaks: a cough does not turn the stage. */
export class Speaking {
  /** Ids of those who speak now. @type {Set<string>} */
  now = new Set();
  /** Who spoke last. @type {string | null} */
  floor = null;
  #since = -Infinity;
  /** @type {Map<string, {loudness: number, heard: number}>} */
  #voices = new Map();

  /**
   * @param {ReadonlyMap<string, number>} levels of all who are here and not muted
   * @param {number} time
   * @returns {boolean} whether anything has changed
   */
  hear(levels, time) {
    const before = [...this.now, this.floor].join(' ');
    for (const id of this.#voices.keys()) if (!levels.has(id)) this.#voices.delete(id);
    for (const [id, level] of levels) {
      const { loudness = 0, heard = -Infinity } = this.#voices.get(id) ?? {};
      const speech = level >= SPEAKING.speech;
      this.#voices.set(id, {
        loudness: loudness + ((speech ? level : 0) - loudness) * SPEAKING.follow,
        heard: speech ? time : heard,
      });
    }
    this.now = new Set([...this.#voices].filter(([, { heard }]) => time - heard <= SPEAKING.hold).map(([id]) => id));
    this.#giveFloor(time);
    return before !== [...this.now, this.floor].join(' ');
  }

  /** @param {number} time */
  #giveFloor(time) {
    if (time - this.#since < SPEAKING.held) return;
    const loudness = (/** @type {string} */ id) => this.#voices.get(id)?.loudness ?? 0;
    const [loudest] = [...this.now].sort((one, other) => loudness(other) - loudness(one));
    if (loudest === undefined || loudest === this.floor) return;
    const held = this.floor === null ? 0 : loudness(this.floor);
    if (loudness(loudest) > Math.max(SPEAKING.speech / 2, held * SPEAKING.louder)) this.#take(loudest, time);
  }

  /**
   * @param {string} id
   * @param {number} time
   */
  #take(id, time) {
    this.floor = id;
    this.#since = time;
  }
}
