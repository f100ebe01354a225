import { CHANGEOVER } from './changeover.js';
import { Emitter } from './emitter.js';
import { Growth } from './growth.js';
import { RemoteParticipant } from './participant.js';
import { until, within } from './patience.js';
import { MIX } from './protocol.js';

/** @typedef {import('./protocol.js').MixReason} MixReason */
/** @typedef {import('./forward.js').Forwarding} Forwarding */

/**
 * How far this side has got: everybody is seen; the mix is asked for as well, and not seen yet; it is seen and heard in place of
 * everybody; it still is, and everybody is asked for as well.
 *
 * @typedef {'off' | 'coming' | 'on' | 'going'} MixState
 */

/**
 * @typedef {object} MixingOptions
 * @property {import('./plan.js').Paths} paths
 * @property {() => Iterable<RemoteParticipant>} others
 * @property {typeof MediaStream} MediaStream
 * @property {(on: boolean) => Promise<unknown>} prepare resolves once the mix, or everybody, can be shown in place of what is
 *   shown now, so that it can be changed in the same task
 * @property {() => number} now in milliseconds
 */

/**
 * Takes the mix in place of everybody's media while the plan wants that, and everybody's again when it does not, without a dark
 * moment (docs/protocol.md, section 8).
 *
 * - `changed`: its state, what comes of it, or why
 *
 * @extends {Emitter<{changed: undefined}>}
 */
export class Mixing extends Emitter {
  /** @type {MixState} */ state = 'off';
  /** Why this side received it last. @type {MixReason | null} */ reason = null;
  /** What comes of the mix, as of somebody who publishes through the server; null while it is off. @type {RemoteParticipant | null} */
  participant = null;

  #options;
  /** @type {Forwarding | null} */ #forwarding = null;
  #wanted = false;
  /** Ends what the present state waits for. */ #waiting = new AbortController();

  /** @param {MixingOptions} options */
  constructor(options) {
    super();
    this.#options = options;
  }

  /** Whether the mix is seen and heard, and nobody apart from it. */
  get isAlone() {
    return this.state === 'on';
  }

  /** Whether the mix is seen and heard, even if others are asked for by now. */
  get isShown() {
    return this.state === 'on' || this.state === 'going';
  }

  /**
   * The plan, or the connection with the server, is another one.
   *
   * @param {MixReason | null} reason why this side is to receive the mix; null: it is not
   * @param {Forwarding | null} forwarding
   */
  follow(reason, forwarding) {
    if (forwarding !== this.#forwarding) {
      // The one before is told nothing any more.
      this.#forwarding = null;
      this.#end();
    }
    this.#forwarding = forwarding;
    this.#wanted = reason !== null && forwarding !== null;
    const news = reason !== null && reason !== this.reason;
    if (news) this.reason = reason;
    if (this.#wanted && this.state === 'off') void this.#come();
    else if (this.#wanted && this.state === 'going' && this.#receiver) this.#become('on');
    else if (!this.#wanted && this.state === 'coming') this.#end();
    else if (!this.#wanted && this.state === 'on') void this.#go();
    else if (news) this.emit('changed', undefined);
    this.mark();
  }

  /** Somebody has come, or the plan is another one: who is seen and heard in the mix knows it. */
  mark() {
    for (const participant of this.#options.others()) {
      // Whoever does not send to the server is none of what it mixes.
      const sends = participant.kind !== 'classic' && this.#options.paths.wanted(participant.id) === 'forward';
      participant.mixed = this.isShown && sends;
    }
  }

  close() {
    this.follow(null, null);
  }

  /** The mix is made ready, beside everybody. */
  async #come() {
    this.#listen();
    this.#become('coming');
    const { signal } = this.#waiting;
    const growth = new Growth(this.#options.now);
    const isReady = async () => {
      if (this.participant?.legOf('forward') !== 'connected') return false;
      return !this.#isOnScreen || growth.hasPicture(this.#receiver, true);
    };
    if (!(await until(CHANGEOVER.look, isReady, signal))) return;
    if (this.#isOnScreen) await within(CHANGEOVER.prepare, this.#options.prepare(true));
    if (!signal.aborted) this.#become('on');
  }

  /** Everybody is made ready, behind the mix: no longer than its last picture may stand still. */
  async #go() {
    this.#become('going');
    const { signal } = this.#waiting;
    const growth = new Growth(this.#options.now);
    const ready = until(CHANGEOVER.look, () => this.#othersHavePictures(growth), signal);
    await within(CHANGEOVER.prepare, ready.then((is) => is && this.#options.prepare(false)));
    if (signal.aborted) return;
    this.#end();
    // It may be wanted again, and had no picture any more.
    if (this.#wanted) void this.#come();
  }

  #end() {
    const { participant } = this;
    if (!participant) return;
    this.participant = null;
    this.#become('off');
    participant.close();
  }

  /** @param {MixState} state */
  #become(state) {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    this.state = state;
    this.mark();
    // What is on screen changes first, and is told then.
    this.emit('changed', undefined);
    if (this.#forwarding) this.#forwarding.mixing = state;
  }

  #listen() {
    const state = { mic: true, camera: true, screen: false, screen_audio: false, hand: false };
    const info = { id: MIX, name: '', kind: /** @type {const} */ ('whip'), host: false, connected: true, state };
    const participant = new RemoteParticipant(info, 'forward', this.#options.MediaStream);
    participant.mixed = true;
    participant.forwardedLeg = this.#forwarding?.legOf(MIX) ?? null;
    participant.on('leg', () => this.emit('changed', undefined));
    this.participant = participant;
  }

  /** Where its picture arrives. */
  get #receiver() {
    return this.participant?.by('forward').receiver('camera') ?? null;
  }

  /** Whether its picture is looked at: it is not where only sound is wanted, or nobody sees the page. */
  get #isOnScreen() {
    return this.#forwarding?.shown.some(({ participant }) => participant === MIX) ?? false;
  }

  /** @param {Growth} growth */
  async #othersHavePictures(growth) {
    const others = new Map([...this.#options.others()].map((participant) => [participant.id, participant]));
    const pictures = (this.#forwarding?.shown ?? []).map(async ({ participant: id, source }) => {
      const participant = others.get(id);
      if (!participant?.state[source] || participant.undecodable[source] !== undefined) return true;
      const { taken } = participant;
      return growth.hasPicture(participant.by(taken).receiver(source), taken === 'forward');
    });
    return (await Promise.all(pictures)).every(Boolean);
  }
}
