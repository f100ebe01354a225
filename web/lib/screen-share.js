import { Emitter } from './emitter.js';
import { insecure, mediaError } from './problems.js';

/**
 * What a share is for: `text` keeps every line readable and gives up frames, `motion` keeps the frames and gives up
 * size.
 *
 * @typedef {'text' | 'motion'} Quality
 */

/** What is played here goes to the others as it is; the call itself would come back to them as an echo. */
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, restrictOwnAudio: true };

/** For browsers that have such a choice: not the call itself, and another tab without a new dialog. */
const SURFACES = { selfBrowserSurface: 'exclude', surfaceSwitching: 'include' };

/** Frames per second worth capturing. @type {Record<Quality, MediaTrackConstraints>} */
const PICTURE = { text: { frameRate: { max: 15 } }, motion: { frameRate: { ideal: 30, max: 30 } } };

/**
 * This side's shared screen and its sound.
 *
 * - `change`: the share began, ended, became another one, or changed its quality
 * - `error`: there is no share; `denied` also when the person chose nothing
 *
 * @extends {Emitter<{change: undefined, error: import('./problems.js').MediaError}>}
 */
export class ScreenShare extends Emitter {
  /** @type {MediaStreamTrack | null} */ picture = null;
  /** @type {MediaStreamTrack | null} */ sound = null;
  /** @type {Quality} */ quality = 'text';

  #devices;
  /** The person is choosing what to share. @type {Promise<void> | null} */ #choosing = null;
  /** Counts what was begun and ended, so that a choice that comes after its end is not taken. */ #round = 0;

  /** @param {MediaDevices | undefined} devices */
  constructor(devices) {
    super();
    this.#devices = devices;
  }

  /**
   * Lets the person choose what to share, by the browser's own dialog. A share that is on goes on until then.
   *
   * @param {{sound?: boolean, quality?: Quality}} [wanted]
   * @returns {Promise<void>} resolved when it is there, or is not to be had
   */
  start({ sound = true, quality = this.quality } = {}) {
    return (this.#choosing ??= this.#choose(sound, quality).finally(() => (this.#choosing = null)));
  }

  stop() {
    this.#round += 1;
    if (!this.picture && !this.sound) return;
    this.#drop();
    this.emit('change', undefined);
  }

  /**
   * Changes what the share is for, without asking again.
   *
   * @param {Quality} quality
   */
  setQuality(quality) {
    if (quality === this.quality) return;
    this.quality = quality;
    this.#tune();
    // A browser that cannot change the rate of a capture sends what the budget lets through.
    this.picture?.applyConstraints(PICTURE[quality]).catch(() => {});
    this.emit('change', undefined);
  }

  /** @param {boolean} muted */
  muteSound(muted) {
    if (!this.sound || this.sound.enabled === !muted) return;
    this.sound.enabled = !muted;
    this.emit('change', undefined);
  }

  /**
   * @param {boolean} sound
   * @param {Quality} quality
   */
  async #choose(sound, quality) {
    const round = this.#round;
    try {
      const stream = await this.#capture(sound, quality);
      if (round === this.#round) this.#adopt(stream, quality);
      else for (const track of stream.getTracks()) track.stop();
    } catch (error) {
      this.emit('error', mediaError('screen', error));
    }
  }

  /**
   * @param {boolean} sound
   * @param {Quality} quality
   */
  #capture(sound, quality) {
    if (!this.#devices) throw insecure();
    const wanted = { ...SURFACES, video: PICTURE[quality], audio: sound && SOUND };
    return this.#devices.getDisplayMedia(/** @type {DisplayMediaStreamOptions} */ (wanted));
  }

  /**
   * @param {MediaStream} stream
   * @param {Quality} quality
   */
  #adopt(stream, quality) {
    this.#drop();
    this.quality = quality;
    for (const track of stream.getTracks()) {
      this[track.kind === 'audio' ? 'sound' : 'picture'] = track;
      track.addEventListener('ended', () => this.#ended(track));
    }
    this.#tune();
    this.emit('change', undefined);
  }

  /** The person ended the share in the browser's own bar, or closed what was shared. @param {MediaStreamTrack} track */
  #ended(track) {
    if (track === this.picture) return this.stop();
    if (track !== this.sound) return;
    this.sound = null;
    this.emit('change', undefined);
  }

  #tune() {
    if (this.picture) this.picture.contentHint = this.quality;
    if (this.sound) this.sound.contentHint = 'music';
  }

  #drop() {
    this.picture?.stop();
    this.sound?.stop();
    this.picture = this.sound = null;
  }
}
