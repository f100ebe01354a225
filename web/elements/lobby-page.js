// The lobby: how one looks, what one is called, and the way into the call.

import { DeviceChoice } from './device-choice.js';
import { emit, h, listen } from './dom.js';
import { icon, mark } from './icon.js';
import { roundButton, setFace } from './round-button.js';
import { SelfView } from './self-view.js';
import { text } from '../messages/index.js';

/** @typedef {import("./self-view.js").OwnState & {starting: boolean, problems: string[]}} LobbyState */

/** Emits `join` {name}, `toggle` {source}, `choose` {source, deviceId} and `back`. */
export class LobbyPage extends HTMLElement {
  #room = h('strong', {});
  #view = new SelfView();
  #empty = h('p', { class: 'preview-text' });
  #mic = roundButton('lobby-mic', () => emit(this, 'toggle', { source: 'mic' }));
  #camera = roundButton('lobby-camera', () => emit(this, 'toggle', { source: 'camera' }));
  #problems = h('div', { class: 'problems', 'aria-live': 'polite' });
  #devices = new DeviceChoice();
  #name = h('input', {
    id: 'lobby-name',
    name: 'name',
    autocomplete: 'nickname',
    maxlength: 32,
    placeholder: text.lobby.namePlaceholder,
    'data-testid': 'lobby-name',
  });

  connectedCallback() {
    if (this.firstChild) return;
    const buttons = h('div', { class: 'preview-buttons' }, this.#mic, this.#camera);
    const preview = h('div', { class: 'preview' }, this.#view, this.#empty, buttons);
    const back = h(
      'button',
      { type: 'button', class: 'quiet', onclick: () => emit(this, 'back') },
      icon('back'),
      text.lobby.back,
    );
    this.append(
      h('header', { class: 'brand' }, mark(), h('span', {}, text.product)),
      h('div', { class: 'lobby' }, h('div', { class: 'preview-side' }, preview, this.#problems), this.#form(back)),
    );
    listen(this.#devices, 'choose', (detail) => emit(this, 'choose', detail));
  }

  /**
   * What stands in the page from the beginning.
   * @param {{room: string, name: string}} begin
   */
  begin({ room, name }) {
    this.#room.textContent = room;
    this.#name.value = name;
    if (!name) this.#name.focus();
  }

  /** @param {LobbyState} state */
  show(state) {
    this.#view.show({ ...state, name: this.#name.value });
    this.toggleAttribute('data-picture', state.cameraOn && state.camera !== null);
    this.#empty.textContent = emptySentence(state);
    const { controls } = text;
    setFace(
      this.#mic,
      state.micOn ? { icon: 'mic', label: controls.mute } : { icon: 'mic-off', label: controls.unmute },
      !state.micOn,
    );
    const camera = state.cameraOn ? controls.cameraOff : controls.cameraOn;
    setFace(this.#camera, { icon: state.cameraOn ? 'camera' : 'camera-off', label: camera }, !state.cameraOn);
    this.#problems.replaceChildren(...state.problems.map(problemNotice));
  }

  /**
   * The cameras and microphones to choose from.
   * @param {MediaDeviceInfo[]} devices
   * @param {{mic: string | null, camera: string | null}} used device ids
   */
  showDevices(devices, used) {
    this.#devices.show(devices, used);
  }

  /** @param {HTMLElement} back */
  #form(back) {
    const form = h('form', { class: 'lobby-form' });
    form.append(
      h('h1', {}, text.lobby.heading),
      h('p', { class: 'room-line' }, `${text.lobby.room}: `, this.#room),
      h('label', { for: 'lobby-name' }, text.lobby.name),
      this.#name,
      this.#devices,
      h('button', { type: 'submit', class: 'primary', 'data-testid': 'lobby-join' }, text.lobby.join),
      back,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      emit(this, 'join', { name: this.#name.value.trim() });
    });
    return form;
  }
}

/** @param {LobbyState} state */
function emptySentence({ cameraOn, camera, starting }) {
  if (!cameraOn) return text.lobby.off;
  if (camera) return '';
  return starting ? text.lobby.starting : text.lobby.none;
}

/** @param {string} sentence */
function problemNotice(sentence) {
  return h(
    'p',
    { class: 'notice', 'data-kind': 'warning', 'data-testid': 'notice' },
    icon('warning'),
    h('span', {}, sentence),
  );
}

customElements.define('vv-lobby-page', LobbyPage);
