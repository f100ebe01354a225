// The lobby: how one looks, what one is called, and the way into the call.

import { DeviceChoice } from './device-choice.js';
import { emit, h, listen } from './dom.js';
import { LobbyForm } from './lobby-form.js';
import { icon } from './icon.js';
import { LobbyPreview } from './lobby-preview.js';
import { obstacleNotice } from './obstacle.js';
import { text } from '../messages/index.js';

/** @typedef {import('./lobby-preview.js').PreviewState & {obstacles: import('./obstacle.js').Obstacle[]}} LobbyState */

/** Emits `join` {name}, `named` {name}, `hide` {hidden}, `toggle` {source}, `choose` {source, deviceId}, `test`, `network`, `back`. */
export class LobbyPage extends HTMLElement {
  #preview = new LobbyPreview();
  #obstacles = h('div', { class: 'problems', 'aria-live': 'polite' });
  /** What the obstacles say, to leave them alone as long as it stays so: somebody may be reading the steps. */
  #said = '';
  #devices = new DeviceChoice();
  #form = new LobbyForm();
  #network = h('button', {
    type: 'button',
    class: 'quiet small',
    'aria-haspopup': 'dialog',
    'data-testid': 'lobby-network',
    onclick: () => emit(this, 'network'),
  });

  connectedCallback() {
    if (this.firstChild) return;
    this.#network.append(icon('stats'), text.lobby.network);
    const side = h('div', { class: 'preview-side' }, this.#preview, this.#obstacles);
    const choices = h('div', { class: 'lobby-choices' }, this.#devices, this.#network);
    this.append(h('div', { class: 'lobby' }, side, this.#form, choices));
    this.#pass(this.#preview, 'toggle');
    this.#pass(this.#devices, 'choose', 'test');
    this.#pass(this.#form, 'join', 'named', 'hide', 'back');
    this.#form.focusFirst();
  }

  /**
   * What stands in the page from the beginning.
   * @param {{room: string, name: string, hidden: boolean}} begin
   */
  begin(begin) {
    this.#form.begin(begin);
  }

  /** What the person wants to be called. */
  get name() {
    return this.#form.name;
  }

  /** @param {Omit<LobbyState, 'name'>} state */
  show(state) {
    this.#preview.show({ ...state, name: this.#form.name });
    const said = state.obstacles.map(({ sentence }) => sentence).join('\n');
    if (said === this.#said) return;
    this.#said = said;
    const focused = this.#obstacles.contains(document.activeElement);
    this.#obstacles.replaceChildren(...state.obstacles.map(obstacleNotice));
    if (focused) this.#form.focusJoin();
  }

  /**
   * The devices to choose from.
   * @param {import('./device-choice.js').Choices} choices
   * @param {import('./device-choice.js').Used} used
   */
  showDevices(choices, used) {
    this.#devices.show(choices, used);
  }

  /** @param {number} level of the microphone, from 0 to 1 */
  showLevel(level) {
    this.#devices.meter.show(level);
  }

  /** @param {{name: string}[] | null} people in the room; null while it is not known */
  showPeople(people) {
    this.#form.people.show(people);
  }

  /** @param {import('../lib/protocol.js').Entry} entry who may come in */
  showEntry(entry) {
    this.#form.showEntry(entry);
  }

  /** @param {boolean} recording whether the room is being recorded
   * @param {boolean} [tracks] whether what each person sends is kept as well */
  showRecording(recording, tracks = false) {
    this.#form.showRecording(recording, tracks);
  }

  /**
   * @param {HTMLElement} part
   * @param {...string} types of events that are the page's own
   */
  #pass(part, ...types) {
    for (const type of types) listen(part, type, (detail) => emit(this, type, detail));
  }
}

customElements.define('vv-lobby-page', LobbyPage);
