// Hosts and guests: what a host or the rules of the room do to this side, and the way to what hosts can do, which is fetched when it
// is needed.

import { shownName } from '../elements/avatar.js';
import { listen } from '../elements/dom.js';
import { text } from '../messages/index.js';

/** @typedef {import('./hosting.js').Hosting} Hosting */

const SWITCHED = /** @type {const} */ (['mic', 'camera', 'screen']);

/** Binds the rules of the room to the buttons, and what hosts do to the devices and the notices. */
export class CallHosting {
  #parts;
  /** @type {Promise<Hosting | null> | null} */
  #hosting = null;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {import('../lib/call.js').Call} parts.call
   * @param {import('../elements/call-page.js').CallPage} parts.page
   * @param {import('./devices.js').Devices} parts.devices
   * @param {import('./call-notices.js').CallNotices} parts.notices
   */
  constructor(parts) {
    this.#parts = parts;
  }

  start() {
    const { call, page, devices, notices } = this.#parts;
    this.#stops = [
      call.on('plan', () => this.#show()),
      call.on('state', () => this.#show()), // who is a host may be new as well
      call.on('participants', () => this.#show()),
      call.on('appointed', () => notices.appointed()),
      call.on('muted', (muted) => this.#muted(muted)),
      call.on('asked', ({ from, mic, camera }) => {
        if (mic) notices.asked('mic', this.#nameOf(from), () => void devices.toggle('mic'));
        if (camera) notices.asked('camera', this.#nameOf(from), () => void devices.toggle('camera'));
      }),
      call.on('knocks', () => void this.#tools(call.knocks.length > 0)),
      call.media.on('change', () => this.#answered()),
    ];
    listen(page, 'open', () => void this.#tools(page.panel === 'people'));
    listen(page, 'closed', () => void this.#tools(false));
    listen(page.people, 'policy', async () => (await this.#tools())?.decide());
    listen(page, 'policy', ({ policy }) => call.setPolicy(policy));
    listen(page, 'end', async () => (await this.#tools())?.end());
    listen(page, 'options', async (/** @type {{participant: string}} */ { participant }) => {
      if (call.self.host) (await this.#tools())?.offer(participant);
    });
  }

  stop() {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #show() {
    const { call, page, devices } = this.#parts;
    const why = (/** @type {'mic' | 'camera' | 'screen' | 'chat'} */ what) => (call.allows(what) ? null : text.hosting.forbidden[what]);
    page.controls.forbid({ mute: why('mic'), camera: why('camera'), share: why('screen') });
    page.chat.forbid(why('chat'));
    page.controls.showEnd(call.self.host && call.participants.size > 0);
    // One that the browser has yet to give is not to come on.
    for (const source of /** @type {const} */ (['mic', 'camera'])) if (!call.allows(source)) devices.turnOff(source);
    void this.#tools(false);
  }

  /**
   * What hosts can do, up to date.
   * @param {boolean} [wanted] whether it is to be fetched if it is not there
   * @returns {Promise<Hosting | null>}
   */
  async #tools(wanted = true) {
    if (wanted) this.#hosting ??= this.#fetch();
    const hosting = await this.#hosting;
    if (this.#stops.length === 0) return null;
    hosting?.show();
    return hosting;
  }

  /** @returns {Promise<Hosting | null>} null where the server cannot be reached: it is tried again when it is wanted again */
  async #fetch() {
    const { call, page, devices, notices } = this.#parts;
    const fetched = await import('./hosting.js').catch(() => null);
    if (!fetched) this.#hosting = null;
    return fetched && new fetched.Hosting({ call, page, notices, output: () => devices.used.output });
  }

  /** @param {import('../lib/room.js').RoomEvents['muted']} muted */
  #muted(muted) {
    const { devices, notices } = this.#parts;
    for (const source of SWITCHED.filter((each) => muted[each])) {
      if (source !== 'screen') devices.turnOff(source);
      const { forbidden, muted: by } = text.hosting;
      notices.muted(source, muted.from === null ? forbidden[source] : by[source](this.#nameOf(muted.from)));
    }
  }

  /** Whoever has done as they were asked is asked no more. */
  #answered() {
    const { call, notices } = this.#parts;
    for (const source of /** @type {const} */ (['mic', 'camera'])) if (call.media.isLive(source)) notices.answered(source);
  }

  /** @param {string} id of a host, who may have left */
  #nameOf(id) {
    const participant = this.#parts.call.participants.get(id);
    return participant ? shownName(participant.name) : text.hosting.someHost;
  }
}
