// Somebody's shared screen on the stage.

import { shownName } from './avatar.js';
import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { Player } from './player.js';
import { flag, menuButton, openByTouch } from './tile-parts.js';
import { text } from '../messages/index.js';

/** Shown whole, never cut. Emits `blocked` and `menu` {button} as a person's tile does. */
export class ScreenTile extends HTMLElement {
  #player = new Player(this);
  #name = h('span', { class: 'name', dir: 'auto' });
  #pin = flag('pin', text.options.pinned);
  #menu = menuButton((button) => emit(this, 'menu', { button }));

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'group');
    this.setAttribute('data-testid', 'screen-tile');
    this.#pin.hidden = true;
    openByTouch(this, this.#menu);
    const { video, audio } = this.#player;
    this.append(video, audio, h('span', { class: 'label' }, icon('screen'), this.#pin, this.#name), this.#menu);
  }

  get video() {
    return this.#player.video;
  }

  /** How loud the screen's sound is played, 0 to 1. */
  get volume() {
    return this.#player.audio.volume;
  }

  set volume(volume) {
    this.#player.audio.volume = volume;
  }

  /** @param {string} deviceId */
  playOn(deviceId) {
    return this.#player.playOn(deviceId);
  }

  /** @param {import("../lib/call.js").RemoteParticipant} participant */
  show(participant) {
    const name = text.people.screenOf(shownName(participant.name));
    this.setAttribute('data-participant', participant.id);
    this.setAttribute('aria-label', name);
    this.#player.show(participant.streams.screen, name);
    if (this.#name.textContent === name) return;
    this.#name.textContent = name;
    this.#menu.setAttribute('aria-label', text.people.menu(name));
  }

  /** @param {boolean} pinned */
  showPinned(pinned) {
    this.#pin.hidden = !pinned;
  }

  hear() {
    this.#player.hear();
  }
}

customElements.define('vv-screen-tile', ScreenTile);
