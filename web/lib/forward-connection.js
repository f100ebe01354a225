import { towardsServer } from './ice.js';
import { divide } from './budget.js';
import { Emitter } from './emitter.js';
import { activate, applyEncoding } from './encoding.js';
import { ForwardLines, scalesFor, slotsFor, within } from './forward-lines.js';
import { Negotiator } from './negotiator.js';
import { LEG } from './peer.js';
import { KIND, ProtocolError, SOURCES } from './protocol.js';
import { Repair } from './repair.js';
import { withEssentials, withStartBitrate } from './sdp.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./protocol.js').Description} Description */
/** @typedef {import('./protocol.js').ClientMessage} ClientMessage */

/** How long after a change of the network packets have to arrive, in milliseconds. */
const VERIFY_MS = 1_000;

/** A connection that is not up after so long cannot be made, as far as the person is concerned; in milliseconds. */
export const UNREACHABLE_MS = 12_000;

/** When an offer that was refused is made again, while there is a connection that goes on meanwhile; in milliseconds. */
const AGAIN_MS = 5_000;

/** Codes that concern the session, and not an offer. */
const OVER = new Set(['void', 'closed']);

/**
 * @typedef {object} ConnectionOptions
 * @property {import('./media.js').LocalMedia} media
 * @property {import('./ice.js').IceServers} ice
 * @property {RTCIceTransportPolicy} policy `relay`: the server is reached through its own TURN
 * @property {import('./platform.js').Platform} platform
 * @property {(message: ClientMessage) => Promise<import('./protocol.js').SequencedMessage | null>} request
 * @property {import('./links.js').Codec | null} codec of the camera, see ForwardLines
 * @property {boolean} sending whether media is to be sent on it at first
 */

/**
 * The one RTCPeerConnection with the server, which only this side ever offers. It repairs itself: by an ICE restart
 * first, and by another RTCPeerConnection when that does not help or the server has lost the present one.
 *
 * - `state`: it has changed
 * - `replaced`: another one takes the place of the present one, and nothing is known of what its slots carry
 * - `answered`: the server has taken an offer
 * - `reachable`: whether the server's media port can be reached, once that is in doubt
 * - `error`: the server refuses an offer, or a description could not be made or applied
 *
 * @extends {Emitter<{
 *   state: import('./peer.js').Leg,
 *   replaced: undefined,
 *   answered: undefined,
 *   reachable: boolean,
 *   error: {code: string, message: string},
 * }>}
 */
export class ForwardConnection extends Emitter {
  /** @type {import('./peer.js').Leg} */ state = 'new';
  /** How many there were, the present one included: the server is told which one a message is about. */ number = 0;
  /** The encodings of one's own pictures that somebody watches, as the server says. @type {Map<Source, string[]>} */
  wanted = new Map();

  #options;
  #lines;
  #negotiator;
  #repair;
  /** How many pictures can be received. */ #video = slotsFor(0);
  #sending;
  #most = Infinity;
  /** Whether the server has lost it, whatever the browser believes. */ #lost = false;
  #signaled = true;
  #reachable = true;
  /** What was told last of the server's refusals. */ #complaint = '';
  /** Changes to the senders, one at a time. */ #changing = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #doubt;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #again;
  /** Until the first offer. @type {ReturnType<typeof setTimeout> | undefined} */ #later;
  /** Offers that were sent. */ #offers = 0;
  #closed = false;

  /** @param {ConnectionOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    const { media, platform, codec } = options;
    this.#sending = options.sending;
    const streams = { camera: new platform.MediaStream(), screen: new platform.MediaStream() };
    this.#lines = new ForwardLines({ streams, tracks: media.tracks, codecs: platform.videoCodecs(), codec });
    this.#repair = new Repair({
      healthy: () => this.#healthy,
      polite: () => false, // the server never offers
      offer: ({ again }) => this.#offer(again || this.#lost),
    });
    this.#negotiator = new Negotiator(false, {
      create: () => this.#create(),
      addSources: (pc) => this.#lines.add(pc, this.#video, this.#allocation.screen, this.#sending),
      matchSources: () => {},
      beforeGathering: (pc) => this.#refreshServers(pc),
      adjust: (sdp) => withStartBitrate(sdp, this.#allocation.start),
      sendDescription: (description) => void this.#request(description),
      sendCandidate: () => {}, // the server learns them from the checks
      confused: () => {},
      failed: (error) => this.emit('error', { code: 'negotiation', message: String(error) }),
    });
  }

  /**
   * Makes the first offer.
   *
   * @param {number} after so many milliseconds, unless it is to `hurry` by then
   */
  connect(after) {
    this.#later = setTimeout(() => this.hurry(), after);
    if (after === 0) this.hurry();
  }

  /** Makes the first offer now, if it has not been made. */
  hurry() {
    if (this.#later === undefined) return;
    this.#settle();
    this.#repair.expectConnection();
    this.#watch();
    void this.#negotiator.offer();
  }

  /** @param {Description} description */
  async answer(description) {
    await this.#negotiator.receive(description);
    if (this.#closed) return;
    this.#complaint = '';
    this.#change();
    this.emit('answered', undefined);
    // The transport may have been up all the time.
    this.#assess(this.#negotiator.pc);
  }

  /** @param {{source: Source, rids: string[]}[]} sources which encodings are wanted of these */
  want(sources) {
    for (const { source, rids } of sources) this.wanted.set(source, rids);
    this.#change();
  }

  /** Whether media is sent on it: what is not is switched off, and begins with a key frame again. */
  get sending() {
    return this.#sending;
  }

  set sending(sending) {
    if (sending === this.#sending) return;
    this.#sending = sending;
    this.#change();
  }

  /** What the camera may take, in bit/s, while it is sent on another path as well. @param {number} most */
  set most(most) {
    if (most === this.#most) return;
    this.#most = most;
    this.#change();
  }

  /** Publishes what LocalMedia has now. */
  publish() {
    const { tracks } = this.#options.media;
    for (const source of SOURCES) this.#lines.setTrack(source, tracks[source]);
    this.#change();
  }

  /** @param {string} mid */
  receiver(mid) {
    return this.#lines.slot(mid)?.receiver;
  }

  /** The slots for sound: the same ones for as long as the connection lasts. */
  get audioSlots() {
    return this.#lines.audioSlots;
  }

  /** How many pictures can be received. */
  get videoSlots() {
    return this.#video;
  }

  /**
   * Makes place for so many pictures. What was negotiated once stays.
   *
   * @param {number} pictures
   */
  fit(pictures) {
    const wanted = slotsFor(pictures);
    if (wanted <= this.#video) return;
    this.#video = wanted;
    const { pc } = this.#negotiator;
    if (pc.getTransceivers().length === 0) return; // they are in the first offer
    this.#lines.growTo(pc, wanted);
    void this.#negotiator.offer();
  }

  getStats() {
    return this.#negotiator.pc.getStats();
  }

  /** The network has changed: an ICE restart, unless packets still arrive. */
  async verify() {
    const before = await this.#bytesReceived();
    await new Promise((resolve) => setTimeout(resolve, VERIFY_MS));
    if (!this.#closed && (await this.#bytesReceived()) === before) this.#repair.now();
  }

  /** The server has given it up. */
  ended() {
    this.#lost = true;
    this.#repair.stalled();
  }

  /** The server knows nothing of it any more, and of no offer either. */
  forget() {
    this.#settle();
    this.#lost = true;
    return this.#negotiator.withdraw();
  }

  /** The server knows this side again: what it has forgotten is made anew. */
  renew() {
    if (this.#lost) this.#repair.now();
  }

  /** @param {boolean} signaled whether offers reach the server */
  setSignaled(signaled) {
    this.#signaled = signaled;
    this.#repair.setReachable(signaled);
  }

  close() {
    this.#closed = true;
    this.#settle();
    clearTimeout(this.#doubt);
    clearTimeout(this.#again);
    this.#repair.close();
    this.#negotiator.close();
  }

  /** No first offer is to be made any more. */
  #settle() {
    clearTimeout(this.#later);
    this.#later = undefined;
  }

  get #healthy() {
    const { connectionState, iceConnectionState } = this.#negotiator.pc;
    const ice = iceConnectionState === 'connected' || iceConnectionState === 'completed';
    return connectionState === 'connected' && ice && !this.#lost && !this.#negotiator.offering;
  }

  /** What the screen may use, and how fast to begin: as towards the only subscriber there is. */
  get #allocation() {
    const { media } = this.#options;
    const screenHeight = media.tracks.screen?.getSettings().height;
    return divide({ subscribers: 1, screen: true, quality: media.quality, screenHeight });
  }

  #create() {
    const { ice, policy, platform } = this.#options;
    const options = /** @type {const} */ ({ iceTransportPolicy: policy, bundlePolicy: 'max-bundle' });
    const pc = ice.use(
      (servers) => new platform.RTCPeerConnection({ ...options, iceServers: towardsServer(servers, policy) }),
    );
    this.number += 1;
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = () => this.#assess(pc);
    return pc;
  }

  /** @param {boolean} fresh whether by another RTCPeerConnection */
  #offer(fresh) {
    if (fresh) {
      this.#lost = false;
      this.#negotiator.forgetAnswers();
      this.emit('replaced', undefined);
    }
    void this.#negotiator.offer({ restart: !fresh, fresh });
  }

  /** @param {Description} offer */
  async #request({ type, sdp = '' }) {
    const { number: connection } = this;
    const { sources } = this.#lines;
    const offer = (this.#offers += 1);
    clearTimeout(this.#again);
    const description = { type, sdp: withEssentials(sdp) };
    try {
      await this.#options.request({ type: 'forward', connection, description, sources });
    } catch (error) {
      if (offer === this.#offers && connection === this.number && error instanceof ProtocolError) this.#refused(error);
    }
  }

  /** A connection that has not come about is tried again by Repair, more slots here. @param {ProtocolError} refusal of an offer */
  #refused({ code, message }) {
    if (OVER.has(code) || this.#closed) return;
    void this.#negotiator.withdraw();
    if (this.state === 'connected') this.#again = setTimeout(() => void this.#negotiator.offer(), AGAIN_MS);
    if (code !== this.#complaint) this.emit('error', { code, message });
    this.#complaint = code;
  }

  /** Brings the senders to what is wanted of them. */
  #change() {
    this.#changing = this.#changing.then(async () => {
      if (this.#closed) return;
      const screen = this.#lines.sender('screen');
      const { screen: encoding, screenKeeps } = this.#allocation;
      if (screen) await applyEncoding(screen, encoding, screenKeeps);
      await Promise.all(SOURCES.map((source) => this.#switch(source)));
    });
  }

  /** @param {Source} source is sent as it is wanted, or not at all */
  async #switch(source) {
    const sender = this.#lines.sender(source);
    if (!sender || this.#closed) return;
    if (KIND[source] === 'audio') return applyEncoding(sender, { active: this.#sending });
    const rids = this.#sending ? this.wanted.get(source) : [];
    const scales = source === 'camera' ? scalesFor(sender.track?.getSettings() ?? {}) : undefined;
    if (rids) await activate(sender, source === 'camera' ? within(rids, this.#most) : rids, scales);
  }

  /** @param {RTCPeerConnection} pc */
  async #refreshServers(pc) {
    const { ice, policy } = this.#options;
    if (!ice.stale) return;
    await ice.freshen();
    if (!this.#closed) ice.use((servers) => pc.setConfiguration({ ...pc.getConfiguration(), iceServers: towardsServer(servers, policy) }));
  }

  async #bytesReceived() {
    let bytes = 0;
    for (const entry of (await this.getStats()).values()) {
      if (entry.type === 'candidate-pair') bytes += entry.bytesReceived ?? 0;
    }
    return bytes;
  }

  /** @param {RTCPeerConnection} pc */
  #assess(pc) {
    if (pc !== this.#negotiator.pc || this.#closed) return;
    const state = LEG[pc.connectionState];
    this.#repair.assess(pc.connectionState, pc.iceConnectionState);
    if (state === this.state) return;
    this.state = state;
    this.#watch();
    this.emit('state', state);
  }

  /** Says when the server's media port cannot be reached for long, and when it can again. */
  #watch() {
    clearTimeout(this.#doubt);
    if (this.state === 'connected') return this.#setReachable(true);
    this.#doubt = setTimeout(() => {
      if (this.#signaled) this.#setReachable(false);
      else this.#watch();
    }, UNREACHABLE_MS);
  }

  /** @param {boolean} reachable */
  #setReachable(reachable) {
    if (reachable === this.#reachable) return;
    this.#reachable = reachable;
    this.emit('reachable', reachable);
  }
}
