// Which camera, which microphone, and which loudspeaker.

import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { LevelMeter } from './level-meter.js';
import { text } from '../messages/index.js';

/** @typedef {'mic' | 'camera' | 'output'} Choice */
/** @typedef {Record<Choice, MediaDeviceInfo[]>} Choices */
/** @typedef {Record<Choice, string | null>} Used device ids */

/** What stands for each choice. */
const KINDS = /** @type {const} */ ([
  ['mic', 'mic', text.lobby.micChoice],
  ['camera', 'camera', text.lobby.cameraChoice],
  ['output', 'sound', text.lobby.outputChoice],
]);

/** A list for each kind of device there is. Emits `choose` {source, deviceId} and `test`. */
export class DeviceChoice extends HTMLElement {
  /** How loud the microphone is. */
  meter = new LevelMeter();
  /** @type {Map<Choice, {row: HTMLElement, select: HTMLSelectElement}>} */
  #rows = new Map();
  #test = h('button', {
    type: 'button',
    class: 'quiet small',
    'data-testid': 'lobby-test-sound',
    onclick: () => emit(this, 'test'),
  });

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', text.lobby.devices);
    for (const [source, symbol, label] of KINDS) this.append(this.#row(source, symbol, label));
    this.#rows.get('mic')?.row.append(this.meter);
    this.#test.append(icon('play'), text.lobby.testSound);
    this.append(this.#test);
  }

  /**
   * @param {Choices} choices
   * @param {Used} used
   */
  show(choices, used) {
    for (const [source, { row, select }] of this.#rows) {
      const devices = choices[source];
      row.hidden = devices.length === 0;
      // The list is left alone while nothing changed: it may be open.
      const now = JSON.stringify([devices, used[source]]);
      if (select.dataset['shown'] === now) continue;
      select.dataset['shown'] = now;
      select.replaceChildren(...devices.map((device, index) => option(device, index, used[source])));
    }
  }

  /**
   * @param {Choice} source
   * @param {import('./icon.js').IconName} symbol
   * @param {string} label
   */
  #row(source, symbol, label) {
    const select = h('select', { 'aria-label': label, title: label, 'data-testid': `device-${source}` });
    select.addEventListener('change', () => emit(this, 'choose', { source, deviceId: select.value }));
    const row = h('div', { class: 'device', hidden: true }, icon(symbol), select);
    this.#rows.set(source, { row, select });
    return row;
  }
}

/**
 * @param {MediaDeviceInfo} device
 * @param {number} index
 * @param {string | null} used
 */
function option({ deviceId, label }, index, used) {
  const name = label || text.lobby.unnamedDevice(index + 1);
  return h('option', { value: deviceId, dir: 'auto', selected: deviceId === used }, name);
}

customElements.define('vv-device-choice', DeviceChoice);
