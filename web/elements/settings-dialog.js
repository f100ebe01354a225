// Which devices, during the call, and whether everybody is received in one picture.

import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { MixChoice } from './mix-choice.js';
import { text } from '../messages/index.js';

/** @typedef {'mic' | 'camera' | 'output'} Choice */
/** @typedef {{devices: MediaDeviceInfo[], used: string | null}} Offer */

/** Emits `choose` {source, deviceId}; a loudspeaker is a source named `output`. */
export class SettingsDialog extends HTMLElement {
  mix = new MixChoice();
  #shown = '';
  #form = h('div', { class: 'dialog-form' });
  #made = makeDialog({ title: text.settings.heading, testid: 'settings-dialog' }, this.#form, this.mix);

  connectedCallback() {
    if (!this.firstChild) this.append(this.#made.dialog);
  }

  get isOpen() {
    return this.#made.dialog.open;
  }

  open() {
    this.#made.open();
  }

  /** @param {Record<Choice, Offer>} offers no loudspeakers: the browser lets nobody choose one */
  show(offers) {
    // The lists are left alone while nothing changed: one of them may be open.
    const now = JSON.stringify(offers);
    if (now === this.#shown) return;
    this.#shown = now;
    const focused = this.#form.querySelector(':focus')?.id;
    const fields = /** @type {const} */ (['mic', 'camera', 'output']).flatMap((source) =>
      this.#field(source, offers[source]),
    );
    this.#form.replaceChildren(...fields);
    if (focused) document.getElementById(focused)?.focus();
  }

  /**
   * @param {Choice} source
   * @param {Offer} offer
   */
  #field(source, { devices, used }) {
    const id = `device-${source}`;
    const select = h('select', { id, 'data-testid': id, disabled: devices.length === 0 });
    if (devices.length === 0)
      select.append(h('option', {}, source === 'output' ? text.settings.noOutput : text.settings.none));
    devices.forEach((device, index) => {
      const name = device.label || text.lobby.unnamedDevice(index + 1);
      select.append(h('option', { value: device.deviceId, selected: device.deviceId === used }, name));
    });
    select.addEventListener('change', () => emit(this, 'choose', { source, deviceId: select.value }));
    return [h('label', { for: id }, text.settings[source]), select];
  }
}

customElements.define('vv-settings-dialog', SettingsDialog);
