/** So many samples are kept: a minute of them. */
export const SAMPLES_KEPT = 60;

/**
 * The latest samples of something, one a second.
 *
 * @template Sample
 */
export class History {
  /** Oldest first; the array stays the same one. @type {Sample[]} */ #samples = [];

  /** @type {readonly Sample[]} */
  get samples() {
    return this.#samples;
  }

  /** @param {Sample} sample */
  add(sample) {
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES_KEPT) this.#samples.shift();
  }
}
