import { inbound } from './inbound.js';

/** @typedef {import('./inbound.js').Inbound} Inbound */

/** What was sent to a slot for somebody else is there no later than this after the slot has changed hands, in milliseconds. */
const ON_THE_WAY = 150;

/** The first frame is a key frame and late, and the next ones catch up: until they have, they are older than what is shown. */
export const FRAMES = 3;

/**
 * What has come since it was first looked at.
 *
 * @typedef {object} Grown
 * @property {Inbound} now
 * @property {Inbound} grown
 * @property {number} idle for how many milliseconds no frame has come
 */

/** Whether a picture or a sound really comes at receivers, which may be slots that carried somebody else a moment ago. */
export class Growth {
  #now;
  /** What each receiver had got when it was first looked at. @type {Map<RTCRtpReceiver, Inbound & {at: number}>} */
  #before = new Map();
  /** When each receiver's last frame came, about. @type {Map<RTCRtpReceiver, {frames: number, at: number}>} */
  #last = new Map();

  /** @param {() => number} now in milliseconds */
  constructor(now) {
    this.#now = now;
  }

  /**
   * @param {RTCRtpReceiver | null} receiver
   * @param {boolean} slot whether it may carry another source from one moment to the next
   * @returns {Promise<Grown | null>} null where nothing comes at all
   */
  async of(receiver, slot) {
    if (!receiver) return null;
    const now = await inbound(receiver);
    const at = this.#now();
    let before = this.#before.get(receiver);
    const justBegun = before && slot && before.frames > 0 && at - before.at < ON_THE_WAY;
    if (!before || (justBegun && now.frames > before.frames)) {
      // What a slot has shown of somebody else does not count.
      before = { ...now, at: before?.at ?? at };
      this.#before.set(receiver, before);
    }
    const last = this.#last.get(receiver);
    if (last?.frames !== now.frames) this.#last.set(receiver, { frames: now.frames, at });
    const grown = (/** @type {keyof Inbound} */ member) => Math.max(0, now[member] - (before?.[member] ?? 0));
    return {
      now,
      grown: { ...now, frames: grown('frames'), packets: grown('packets'), played: grown('played') },
      idle: at - (this.#last.get(receiver)?.at ?? at),
    };
  }

  /**
   * @param {RTCRtpReceiver | null} receiver
   * @param {boolean} slot
   * @returns {Promise<boolean>} whether its picture may be shown in place of another
   */
  async hasPicture(receiver, slot) {
    const found = await this.of(receiver, slot);
    return found !== null && found.grown.frames >= FRAMES;
  }
}
