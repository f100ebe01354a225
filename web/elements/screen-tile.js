// Somebody's shared screen on the stage.

import { shownName } from './avatar.js';
import { h } from './dom.js';
import { icon } from './icon.js';
import { PlayerTile } from './player-tile.js';
import { text } from '../messages/index.js';

/** Shown whole, never cut. */
export class ScreenTile extends PlayerTile {
  /** @override */
  parts() {
    return [h('span', { class: 'label' }, icon('screen'), this.pin, this.nameLabel)];
  }

  /** @param {import("../lib/call.js").RemoteParticipant} participant */
  show(participant) {
    const name = text.people.screenOf(shownName(participant.name));
    this.setAttribute('data-participant', participant.id);
    this.setAttribute('aria-label', name);
    this.player.show(participant.streams.screen, name, participant.forwarded);
    const [sound = null] = participant.by('direct').streams.screen.getAudioTracks();
    this.player.listen(sound, participant.forwarded || participant.mixed);
    const { screen: codec } = participant.undecodable;
    this.showName(codec ? `${name} · ${text.tile.undecodable(codec)}` : name);
  }
}

customElements.define('vv-screen-tile', ScreenTile);
