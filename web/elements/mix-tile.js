// The mix on the stage: one picture of everybody, made by the server.

import { h } from './dom.js';
import { PathBadge } from './path-badge.js';
import { PlayerTile } from './player-tile.js';
import { text } from '../messages/index.js';

/** Shown whole, never cut. There is nobody in it to be pinned, or to be made louder than others. */
export class MixTile extends PlayerTile {
  /** Why it is received, in a sentence. */
  why = '';
  #badge = new PathBadge();
  #status = h('span', { class: 'status', hidden: true });

  /** @override */
  parts() {
    this.menu.hidden = true;
    this.setAttribute('aria-label', text.mix.name);
    return [this.#status, this.#badge];
  }

  /** @param {import('../lib/call.js').RemoteParticipant} mix */
  show(mix) {
    const { camera } = mix.streams;
    // Others are made ready behind its last picture, and one of them may get its slot.
    if (camera.getVideoTracks().length > 0) this.player.show(camera, text.mix.name, true);
    else this.player.hold();
    const { camera: codec } = mix.undecodable;
    const connected = mix.leg === 'connected';
    this.#status.textContent = codec ? text.tile.undecodable(codec) : text.tile.reconnecting;
    this.#status.hidden = connected && !codec;
    this.#badge.show(this.#status.hidden ? mix.path : null, this.why);
  }
}

customElements.define('vv-mix-tile', MixTile);
