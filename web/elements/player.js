// Playing somebody's picture and sound in a tile, within what the browser's autoplay policy allows.

import { emit, h } from './dom.js';
import { awaitFresh } from './fresh-frame.js';
import { sink } from './sounds.js';

/**
 * A picture that would lose more than this factor of its width or height to the tile's shape is shown whole. Faces are in
 * the middle of a wide picture, but near the top of a tall one.
 */
const MOST_CROP = { width: 2.8, height: 1.5 };

/** No camera gives pictures so small, in pixels. */
const SPECK = 2;

/**
 * Two elements, one for the picture and one for the sound: an element that has both stays silent until the first frame of
 * the picture, and with the camera off that never comes. The browser keeps the two in time with each other all the same.
 *
 * Emits `blocked` on the tile when the browser does not let the sound play.
 */
export class Player {
  /** @readonly */
  video = h('video', { playsinline: true, autoplay: true });
  /** @readonly */
  audio = h('audio', { autoplay: true });
  #tile;
  /** Ends the wait for a picture that is surely theirs; null while none is waited for. @type {AbortController | null} */
  #waiting = null;

  /** @param {HTMLElement} tile */
  constructor(tile) {
    this.#tile = tile;
    // The attribute alone would not do: it sets only what a freshly parsed element starts with.
    this.video.muted = true;
    this.video.addEventListener('resize', () => this.#shape());
    new ResizeObserver(() => this.#shape()).observe(this.video);
  }

  /**
   * Plays what the stream has now.
   * @param {MediaStream} stream
   * @param {string} label of the picture
   * @param {boolean} [shared] whether the picture's track carried somebody else before
   */
  show(stream, label, shared = false) {
    this.video.setAttribute('aria-label', label);
    const picture = stream.getVideoTracks()[0] ?? null;
    if (this.#attach(this.video, picture) && shared) this.#cover(picture);
    this.#attach(this.audio, stream.getAudioTracks()[0] ?? null);
  }

  /** Plays the sound, in answer to a touch or key. */
  hear() {
    if (this.audio.srcObject) void this.#play(this.audio);
  }

  /**
   * Plays the sound on another loudspeaker, where the browser can.
   * @param {string} deviceId
   * @returns {Promise<boolean>} whether it does
   */
  playOn(deviceId) {
    return sink(this.audio, deviceId);
  }

  /**
   * Shows no picture before one has come that is surely theirs.
   * @param {MediaStreamTrack | null} track
   */
  #cover(track) {
    this.#waiting?.abort();
    this.#waiting = new AbortController();
    this.#tile.removeAttribute('data-playing');
    if (!track) return;
    awaitFresh(this.video, track, this.#waiting.signal, () => {
      this.#waiting = null;
      this.#shape();
    });
  }

  /**
   * @param {HTMLMediaElement} element
   * @param {MediaStreamTrack | null} track
   * @returns {boolean} whether it is another one than before
   */
  #attach(element, track) {
    const playing = element.srcObject instanceof MediaStream ? element.srcObject.getTracks()[0] : null;
    if (track === (playing ?? null)) return false;
    element.srcObject = track && new MediaStream([track]);
    if (track) void this.#play(element);
    return true;
  }

  /** @param {HTMLMediaElement} element */
  async #play(element) {
    try {
      await element.play();
    } catch (error) {
      // Any other failure means that the track was taken away again, or the tile has left the page.
      if (error instanceof DOMException && error.name === 'NotAllowedError') emit(this.#tile, 'blocked');
    }
  }

  #shape() {
    const { videoWidth, videoHeight, clientWidth, clientHeight } = this.video;
    // Browsers play a speck of black for a picture that never comes.
    if (videoWidth <= SPECK || videoHeight <= SPECK || !clientWidth || !clientHeight) return;
    if (!this.#waiting) this.#tile.setAttribute('data-playing', '');
    const ratio = videoWidth / videoHeight / (clientWidth / clientHeight);
    this.video.toggleAttribute('data-whole', ratio > MOST_CROP.width || 1 / ratio > MOST_CROP.height);
  }
}
