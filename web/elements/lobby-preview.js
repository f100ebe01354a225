// How one looks to the others, and what is on.

import { emit, h } from './dom.js';
import { roundButton, setFace } from './round-button.js';
import { SelfView } from './self-view.js';
import { text } from '../messages/index.js';

/** @typedef {import("./self-view.js").OwnState & {starting: boolean}} PreviewState */

/** Emits `toggle` {source}. */
export class LobbyPreview extends HTMLElement {
  #view = new SelfView();
  #empty = h('p', { class: 'preview-text' });
  #mic = roundButton('lobby-mic', () => emit(this, 'toggle', { source: 'mic' }));
  #camera = roundButton('lobby-camera', () => emit(this, 'toggle', { source: 'camera' }));

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#view, this.#empty, h('div', { class: 'preview-buttons' }, this.#mic, this.#camera));
  }

  /** @param {PreviewState} state */
  show(state) {
    const { micOn, cameraOn } = state;
    const { mute, unmute, cameraOff, cameraOn: turnOn } = text.controls;
    this.#view.show(state);
    this.toggleAttribute('data-picture', cameraOn && state.camera !== null);
    this.#empty.textContent = emptySentence(state);
    setFace(this.#mic, { icon: micOn ? 'mic' : 'mic-off', label: micOn ? mute : unmute }, !micOn);
    const camera = cameraOn ? cameraOff : turnOn;
    setFace(this.#camera, { icon: cameraOn ? 'camera' : 'camera-off', label: camera }, !cameraOn);
  }
}

/** @param {PreviewState} state */
function emptySentence({ cameraOn, camera, starting }) {
  if (!cameraOn) return text.lobby.off;
  if (camera) return '';
  return starting ? text.lobby.starting : text.lobby.none;
}

customElements.define('vv-lobby-preview', LobbyPreview);
