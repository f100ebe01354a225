// Playing somebody's picture and sound in a tile, within what the browser's autoplay policy allows.

import { emit, h } from './dom.js';
import { awaitFresh } from './fresh-frame.js';
import { Holds } from './holds.js';
import { sink } from './sounds.js';

/**
 * A picture that would lose more than this factor of its width or height to the tile's shape is shown whole. Faces are in
 * the middle of a wide picture, but near the top of a tall one.
 */
const MOST_CROP = { width: 2.8, height: 1.5 };

/** A frame that is decoded is on screen within so many milliseconds. */
const ON_SCREEN = 60;

/** No camera gives pictures so small, in pixels. */
const SPECK = 2;

/**
 * A picture that is to take the place of another.
 *
 * @typedef {object} Next
 * @property {HTMLVideoElement} video
 * @property {MediaStreamTrack} track
 * @property {Holds} holds
 * @property {boolean} ready whether it has a frame
 * @property {boolean} wanted whether it is to be shown as soon as it has one
 */

/**
 * Two elements, one for the picture and one for the sound: an element that has both stays silent until the first frame of
 * the picture, and with the camera off that never comes. The browser keeps the two in time with each other all the same.
 *
 * A picture that is to take the place of another without a gap gets an element of its own, which lies over the old one
 * unseen until it has a frame (`prepare`); a new source in the old element would be dark for a moment.
 *
 * Emits `blocked` on the tile when the browser does not let the sound play.
 */
export class Player {
  video = picture();
  /** @readonly */
  audio = h('audio', { autoplay: true });
  #tile;
  /** Ends the wait for a picture that is surely theirs; null while none is waited for. @type {AbortController | null} */
  #waiting = null;
  /** Whether the picture is kept as it was. */
  #held = false;
  /** What lies over the picture, unseen. @type {Next | null} */
  #next = null;
  #shapes = new ResizeObserver(() => this.#shape());
  #resized = () => this.#shape();

  /** @param {HTMLElement} tile */
  constructor(tile) {
    this.#tile = tile;
    this.#watch();
  }

  /**
   * Shows the picture that the stream has now.
   * @param {MediaStream} stream
   * @param {string} label of the picture
   * @param {boolean} [shared] whether the picture's track carried somebody else before
   */
  show(stream, label, shared = false) {
    const track = stream.getVideoTracks()[0] ?? null;
    const isNext = track !== null && track === this.#next?.track;
    if (this.#next) this.#next.wanted = isNext;
    if (isNext) this.#swap();
    else if (this.#attach(this.video, track) || this.#resume()) {
      this.#held = false;
      this.#discard();
      if (shared) this.#cover(track);
    }
    this.video.setAttribute('aria-label', label);
  }

  /** Keeps the picture as it is, whatever its slot carries, until the next `show`. */
  hold() {
    this.#held = true;
    this.video.pause();
  }

  /**
   * Plays this sound, where it does not come apart from the tile.
   * @param {MediaStreamTrack | null} track
   * @param {boolean} muted whether it is heard in another way
   */
  listen(track, muted) {
    this.audio.muted = muted;
    this.#attach(this.audio, track);
  }

  /**
   * Makes a picture ready to take the place of the present one; the next `show` with it changes them at once, or as soon as
   * there is a frame: until then the old picture stays, even if it stands still.
   * @param {MediaStreamTrack | null} track
   * @returns {Promise<import('../lib/changeover.js').Shown | null>} once it has a frame; null where nobody would see the change
   */
  async prepare(track) {
    this.#discard();
    if (!track || !this.#isSeen || track === playing(this.video)) return null;
    const video = picture();
    const holds = new Holds();
    /** @type {Next} */
    const next = { video, track, holds, ready: false, wanted: false };
    this.#next = next;
    video.toggleAttribute('data-fresh', true);
    video.toggleAttribute('data-next', true);
    this.video.after(video);
    holds.follow(this.video);
    this.#attach(video, track);
    await firstFrame(video);
    next.ready = true;
    if (this.#next !== next) return null;
    this.#swap();
    return { gap: () => holds.gap() };
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

  /** Whether there is a picture that somebody may look at, in its tile. */
  get #isSeen() {
    const shown = document.visibilityState === 'visible' && this.#tile.hasAttribute('data-playing');
    return shown && this.video !== document.pictureInPictureElement && this.video.checkVisibility();
  }

  /** The picture that lies over the present one takes its place, if it is wanted and there. */
  #swap() {
    if (!this.#next?.wanted || !this.#next.ready) return;
    const { video, holds } = this.#next;
    this.#next = null;
    this.#waiting?.abort();
    this.#waiting = null;
    this.#unwatch();
    holds.change(video);
    video.toggleAttribute('data-whole', this.video.hasAttribute('data-whole'));
    video.toggleAttribute('data-next', false);
    this.video.remove();
    this.video.srcObject = null;
    this.video = video;
    this.#watch();
    this.#shape();
  }

  /** @returns {boolean} whether the picture goes on that was kept */
  #resume() {
    if (this.#held) void this.#play(this.video);
    return this.#held;
  }

  #discard() {
    this.#next?.video.remove();
    this.#next?.holds.follow(null);
    this.#next = null;
  }

  #watch() {
    this.video.addEventListener('resize', this.#resized);
    this.#shapes.observe(this.video);
  }

  #unwatch() {
    this.video.removeEventListener('resize', this.#resized);
    this.#shapes.unobserve(this.video);
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
    if (track === playing(element)) return false;
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

function picture() {
  const video = h('video', { playsinline: true, autoplay: true });
  // The attribute alone would not do: it sets only what a freshly parsed element starts with.
  video.muted = true;
  return video;
}

/**
 * Firefox says nothing of what is on screen in a window that others cover: there it has to do that there is something to be shown.
 *
 * @param {HTMLVideoElement} video
 * @returns {Promise<void>}
 */
function firstFrame(video) {
  return new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve());
    video.addEventListener('loadeddata', () => setTimeout(resolve, ON_SCREEN), { once: true });
  });
}

/**
 * @param {HTMLMediaElement} element
 * @returns {MediaStreamTrack | null}
 */
function playing({ srcObject }) {
  return (srcObject instanceof MediaStream ? srcObject.getTracks()[0] : null) ?? null;
}
