// One person's place on the stage: picture, name, and how the connection to them is.

import { initials, shownName } from './avatar.js';
import { h, setAttribute } from './dom.js';
import { icon } from './icon.js';
import { PathBadge } from './path-badge.js';
import { Player } from './player.js';
import { text } from '../messages/index.js';

/** @typedef {import("../lib/call.js").RemoteParticipant} RemoteParticipant */

/** Shows one remote participant. Emits `blocked` when the browser does not let it play sound. */
export class Tile extends HTMLElement {
  #player = new Player(this);
  #initials = h('span', { class: 'avatar', 'aria-hidden': 'true' });
  #name = h('span', { class: 'name' });
  #muted = h(
    'span',
    { class: 'flag', title: text.tile.muted, role: 'img', 'aria-label': text.tile.muted },
    icon('mic-off'),
  );
  #badge = new PathBadge();
  #status = h('span', { class: 'status' });
  /** Whether picture and sound ever came through: what is missing afterwards is coming back, not coming. */
  #wasConnected = false;

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'group');
    this.setAttribute('data-testid', 'tile');
    const label = h('span', { class: 'label' }, this.#muted, this.#name);
    this.append(this.#player.video, this.#player.audio, this.#initials, this.#status, this.#badge, label);
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
    this.#initials.textContent = initials(name);
    this.#name.textContent = name;
    this.#muted.hidden = classic || participant.state.mic;
    this.toggleAttribute('data-camera-off', cameraOff);
    setAttribute(this, 'data-leg', participant.leg);
    this.#badge.show(participant.leg === 'connected' ? participant.path : null);
    this.#showStatus(participant);
  }

  /** Plays with sound; called when the person has touched the page. */
  hear() {
    this.#player.hear();
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
