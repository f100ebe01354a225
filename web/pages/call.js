// The call: binds the library's Call to the page that shows it.

import { CallPage } from '../elements/call-page.js';
import { shownName } from '../elements/avatar.js';
import { copyText } from '../elements/copy.js';
import { listen } from '../elements/dom.js';
import { Call } from '../lib/call.js';
import { roomLink, socketUrl } from '../lib/links.js';
import { text } from '../messages/index.js';
import { endingOf } from './ending.js';

/** @typedef {import('./devices.js').Devices} Devices */
/** @typedef {import('../lib/links.js').CallLink} CallLink */
/** @typedef {import('../elements/ended-page.js').Ending} Ending */
/** @typedef {import('../lib/call.js').RemoteParticipant} RemoteParticipant */

/**
 * @typedef {object} CallOptions
 * @property {CallLink} link what the address asks for
 * @property {string} name of the person
 * @property {Devices} devices
 * @property {(ending: Ending) => void} ended the call is over, by whatever reason
 */

const DEVICE_SOURCES = /** @type {const} */ (['mic', 'camera']);

/** After this time without an answer the page says that the server cannot be reached, in milliseconds. */
const JOINING_IS_SLOW = 4_000;

/** One call from joining to its end. */
export class CallView {
  page = new CallPage();
  #options;
  #room;
  /** What is sent to others. */
  #address;
  /** @type {(() => void)[]} */
  #unsubscribe = [];
  #wasLost = false;
  #over = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slow;

  /** @param {CallOptions} options */
  constructor(options) {
    this.#options = options;
    const { link, name, devices } = options;
    this.#room = link.room ?? '';
    this.#address = roomLink(location.href, this.#room);
    this.call = new Call({
      url: socketUrl(location.href),
      room: this.#room,
      name,
      media: devices.media,
      ice: link.ice,
      ...(link.path && { path: link.path }),
    });
  }

  /** Begins the call; waits for no device. */
  start() {
    const { devices } = this.#options;
    this.page.begin({ room: this.#room, link: this.#address });
    this.#bindPage();
    this.#bindCall();
    devices.changed = () => this.#showSelf();
    this.#showSelf();
    this.page.notices.show({ id: 'signaling', text: text.call.joining, kind: 'quiet', fixed: true });
    this.#slow = setTimeout(() => this.#sayUnreachable(), JOINING_IS_SLOW);
    void devices.start();
    this.call.join().catch((error) => this.#end(endingOf(error)));
  }

  /** Leaves without asking or showing anything. */
  stop() {
    if (this.#over) return;
    this.#finish();
    void this.call.leave().catch(() => undefined);
  }

  #sayUnreachable() {
    this.page.notices.show({ id: 'signaling', text: text.call.unreachable, kind: 'warning', fixed: true });
  }

  #bindPage() {
    const { devices } = this.#options;
    listen(this.page, 'mute', () => void devices.toggle('mic'));
    listen(this.page, 'camera', () => void devices.toggle('camera'));
    listen(this.page, 'copy', () => void this.#copy());
    listen(this.page, 'leave', () => this.#leave());
    listen(this.page, 'send', (/** @type {{text: string}} */ detail) => void this.#send(detail.text));
    listen(this.page, 'blocked', () => this.#offerSound());
  }

  #bindCall() {
    const { call } = this;
    this.#unsubscribe.push(
      call.on('state', (state) => this.#showState(state)),
      call.on('participants', ({ type, participant }) => this.#showParticipant(type, participant)),
      call.on('leg', ({ participant }) => this.page.showParticipant(participant)),
      call.on('chat', (message) => this.page.addMessage(message, message.from === call.self.id)),
      call.on('error', ({ message }) =>
        this.page.notices.show({ id: 'refused', text: text.call.problem(message), kind: 'warning' }),
      ),
    );
  }

  /** @param {{state: string, reason?: string}} state */
  #showState({ state, reason }) {
    const { notices } = this.page;
    if (state === 'failed' || state === 'left') return this.#end(endingOf({ code: reason ?? 'left' }));
    if (state === 'reconnecting') {
      this.#wasLost = true;
      notices.show({ id: 'signaling', text: text.call.reconnecting, kind: 'warning', fixed: true });
    }
    if (state !== 'joined') return;
    clearTimeout(this.#slow);
    notices.clear('signaling');
    if (this.#wasLost) notices.show({ id: 'back', text: text.call.back, kind: 'quiet', passing: true });
    this.#wasLost = false;
  }

  /**
   * @param {'joined' | 'left' | 'changed'} type
   * @param {RemoteParticipant} participant
   */
  #showParticipant(type, participant) {
    if (type === 'left') this.page.dropParticipant(participant.id);
    else this.page.showParticipant(participant);
    if (type === 'changed') return;
    const sentence = text.call[type](shownName(participant.name));
    this.page.notices.show({ id: 'who', text: sentence, kind: 'quiet', passing: true });
  }

  #showSelf() {
    const { devices, name } = this.#options;
    const { notices } = this.page;
    this.page.showSelf({ ...devices.shown(), name });
    for (const source of DEVICE_SOURCES) {
      const problem = devices.problem(source);
      if (problem) notices.show({ id: source, text: problem, kind: 'warning' });
      else notices.clear(source);
    }
  }

  #offerSound() {
    const run = () => {
      this.page.hear();
      this.page.notices.clear('sound');
    };
    this.page.notices.show({ id: 'sound', text: text.call.blocked, action: { label: text.call.hear, run } });
  }

  async #copy() {
    const copied = await copyText(this.#address);
    const sentence = copied ? text.controls.copied : text.controls.copyThis(this.#address);
    this.page.notices.show({ id: 'copy', text: sentence, passing: copied });
  }

  /** @param {string} written */
  async #send(written) {
    try {
      await this.call.sendChat(written);
    } catch {
      this.page.returnText(written);
    }
  }

  #leave() {
    void this.call.leave().catch(() => undefined);
    this.#end('left');
  }

  /** @param {Ending} ending */
  #end(ending) {
    if (this.#over) return;
    this.#finish();
    this.#options.ended(ending);
  }

  #finish() {
    this.#over = true;
    clearTimeout(this.#slow);
    this.#options.devices.changed = () => {};
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
