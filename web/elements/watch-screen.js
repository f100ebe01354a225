// The picture and the sound of what is watched.

import { emit, h } from './dom.js';

/** Browsers play a speck of black for a picture that never comes; its sides, in pixels. */
const SPECK = 2;

/**
 * Two elements: one that had both would be silent for as long as no picture comes. The one with the picture is muted, so
 * that every browser plays it at once.
 *
 * Emits `picture` {shown} and `sound`, when they have changed.
 */
export class WatchScreen extends HTMLElement {
  #video = h('video', { autoplay: true, playsinline: true, 'data-testid': 'watch-video' });
  #audio = h('audio', { 'data-testid': 'watch-audio' });
  /** Whether the browser plays sound only after a touch or a key. */ #blocked = false;

  constructor() {
    super();
    this.#video.muted = true; // the attribute alone sets only what a freshly parsed element starts with
    for (const type of ['resize', 'emptied']) this.#video.addEventListener(type, () => this.#see());
  }

  connectedCallback() {
    if (!this.firstChild) this.append(this.#video, this.#audio);
  }

  /** @param {string} label of the picture */
  begin(label) {
    this.#video.setAttribute('aria-label', label);
  }

  /** @param {MediaStream | null} stream */
  show(stream) {
    this.#video.srcObject = stream && new MediaStream(stream.getVideoTracks());
    this.#audio.srcObject = stream && new MediaStream(stream.getAudioTracks());
    if (stream) void this.#play();
    else this.#see();
  }

  /** Whether there is a picture. */
  get picture() {
    return this.#video.srcObject !== null && this.#video.videoWidth > SPECK;
  }

  /** @returns {'on' | 'off' | 'blocked'} */
  get sound() {
    if (this.#audio.muted) return 'off';
    return this.#blocked ? 'blocked' : 'on';
  }

  /** Plays the sound, in answer to a touch or key. */
  hear() {
    this.#audio.muted = false;
    void this.#play();
  }

  toggleSound() {
    if (this.sound !== 'on') return this.hear();
    this.#audio.muted = true;
    emit(this, 'sound');
  }

  async #play() {
    try {
      await this.#audio.play();
      this.#blocked = false;
    } catch (error) {
      // Any other failure means that the sound was taken away again.
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#blocked = true;
    }
    emit(this, 'sound');
  }

  #see() {
    emit(this, 'picture', { shown: this.picture });
  }
}

customElements.define('vv-watch-screen', WatchScreen);
