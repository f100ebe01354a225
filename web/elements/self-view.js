// The own picture: small, and mirrored, as people know themselves.

import { drawnInitials } from './avatar.js';
import { h } from './dom.js';
import { flag } from './tile-parts.js';
import { text } from '../messages/index.js';

/**
 * @typedef {object} OwnState
 * @property {string} name
 * @property {MediaStreamTrack | null} camera
 * @property {boolean} cameraOn
 * @property {boolean} micOn
 * @property {boolean} [hand]
 */

/** Shows what the others see of oneself. Always without sound. */
export class SelfView extends HTMLElement {
  #video = h('video', { playsinline: true, autoplay: true, 'aria-label': text.lobby.preview });
  #avatar = h('div', { class: 'avatar', 'aria-hidden': 'true' });
  #muted = flag('mic-off', text.tile.muted);
  #hand = flag('hand', text.people.hand);
  /** @type {MediaStreamTrack | null} */
  #track = null;
  /** @type {string | null} */
  #name = null;

  constructor() {
    super();
    // The attribute alone would not do: it sets only what a freshly parsed element starts with.
    this.#video.muted = true;
  }

  connectedCallback() {
    if (this.#video.isConnected) return;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', text.you);
    this.setAttribute('data-testid', 'self-tile');
    const label = h('span', { class: 'label' }, this.#hand, this.#muted, h('span', { class: 'name' }, text.you));
    this.prepend(this.#video, this.#avatar, label);
  }

  /** @param {OwnState} state */
  show({ name, camera, cameraOn, micOn, hand = false }) {
    this.#showName(name || text.you);
    this.#muted.hidden = micOn;
    this.#hand.hidden = !hand;
    this.toggleAttribute('data-hand', hand);
    this.toggleAttribute('data-camera-off', !cameraOn || !camera);
    this.#attach(camera);
  }

  /** @param {string} name */
  #showName(name) {
    if (name === this.#name) return;
    this.#name = name;
    this.#avatar.replaceChildren(drawnInitials(name));
  }

  /** @param {MediaStreamTrack | null} track */
  #attach(track) {
    if (track === this.#track) return;
    this.#track = track;
    this.#video.srcObject = track ? new MediaStream([track]) : null;
    // Muted video is always allowed to play; it only fails if the element has left the page meanwhile.
    if (track) this.#video.play().catch(() => undefined);
  }
}

customElements.define('vv-self-view', SelfView);
