// Playing a stream in a tile, within what the browser's autoplay policy allows.

import { emit, h } from './dom.js';

/**
 * A picture that would lose more than this factor of its width or height to the tile's shape is shown whole. Faces are in
 * the middle of a wide picture, but near the top of a tall one.
 */
const MOST_CROP = { width: 2.4, height: 1.5 };

/** Owns a tile's video element. Emits `blocked` on the tile when the picture may play but the sound may not. */
export class Player {
  /** @readonly */
  video = h('video', { playsinline: true, autoplay: true });
  #tile;
  /** @type {ResizeObserver} */
  #resized;

  /** @param {HTMLElement} tile */
  constructor(tile) {
    this.#tile = tile;
    this.#resized = new ResizeObserver(() => this.#shape());
    this.#resized.observe(this.video);
    this.video.addEventListener('resize', () => this.#shape());
  }

  /**
   * @param {MediaStream} stream
   * @param {string} label
   */
  show(stream, label) {
    this.video.setAttribute('aria-label', label);
    if (this.video.srcObject === stream) return;
    this.video.srcObject = stream;
    void this.#play();
  }

  /** Plays with sound, in answer to a touch or key. */
  hear() {
    this.video.muted = false;
    void this.#play();
  }

  async #play() {
    try {
      await this.video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || this.video.muted) return;
      // Without sound the picture may play, so it does, and the page asks for a touch.
      this.video.muted = true;
      emit(this.#tile, 'blocked');
      void this.#play();
    }
  }

  #shape() {
    const { videoWidth, videoHeight, clientWidth, clientHeight } = this.video;
    if (videoWidth) this.#tile.setAttribute('data-playing', '');
    if (!videoWidth || !videoHeight || !clientWidth || !clientHeight) return;
    const ratio = videoWidth / videoHeight / (clientWidth / clientHeight);
    this.video.toggleAttribute('data-whole', ratio > MOST_CROP.width || 1 / ratio > MOST_CROP.height);
  }
}
