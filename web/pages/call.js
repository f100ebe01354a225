// The call: binds the library's Call to the page that shows it.

import { shownName } from '../elements/avatar.js';
import { CallPage } from '../elements/call-page.js';
import { copyText } from '../elements/copy.js';
import { listen } from '../elements/dom.js';
import { Call } from '../lib/call.js';
import { roomLink, socketUrl } from '../lib/links.js';
import { CallNotices } from './call-notices.js';
import { endingOf } from './ending.js';
import { WakeLock } from './wake-lock.js';

/** @typedef {import('./devices.js').Devices} Devices */
/** @typedef {import('../lib/links.js').CallLink} CallLink */
/** @typedef {import('../lib/protocol.js').ChatMessage} ChatMessage */
/** @typedef {import('../elements/ended-page.js').Ending} Ending */
/** @typedef {import('../lib/call.js').RemoteParticipant} RemoteParticipant */

/**
 * @typedef {object} CallOptions
 * @property {CallLink} link what the address asks for
 * @property {string} name of the person
 * @property {Devices} devices
 * @property {(ending: Ending) => void} ended the call is over, by whatever reason
 */

/** One call from joining to its end. */
export class CallView {
  page = new CallPage();
  #options;
  #notices;
  #awake = new WakeLock();
  /** @type {(() => void)[]} */
  #unsubscribe = [];
  #over = false;

  /** @param {CallOptions} options */
  constructor(options) {
    this.#options = options;
    const { link, name, devices } = options;
    this.#notices = new CallNotices(this.page.notices, devices.problems);
    this.call = new Call({
      url: socketUrl(location.href),
      room: link.room ?? '',
      name,
      media: devices.media,
      ice: link.ice,
      ...(link.path && { path: link.path }),
    });
  }

  /** Begins the call; waits for no device. */
  start() {
    const { devices } = this.#options;
    this.page.begin({ room: this.call.room, link: this.#address });
    this.#bindPage();
    this.#bindCall();
    devices.changed = () => this.#showSelf();
    this.#showSelf();
    this.#notices.joining();
    this.#awake.hold();
    void devices.start();
    this.call.join().catch((error) => this.#end(endingOf(error)));
  }

  /** Leaves without asking or showing anything. */
  stop() {
    if (this.#over) return;
    this.#finish();
    void this.call.leave();
  }

  /** What is sent to others. */
  get #address() {
    return roomLink(location.href, this.call.room);
  }

  #bindPage() {
    const { page } = this;
    const { devices } = this.#options;
    listen(page, 'mute', () => void devices.toggle('mic'));
    listen(page, 'camera', () => void devices.toggle('camera'));
    listen(page, 'copy', () => void this.#copy());
    listen(page, 'leave', () => void this.call.leave());
    listen(page, 'send', (/** @type {{text: string}} */ { text }) => void this.#send(text));
    listen(page, 'blocked', () => this.#notices.silent(() => page.hear()));
  }

  #bindCall() {
    const { call } = this;
    this.#unsubscribe.push(
      call.on('state', ({ state, reason }) => this.#showState(state, reason)),
      call.on('participants', ({ type, participant }) => this.#showParticipant(type, participant)),
      call.on('leg', ({ participant }) => this.page.showParticipant(participant)),
      call.on('stats', () => this.#refresh()),
      call.on('chat', (message) => this.#showMessage(message)),
      call.on('error', (refusal) => this.#notices.refused(refusal)),
    );
  }

  /**
   * @param {import('../lib/call.js').CallState} state
   * @param {string} [reason]
   */
  #showState(state, reason) {
    if (state === 'left') this.#end('left');
    else if (state === 'failed') this.#end(endingOf({ code: reason }));
    else if (state === 'reconnecting') this.#notices.lost();
    else if (state === 'joined') {
      this.#notices.joined();
      this.page.joined();
    }
  }

  /**
   * @param {'joined' | 'left' | 'changed'} type
   * @param {RemoteParticipant} participant
   */
  #showParticipant(type, participant) {
    if (type === 'left') this.page.dropParticipant(participant.id);
    else this.page.showParticipant(participant);
    // Whoever was in the room before is no news, and neither is who is found again after a lost connection.
    const news = type !== 'changed' && this.call.state === 'joined';
    if (news) this.#notices.moved(type, shownName(participant.name));
  }

  /** A classic client may add a track at any time, and nothing else tells of it. */
  #refresh() {
    for (const participant of this.call.participants.values()) this.page.showParticipant(participant);
  }

  /** @param {ChatMessage} message */
  #showMessage(message) {
    // The room began anew while the connection was lost, and its conversation with it.
    if (this.call.chat[0] === message) this.page.clearMessages();
    this.page.addMessage(message, message.from === this.call.self.id);
  }

  #showSelf() {
    const { devices, name } = this.#options;
    this.page.showSelf({ ...devices.shown, name });
    this.#notices.devices(devices.problems);
    if (devices.capturing) this.#notices.audible();
  }

  async #copy() {
    this.#notices.link(await copyText(this.#address), this.#address);
  }

  /** @param {string} written */
  async #send(written) {
    try {
      await this.call.sendChat(written);
    } catch {
      this.page.returnText(written);
    }
  }

  /** @param {Ending} ending */
  #end(ending) {
    if (this.#over) return;
    this.#finish();
    this.#options.ended(ending);
  }

  #finish() {
    this.#over = true;
    this.#notices.end();
    this.#awake.release();
    this.#options.devices.changed = () => {};
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
