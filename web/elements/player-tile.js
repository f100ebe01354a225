// What every tile on the stage is: a player with a name, which can be pinned and has a menu.

import { emit, h } from './dom.js';
import { Player } from './player.js';
import { flag, menuButton, openByTouch } from './tile-parts.js';
import { text } from '../messages/index.js';

/**
 * A picture and its sound. Emits `blocked` when the browser does not let it play sound, and `menu` {button} when its options
 * are asked for.
 */
export class PlayerTile extends HTMLElement {
  player = new Player(this);
  pin = flag('pin', text.options.pinned);
  menu = menuButton((button) => emit(this, 'menu', { button }));
  nameLabel = h('span', { class: 'name', dir: 'auto' });
  /** Called once there is a picture. @type {(() => void)[]} */
  #waiting = [];

  static observedAttributes = ['data-playing'];

  attributeChangedCallback() {
    if (this.hasAttribute('data-playing')) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'group');
    this.setAttribute('data-testid', this.localName.replace('vv-', ''));
    this.pin.hidden = true;
    openByTouch(this, this.menu);
    this.append(this.player.video, this.player.audio, ...this.parts(), this.menu);
  }

  /** What stands over the picture. @returns {Node[]} */
  parts() {
    return [];
  }

  /** The picture, for whoever shows it elsewhere too. */
  get video() {
    return this.player.video;
  }

  /**
   * Makes a picture ready to take the place of the present one.
   * @param {MediaStream} stream that has it
   */
  prepare(stream) {
    return this.player.prepare(stream.getVideoTracks()[0] ?? null);
  }

  /** @returns {Promise<void>} resolved once its picture, and nobody else's, can be seen */
  playing() {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.attributeChangedCallback();
    });
  }

  /** Whether there is a picture to be seen, or will be soon. */
  get expectsPicture() {
    return this.video.srcObject !== null && !this.hasAttribute('data-camera-off');
  }

  /** How loud it is played, 0 to 1. */
  get volume() {
    return this.player.audio.volume;
  }

  set volume(volume) {
    this.player.audio.volume = volume;
  }

  /**
   * Which loudspeaker plays it.
   * @param {string} deviceId
   */
  playOn(deviceId) {
    return this.player.playOn(deviceId);
  }

  /** Plays with sound; called when the person has touched the page. */
  hear() {
    this.player.hear();
  }

  /** @param {boolean} pinned */
  showPinned(pinned) {
    this.pin.hidden = !pinned;
  }

  /**
   * @param {string} name
   * @returns {boolean} whether it is another one than before
   */
  showName(name) {
    if (this.nameLabel.textContent === name) return false;
    this.nameLabel.textContent = name;
    this.menu.setAttribute('aria-label', text.people.menu(name));
    return true;
  }
}
