import { KIND } from './protocol.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {{camera: MediaStream, screen: MediaStream}} Streams */

/**
 * What comes of one participant by one path. The streams stay the same ones for as long as the participant is here;
 * `camera` has the microphone too, and `screen` its sound, where that comes in a track of their own.
 */
export class Arrivals {
  /** @readonly @type {Streams} */ streams;
  /** @type {Map<Source, RTCRtpReceiver>} */ #receivers = new Map();
  #ownSound;

  /**
   * @param {typeof MediaStream} MediaStreamClass
   * @param {boolean} ownSound whether sound comes in tracks that are theirs, and not in slots that change hands
   */
  constructor(MediaStreamClass, ownSound) {
    this.streams = { camera: new MediaStreamClass(), screen: new MediaStreamClass() };
    this.#ownSound = ownSound;
  }

  /** @param {Source} source */
  receiver(source) {
    return this.#receivers.get(source) ?? null;
  }

  /**
   * A source arrives at this receiver from now on, or at none.
   *
   * @param {Source} source
   * @param {RTCRtpReceiver | null} receiver
   */
  set(source, receiver) {
    if (receiver) this.#receivers.set(source, receiver);
    else this.#receivers.delete(source);
    if (KIND[source] === 'audio' && !this.#ownSound) return;
    const stream = source === 'mic' || source === 'camera' ? this.streams.camera : this.streams.screen;
    const track = receiver?.track;
    if (track && stream.getTracks().includes(track)) return;
    for (const old of stream.getTracks()) if (old.kind === KIND[source]) stream.removeTrack(old);
    if (track) stream.addTrack(track);
  }

  /** Nothing comes by this path any more. */
  clear() {
    this.#receivers.clear();
    for (const stream of Object.values(this.streams)) for (const track of stream.getTracks()) stream.removeTrack(track);
  }
}
