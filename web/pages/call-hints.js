// What is said quietly during a call: about the network, the microphone, and a second tab.

import { MicWatch } from '../lib/mic-watch.js';
import { Tabs } from '../lib/tabs.js';
import { emit } from '../elements/dom.js';

/** Binds what watches the call to its notices. */
export class CallHints {
  #parts;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {import('../lib/call.js').Call} parts.call
   * @param {import('../elements/call-page.js').CallPage} parts.page
   * @param {import('./devices.js').Devices} parts.devices
   * @param {import('./call-notices.js').CallNotices} parts.notices
   * @param {() => void} parts.taken another tab goes on with the call
   */
  constructor(parts) {
    this.#parts = parts;
  }

  start() {
    const { call, notices } = this.#parts;
    this.#stops.push(call.on('hint', (hint) => notices.network(hint)));
    this.#watchMic();
    this.#watchTabs();
  }

  stop() {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #watchMic() {
    const { call, page, devices, notices } = this.#parts;
    const watch = new MicWatch(devices.media);
    const help = { unmute: () => void devices.toggle('mic'), choose: () => emit(page, 'settings') };
    for (const what of /** @type {const} */ (['muted-speaking', 'silent', 'ok']))
      watch.on(what, () => (what !== 'muted-speaking' || call.allows('mic')) && notices.mic(what, help));
    this.#stops.push(() => watch.stop());
  }

  #watchTabs() {
    const { call, notices, taken } = this.#parts;
    const tabs = new Tabs(call.room);
    tabs.on('elsewhere', () => notices.elsewhere(() => void tabs.takeOver()));
    tabs.on('free', () => notices.alone());
    tabs.on('taken', taken);
    this.#stops.push(() => tabs.release());
  }
}
