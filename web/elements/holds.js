// How long a picture stands still while the element that shows it is replaced by another.

/** How long it is looked on after the change, in milliseconds. */
const AFTER = 1_000;

/** The most frames that are remembered: of a few seconds. */
const KEPT = 240;

/** Notes when frames are shown, by whichever element shows them. */
export class Holds {
  /** @type {number[]} */
  #times = [];
  /** @type {HTMLVideoElement | null} */
  #video = null;
  /** When another element took the place of the first. */
  #changed = 0;

  /**
   * The frames of this element count from now on.
   * @param {HTMLVideoElement | null} video
   */
  follow(video) {
    this.#video = video;
    if (video) this.#next(video);
  }

  /**
   * Another element, which shows a frame already, takes the place of the one that was followed.
   * @param {HTMLVideoElement} video
   */
  change(video) {
    this.#changed = this.#note();
    this.follow(video);
  }

  /**
   * @returns {Promise<number | null>} the longest time between two frames around the change beyond the usual one, in ms; null if
   *   nobody looked
   */
  async gap() {
    await new Promise((resolve) => setTimeout(resolve, AFTER));
    this.follow(null);
    return longest(this.#times, this.#changed);
  }

  /** A frame is shown now. @returns {number} when that is */
  #note() {
    const now = performance.now();
    this.#times.push(now);
    this.#times.splice(0, this.#times.length - KEPT);
    return now;
  }

  /** @param {HTMLVideoElement} video */
  #next(video) {
    video.requestVideoFrameCallback(() => {
      if (this.#video !== video) return;
      this.#note();
      this.#next(video);
    });
  }
}

/**
 * @param {number[]} times when frames were shown, in order
 * @param {number} changed when the element was replaced
 * @returns {number | null}
 */
export function longest(times, changed) {
  const spans = times.slice(1).map((time, index) => ({ time, length: time - (times[index] ?? 0) }));
  const around = spans.filter(({ time }) => time >= changed);
  // One of them has to lead over from the element before.
  if (around.length < 3 || !times.some((time) => time < changed)) return null;
  const sorted = spans.map(({ length }) => length).sort((one, other) => one - other);
  const usual = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return Math.max(0, Math.max(...around.map(({ length }) => length)) - usual);
}
