// A call that the server forwards: what is on screen goes to the library, and what only such a call has comes to the page.

import { listen } from '../elements/dom.js';
import { text } from '../messages/index.js';
import { keep, recall } from './memory.js';

/** @typedef {import('../elements/on-screen.js').Item} Item */

/** How often the server is asked for figures while somebody reads them, in milliseconds. */
const ASK_EVERY = 2_000;

/** Where the server takes media: where it serves this page. */
const PORT = Number(location.port) || (location.protocol === 'https:' ? 443 : 80);

/** Binds the library's Forwarding to the stage, the sound-only button and the statistics. */
export class CallForward {
  #call;
  #page;
  #notices;
  #soundOnly;
  /** @type {Item[]} */
  #shown = [];
  #reachable = true;
  /** Who was said not to be reached by the server, by id. @type {string[]} */
  #warned = [];
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {import('../lib/call.js').Call} parts.call
   * @param {import('../elements/call-page.js').CallPage} parts.page
   * @param {import('./call-notices.js').CallNotices} parts.notices
   */
  constructor({ call, page, notices }) {
    this.#call = call;
    this.#page = page;
    this.#notices = notices;
    this.#soundOnly = recall('soundOnly') === call.room;
  }

  start() {
    const call = this.#call;
    const asking = setInterval(() => void this.#ask(), ASK_EVERY);
    this.#stops = [
      () => clearInterval(asking),
      call.on('plan', () => this.#follow()),
      call.on('sounds', () => this.#play()),
      call.on('reachable', (reachable) => this.#reach(reachable)),
    ];
    listen(this.#page.stage, 'shown', (/** @type {{items: Item[]}} */ { items }) => this.#show(items));
    listen(this.#page, 'sound-only', () => this.#toggle());
    listen(this.#page, 'open', () => void this.#ask());
    listen(this.#page.tileMenu, 'volume', () => this.#play());
  }

  stop() {
    for (const stop of this.#stops) stop();
  }

  /** The server forwards somebody, or nobody any more. */
  #follow() {
    this.#page.stage.paged = this.#forwards;
    this.#reach(this.#call.forwarding === null || this.#reachable);
    this.#warn();
    this.#tell();
  }

  /** Says whom the server cannot be reached by, before it is needed: to them, and to the host. */
  #warn() {
    const { self, participants, paths } = this.#call;
    const concerned = paths.plan.unreached.filter((id) => id === self.id || (self.host && participants.has(id)));
    for (const id of this.#warned) if (!concerned.includes(id)) this.#notices.standbyWorks(id);
    for (const id of concerned) {
      const name = id === self.id ? null : (participants.get(id)?.name ?? '');
      if (!this.#warned.includes(id)) this.#notices.standbyBlocked(id, name, PORT);
    }
    this.#warned = concerned;
  }

  /** Whether the server forwards anybody's media. */
  get #forwards() {
    return this.#call.forwarding !== null && this.#call.paths.forwards;
  }

  /** What comes directly, the tiles play. */
  #play() {
    this.#page.stage.playSounds(this.#call.sounds.filter(({ path }) => path === 'forward'));
  }

  /** @param {boolean} reachable whether the media port of the server is; where others can be reached directly that is told otherwise */
  #reach(reachable) {
    this.#reachable = reachable;
    this.#notices.media(reachable || this.#call.paths.plan.legs);
  }

  /** @param {Item[]} items */
  #show(items) {
    this.#shown = items;
    if (this.#call.forwarding) this.#call.forwarding.shown = items;
  }

  #toggle() {
    if (!this.#forwards) return;
    this.#soundOnly = !this.#soundOnly;
    keep('soundOnly', this.#soundOnly ? this.#call.room : null);
    this.#page.announcer.say(this.#soundOnly ? text.said.soundOnly : text.said.soundOnlyEnd);
    this.#tell();
  }

  /** Says everywhere whether there are to be pictures. */
  #tell() {
    const { forwarding } = this.#call;
    const on = this.#forwards && this.#soundOnly;
    if (forwarding) {
      forwarding.soundOnly = on;
      forwarding.shown = this.#shown;
    }
    this.#page.stage.soundOnly = on;
    this.#page.controls.showSoundOnly({ offered: this.#forwards, on });
    this.#notices.soundOnly(on, () => this.#toggle());
  }

  async #ask() {
    const { forwarding } = this.#call;
    const wanted = forwarding && this.#page.panel === 'stats' && this.#call.state === 'joined';
    if (wanted) this.#page.stats.showServer(await forwarding.serverStats());
    else if (!forwarding) this.#page.stats.showServer(null);
  }
}
