// Before a room whose hosts let people in, from the knock to its answer.

import { listen } from '../elements/dom.js';
import { WaitingPage } from '../elements/waiting-page.js';

/** One wait of a call that has begun. */
export class WaitingView {
  page = new WaitingPage();
  #parts;
  /** What the devices tell while this is not there. */
  #before;
  #changed = () => {
    this.#before();
    this.#showOwn();
  };
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {import('../lib/call.js').Call} parts.call
   * @param {import('./devices.js').Devices} parts.devices
   * @param {string} parts.name of the person
   * @param {() => void} parts.entered a host has opened
   */
  constructor(parts) {
    this.#parts = parts;
    this.#before = parts.devices.changed;
    this.page.begin(parts.call.room);
  }

  start() {
    const { call, devices } = this.#parts;
    listen(this.page, 'toggle', ({ source }) => void devices.toggle(source));
    listen(this.page, 'cancel', () => void call.leave());
    devices.changed = this.#changed;
    this.#stops = [
      call.on('waiting', () => this.page.show(call.waiting)),
      call.on('state', ({ state }) => this.#follow(state)),
    ];
    this.page.show(call.waiting);
    this.#showOwn();
  }

  #showOwn() {
    const { devices, name } = this.#parts;
    this.page.showOwn({ ...devices.shown, starting: devices.starting, name });
  }

  /** @param {import('../lib/call.js').CallState} state */
  #follow(state) {
    if (state === 'waiting') return;
    if (state === 'joining') return this.page.show(null);
    const { devices, entered } = this.#parts;
    for (const stop of this.#stops.splice(0)) stop();
    // Whoever has ended the call has taken the devices back already.
    if (devices.changed === this.#changed) devices.changed = this.#before;
    if (state === 'joined') entered();
  }
}
