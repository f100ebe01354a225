// The own picture: small, and mirrored, as people know themselves.

import { initials } from './avatar.js';
import { h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** @typedef {{name: string, camera: MediaStreamTrack | null, cameraOn: boolean, micOn: boolean}} OwnState */

/** Shows what the others see of oneself. Always without sound. */
export class SelfView extends HTMLElement {
  #video = h('video', { playsinline: true, autoplay: true, 'aria-label': text.lobby.preview });
  #initials = h('span', { class: 'avatar', 'aria-hidden': 'true' });
  #muted = h(
    'span',
    { class: 'flag', title: text.tile.muted, role: 'img', 'aria-label': text.tile.muted },
    icon('mic-off'),
  );
  /** @type {MediaStreamTrack | null} */
  #track = null;

  constructor() {
    super();
    // The attribute alone would not do: it sets only what a freshly parsed element starts with.
    this.#video.muted = true;
  }

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', text.you);
    this.setAttribute('data-testid', 'self-tile');
    const label = h('span', { class: 'label' }, this.#muted, h('span', { class: 'name' }, text.you));
    this.append(this.#video, this.#initials, label);
  }

  /** @param {OwnState} state */
  show({ name, camera, cameraOn, micOn }) {
    this.#initials.textContent = initials(name || text.you);
    this.#muted.hidden = micOn;
    this.toggleAttribute('data-camera-off', !cameraOn || !camera);
    this.#attach(camera);
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
