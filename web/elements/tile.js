// One person's place on the stage: picture, name, and how the connection to them is.

import { drawnInitials, shownName } from './avatar.js';
import { h, setAttribute } from './dom.js';
import { PathBadge } from './path-badge.js';
import { PlayerTile } from './player-tile.js';
import { flag } from './tile-parts.js';
import { text } from '../messages/index.js';

/** @typedef {import("../lib/call.js").RemoteParticipant} RemoteParticipant */

/** Shows one remote participant. */
export class Tile extends PlayerTile {
  #avatar = h('div', { class: 'avatar', 'aria-hidden': 'true' });
  #muted = flag('mic-off', text.tile.muted);
  #cameraOff = flag('camera-off', text.tile.cameraOff);
  #hand = flag('hand', text.people.hand);
  #badge = new PathBadge();
  #status = h('span', { class: 'status' });
  /** Whether picture and sound ever came through: what is missing afterwards is coming back, not coming. */
  #wasConnected = false;
  /** Whether it was said that no way to them was found, though it is tried on. */
  #pathless = false;

  /** @override */
  parts() {
    const flags = [this.#hand, this.pin, this.#muted, this.#cameraOff];
    const label = h('span', { class: 'label' }, ...flags, this.nameLabel);
    return [this.#avatar, this.#status, this.#badge, label];
  }

  /** @param {RemoteParticipant} participant */
  show(participant) {
    const name = shownName(participant.name);
    // A classic client never says what is on: what it sends is shown.
    const classic = participant.kind === 'classic';
    const cameraOff = !classic && !participant.state.camera;
    if (participant.leg === 'connected') [this.#wasConnected, this.#pathless] = [true, false];
    this.setAttribute('data-participant', participant.id);
    this.setAttribute('aria-label', cameraOff ? `${name}, ${text.tile.cameraOff}` : name);
    this.player.show(participant.streams.camera, text.tile.label(name), participant.forwarded);
    const [sound = null] = participant.by('direct').streams.camera.getAudioTracks();
    this.player.listen(sound, participant.forwarded || participant.mixed);
    if (this.showName(name)) this.#avatar.replaceChildren(drawnInitials(name));
    this.#muted.hidden = classic || participant.state.mic;
    this.#cameraOff.hidden = !cameraOff;
    this.#hand.hidden = !participant.state.hand;
    this.toggleAttribute('data-hand', participant.state.hand);
    this.toggleAttribute('data-camera-off', cameraOff);
    setAttribute(this, 'data-leg', participant.leg);
    // Both stand in the same place.
    const known = participant.leg === 'connected' && !participant.undecodable.camera && !isGone(participant);
    // A picture that the server forwards may come later than the connection, or again.
    this.toggleAttribute('data-waiting', known && participant.forwarded && participant.state.camera);
    this.#badge.show(known ? participant.path : null, text.paths.reason[participant.reason](name));
    this.#showStatus(participant);
  }

  /** Says so from now on, until there is a connection. */
  showPathless() {
    this.#pathless = true;
  }

  /** @param {RemoteParticipant} participant */
  #showStatus(participant) {
    const { status, advice } = this.#statusOf(participant);
    if (this.#status.textContent !== status) this.#status.textContent = status;
    this.#status.hidden = status === '';
    this.#status.title = advice;
  }

  /** @param {RemoteParticipant} participant */
  #statusOf(participant) {
    const { leg, connected, forwarded, undecodable } = participant;
    const { camera: codec } = undecodable;
    if (codec) return { status: text.tile.undecodable(codec), advice: text.tile.undecodableAdvice };
    if (isGone(participant)) return { status: text.tile.away, advice: '' };
    if (leg === 'connected') return { status: '', advice: '' };
    const advice = forwarded ? text.call.mediaUnreachable : text.tile.failedAdvice;
    if (leg === 'failed' || (this.#pathless && connected)) return { status: text.tile.failed, advice };
    if (!connected) return { status: text.tile.away, advice: '' };
    return { status: this.#wasConnected ? text.tile.reconnecting : text.tile.connecting, advice: '' };
  }
}

/**
 * Of somebody else's connection with a server that forwards nobody else knows: it is seen by what comes of them.
 * @param {RemoteParticipant} participant
 */
function isGone({ leg, connected, forwarded, slots }) {
  return forwarded && leg === 'connected' && !connected && Object.keys(slots).length === 0;
}

customElements.define('vv-tile', Tile);
