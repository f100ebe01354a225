// One person's place on the stage: picture, name, and how the connection to them is.

import { drawnInitials, shownName } from './avatar.js';
import { emit, h, setAttribute } from './dom.js';
import { PathBadge } from './path-badge.js';
import { Player } from './player.js';
import { flag, menuButton, openByTouch } from './tile-parts.js';
import { text } from '../messages/index.js';

/** @typedef {import("../lib/call.js").RemoteParticipant} RemoteParticipant */

/**
 * Shows one remote participant. Emits `blocked` when the browser does not let it play sound, and `menu` {button} when its
 * options are asked for.
 */
export class Tile extends HTMLElement {
  #player = new Player(this);
  #avatar = h('div', { class: 'avatar', 'aria-hidden': 'true' });
  #name = h('span', { class: 'name', dir: 'auto' });
  #muted = flag('mic-off', text.tile.muted);
  #hand = flag('hand', text.people.hand);
  #pin = flag('pin', text.options.pinned);
  #badge = new PathBadge();
  #status = h('span', { class: 'status' });
  #menu = menuButton((button) => emit(this, 'menu', { button }));
  /** Whether picture and sound ever came through: what is missing afterwards is coming back, not coming. */
  #wasConnected = false;

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'group');
    this.setAttribute('data-testid', 'tile');
    this.#pin.hidden = true;
    openByTouch(this, this.#menu);
    const label = h('span', { class: 'label' }, this.#hand, this.#pin, this.#muted, this.#name);
    const { video, audio } = this.#player;
    this.append(video, audio, this.#avatar, this.#status, this.#badge, label, this.#menu);
  }

  /** The picture, for whoever shows it elsewhere too. */
  get video() {
    return this.#player.video;
  }

  /** How loud the person is played, 0 to 1. */
  get volume() {
    return this.#player.audio.volume;
  }

  set volume(volume) {
    this.#player.audio.volume = volume;
  }

  /**
   * Which loudspeaker plays them.
   * @param {string} deviceId
   */
  playOn(deviceId) {
    return this.#player.playOn(deviceId);
  }

  /** @param {RemoteParticipant} participant */
  show(participant) {
    const name = shownName(participant.name);
    // A classic client never says what is on: what it sends is shown.
    const classic = participant.kind === 'classic';
    const cameraOff = !classic && !participant.state.camera;
    if (participant.leg === 'connected') this.#wasConnected = true;
    this.setAttribute('data-participant', participant.id);
    this.setAttribute('aria-label', cameraOff ? `${name}, ${text.tile.cameraOff}` : name);
    this.#player.show(participant.streams.camera, text.tile.label(name));
    this.#showName(name);
    this.#muted.hidden = classic || participant.state.mic;
    this.#hand.hidden = !participant.state.hand;
    this.toggleAttribute('data-hand', participant.state.hand);
    this.toggleAttribute('data-camera-off', cameraOff);
    setAttribute(this, 'data-leg', participant.leg);
    this.#badge.show(participant.leg === 'connected' ? participant.path : null);
    this.#showStatus(participant);
  }

  /** @param {boolean} pinned */
  showPinned(pinned) {
    this.#pin.hidden = !pinned;
  }

  /** Plays with sound; called when the person has touched the page. */
  hear() {
    this.#player.hear();
  }

  /** @param {string} name */
  #showName(name) {
    if (this.#name.textContent === name) return;
    this.#name.textContent = name;
    this.#avatar.replaceChildren(drawnInitials(name));
    this.#menu.setAttribute('aria-label', text.people.menu(name));
  }

  /** @param {RemoteParticipant} participant */
  #showStatus({ leg, connected }) {
    const { status, advice } = this.#statusOf(leg, connected);
    if (this.#status.textContent !== status) this.#status.textContent = status;
    this.#status.hidden = status === '';
    this.#status.title = advice;
  }

  /**
   * @param {string} leg
   * @param {boolean} connected
   */
  #statusOf(leg, connected) {
    if (leg === 'connected') return { status: '', advice: '' };
    if (leg === 'failed') return { status: text.tile.failed, advice: text.tile.failedAdvice };
    if (!connected) return { status: text.tile.away, advice: '' };
    return { status: this.#wasConnected ? text.tile.reconnecting : text.tile.connecting, advice: '' };
  }
}

customElements.define('vv-tile', Tile);
