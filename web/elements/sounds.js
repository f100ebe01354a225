// Playing the sound of a call that the server forwards: of the few who are loudest, whoever that is.

import { emit, h } from './dom.js';

/** @typedef {import('../lib/arrivals.js').PlayedSound} Sound */

/**
 * One element for each slot. It goes on playing when its slot carries somebody else: another element would swallow the
 * first syllable. Emits `blocked` on the stage when the browser does not let it play.
 */
export class Sounds {
  /** @type {Map<MediaStreamTrack, HTMLAudioElement>} */
  #elements = new Map();
  #stage;
  #output = '';

  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.#stage = stage;
  }

  /**
   * @param {readonly Sound[]} sounds all of them
   * @param {(sound: Sound) => number} volumeOf from 0 to 1
   */
  show(sounds, volumeOf) {
    for (const [track, element] of this.#elements) {
      if (sounds.some((sound) => sound.track === track)) continue;
      element.srcObject = null;
      this.#elements.delete(track);
    }
    for (const sound of sounds) {
      const element = this.#elements.get(sound.track) ?? this.#add(sound.track);
      element.volume = volumeOf(sound);
      element.muted = sound.muted;
    }
  }

  /** Plays in answer to a touch or key. */
  hear() {
    for (const element of this.#elements.values()) void this.#play(element);
  }

  /**
   * @param {string} deviceId of a loudspeaker
   * @returns {Promise<boolean>} whether all play there
   */
  async playOn(deviceId) {
    this.#output = deviceId;
    const done = await Promise.all([...this.#elements.values()].map((element) => sink(element, deviceId)));
    return done.every(Boolean);
  }

  /** @param {MediaStreamTrack} track */
  #add(track) {
    const element = h('audio', { autoplay: true });
    this.#elements.set(track, element);
    element.srcObject = new MediaStream([track]);
    if (this.#output) void sink(element, this.#output);
    void this.#play(element);
    return element;
  }

  /** @param {HTMLMediaElement} element */
  async #play(element) {
    try {
      await element.play();
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotAllowedError') emit(this.#stage, 'blocked');
    }
  }
}

/**
 * @param {HTMLMediaElement} element
 * @param {string} deviceId
 * @returns {Promise<boolean>} whether it plays there
 */
export async function sink(element, deviceId) {
  try {
    await element.setSinkId?.(deviceId);
    return true;
  } catch {
    return false; // it was unplugged, or the browser was told not to allow it
  }
}
