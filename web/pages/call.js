// The call: binds the library's Call to the page that shows it.

import { CallPage } from '../elements/call-page.js';
import { copyText } from '../elements/copy.js';
import { listen } from '../elements/dom.js';
import { Call } from '../lib/call.js';
import { roomLink, socketUrl, watchLink } from '../lib/links.js';
import { allowsMix, pathOfPolicy, policyFor } from '../lib/policy.js';
import { report } from '../lib/report.js';
import { CallCosts } from './call-costs.js';
import { CallForward } from './call-forward.js';
import { CallHints } from './call-hints.js';
import { CallHosting } from './call-hosting.js';
import { CallMedia } from './call-media.js';
import { CallMix, wantsMix } from './call-mix.js';
import { CallNotices } from './call-notices.js';
import { CallPeople } from './call-people.js';
import { CallRecording } from './call-recording.js';
import { endingOf } from './ending.js';
import { mark } from './frame.js';
import { keep, recall } from './memory.js';
import { WakeLock } from './wake-lock.js';

/** @typedef {import('./devices.js').Devices} Devices */
/** @typedef {import('../lib/links.js').CallLink} CallLink */
/** @typedef {import('../lib/protocol.js').ChatMessage} ChatMessage */
/** @typedef {import('../elements/ended-page.js').Ending} Ending */

/**
 * @typedef {object} CallOptions
 * @property {CallLink} link what the address asks for
 * @property {string} name of the person
 * @property {Devices} devices
 * @property {() => void} waits a host has to let the person in
 * @property {(ending: Ending) => void} ended the call is over, by whatever reason
 */

/** Whoever rejoins is somebody new for the server: who one was in the last calls of this page. @type {string[]} */
const earlierSelves = [];

/** The most of them that are kept. */
const SELVES_KEPT = 50;

/** One call from joining to its end. */
export class CallView {
  page = new CallPage();
  #options;
  #notices;
  #people;
  #media;
  #hints;
  #forward;
  #mix;
  #recording;
  #costs;
  #hosting;
  #awake = new WakeLock();
  /** @type {(() => void)[]} */
  #unsubscribe = [];
  #over = false;

  /** @param {CallOptions} options */
  constructor(options) {
    this.#options = options;
    const { link, name, devices } = options;
    const [kept, pass] = [recall('hostKey'), recall('token')];
    this.call = new Call({
      url: socketUrl(location.href),
      room: link.room ?? '',
      name,
      media: devices.media,
      ice: link.ice,
      ...(kept && kept.room === link.room && { hostKey: kept.key }),
      ...(pass && pass.room === link.room && { token: pass.token }),
      roomPolicy: policyFor(recall('policy'), link),
      codec: link.codec,
      prepare: (participant, path) => this.page.stage.prepare(participant, path),
      mix: wantsMix(link),
      prepareMix: (on) => this.page.stage.prepareMix(on),
    });
    const { page, call } = this;
    const notices = (this.#notices = new CallNotices(page.notices, devices.problems));
    this.#people = new CallPeople(call, page, notices);
    this.#media = new CallMedia({ call, page, devices, notices, name });
    this.#forward = new CallForward({ call, page, notices });
    this.#mix = new CallMix({ call, page, notices });
    this.#recording = new CallRecording({ call, page, notices });
    this.#costs = new CallCosts({ call, page });
    this.#hosting = new CallHosting({ call, page, devices, notices });
    this.#hints = new CallHints({ call, page, devices, notices, taken: () => this.#end('taken-over') });
  }

  /** Begins the call; waits for no device. */
  start() {
    this.page.begin({ room: this.call.room, letters: recall('letters') });
    this.#invite();
    this.#bind();
    this.#people.start();
    this.#forward.start();
    this.#mix.start();
    this.#recording.start();
    this.#costs.start();
    this.#hosting.start();
    this.#media.start();
    this.#hints.start();
    this.#notices.joining();
    this.#awake.hold();
    void this.#options.devices.start();
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
    return roomLink(location.href, this.call.room, pathOfPolicy(this.call.policy));
  }

  #invite() {
    const { room, policy } = this.call;
    this.page.invite({ link: this.#address, watch: allowsMix(policy) ? watchLink(location.href, room) : null });
  }

  #bind() {
    const { page, call } = this;
    listen(page, 'copy', () => void this.#copy());
    listen(page, 'leave', () => void call.leave());
    listen(page, 'hand', () => this.#people.show());
    listen(page, 'unread', (/** @type {{count: number}} */ { count }) => mark(count));
    listen(page, 'letters', (/** @type {{on: boolean}} */ { on }) => keep('letters', on));
    listen(page.chat, 'send', (/** @type {{text: string}} */ { text }) => void this.#send(text));
    listen(page.stage, 'blocked', () => this.#notices.silent(() => page.stage.hear()));
    listen(page.stats, 'copy', async () => {
      this.#notices.report(await copyText(report(call, { server: page.stats.server })));
    });
    this.#unsubscribe.push(
      call.on('state', ({ state, reason }) => this.#showState(state, reason)),
      call.on('plan', () => this.#invite()),
      call.on('appointed', () => this.#keepKey()),
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
    else if (state === 'reconnecting') this.#notices.lost(this.call.paths.of(this.call.self.id) === 'forward');
    else if (state === 'waiting') {
      this.#notices.waiting();
      this.#options.waits();
    } else if (state === 'joined') {
      this.#keepKey();
      this.#notices.joined();
      this.#people.show();
    }
  }

  /** Whoever loads the page anew is a host still, which matters where nobody else could let them in. */
  #keepKey() {
    const { room, hostKey } = this.call;
    if (hostKey !== null) keep('hostKey', { room, key: hostKey });
  }

  /** @param {ChatMessage} message */
  #showMessage(message) {
    const own = [this.call.self.id, ...earlierSelves].includes(message.from);
    // What was said before one came can be read back, and is no news.
    this.page.addMessage(message, { own, news: this.call.state !== 'joining' });
  }

  async #copy() {
    this.#notices.link(await copyText(this.#address), this.#address);
  }

  /** @param {string} written */
  async #send(written) {
    const { page, call } = this;
    const { id: from, name } = call.self;
    const takeBack = page.chat.wait({ id: 0, from, name, text: written, time: Date.now() });
    try {
      await call.sendChat(written);
    } catch {
      page.chat.returnText(written);
    } finally {
      takeBack();
    }
  }

  /** @param {Ending} ending */
  #end(ending) {
    if (this.#over) return;
    this.#finish();
    // Another tab may have taken the call: then nobody has told the server yet.
    void this.call.leave();
    this.#options.ended(ending);
  }

  #finish() {
    this.#over = true;
    earlierSelves.unshift(this.call.self.id);
    earlierSelves.splice(SELVES_KEPT);
    for (const part of [this.#people, this.#forward, this.#mix, this.#recording, this.#costs, this.#hosting, this.#media, this.#hints, this.#notices]) {
      part.stop();
    }
    this.#awake.release();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
