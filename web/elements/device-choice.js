// Which camera and which microphone.

import { emit, h } from './dom.js';
import { text } from '../messages/index.js';

/** @typedef {"mic" | "camera"} DeviceSource */

/** One list per kind, only where there is something to choose. Emits `choose` {source, deviceId}. */
export class DeviceChoice extends HTMLElement {
  /**
   * @param {MediaDeviceInfo[]} devices
   * @param {{mic: string | null, camera: string | null}} used device ids
   */
  show(devices, used) {
    const camera = this.#list('camera', text.lobby.cameraChoice, choosable(devices, 'videoinput'), used.camera);
    const mic = this.#list('mic', text.lobby.micChoice, choosable(devices, 'audioinput'), used.mic);
    this.replaceChildren(...camera, ...mic);
  }

  /**
   * @param {DeviceSource} source
   * @param {string} label
   * @param {MediaDeviceInfo[]} devices
   * @param {string | null} used
   */
  #list(source, label, devices, used) {
    if (devices.length < 2) return [];
    const id = `choice-${source}`;
    const select = h('select', { id });
    devices.forEach((device, index) => {
      const name = device.label || text.lobby.unnamedDevice(index + 1);
      select.append(h('option', { value: device.deviceId, selected: device.deviceId === used }, name));
    });
    select.addEventListener('change', () => emit(this, 'choose', { source, deviceId: select.value }));
    return [h('label', { for: id }, label), select];
  }
}

/**
 * Devices have no ids until the page was allowed to use one: those cannot be chosen.
 * @param {MediaDeviceInfo[]} devices
 * @param {MediaDeviceKind} kind
 */
function choosable(devices, kind) {
  return devices.filter((device) => device.kind === kind && device.deviceId !== '');
}

customElements.define('vv-device-choice', DeviceChoice);
