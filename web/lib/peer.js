import { Emitter } from './emitter.js';
import { applyEncoding } from './encoding.js';
import { Lines } from './lines.js';
import { Negotiator } from './negotiator.js';
import { KIND } from './protocol.js';
import { Repair } from './repair.js';
import { withStartBitrate } from './sdp.js';
import { StatsSampler } from './stats.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./protocol.js').Description} Description */
/** @typedef {import('./budget.js').Allocation} Allocation */
/** @typedef {import('./stats.js').LegStats} LegStats */
/** @typedef {'new' | 'connecting' | 'connected' | 'failed'} Leg */

/** How the state of a connection is told. @type {Record<RTCPeerConnectionState, Leg>} */
export const LEG = {
  new: 'new',
  connecting: 'connecting',
  connected: 'connected',
  disconnected: 'connecting', // it is being repaired
  failed: 'failed',
  closed: 'failed',
};

/** How long after a change of the network packets have to arrive, in milliseconds. */
const VERIFY_MS = 1_000;

/** So many samples without a packet, from somebody who says that they send: the leg is dead, whatever ICE believes. */
const STALLED_SAMPLES = 3;

/**
 * @typedef {object} PeerOptions
 * @property {import('./protocol.js').ParticipantKind} kind of the participant on the other side
 * @property {boolean} polite whether this side gives way when both offer
 * @property {boolean} firstById whether this side's id is the lower one: it moves first where nothing else decides
 * @property {import('./ice.js').IceServers} ice
 * @property {RTCIceTransportPolicy} policy
 * @property {import('./lines.js').OutgoingStreams} streams
 * @property {import('./lines.js').Tracks} tracks
 * @property {Allocation} allocation
 * @property {boolean} sending whether media is to be sent on it
 * @property {(description: Description) => void} sendDescription
 * @property {(candidate: RTCIceCandidateInit | null) => void} sendCandidate
 * @property {import('./platform.js').Platform} platform
 */

/**
 * The direct connection to one participant: one RTCPeerConnection with fixed m-lines, which repairs itself.
 *
 * - `track`: where a source of the other side will arrive; its track stays the same whatever is sent on it
 * - `state`: the leg's state has changed
 * - `path`: it is known, or has changed, whether the leg is relayed
 * - `error`: a description could not be made or applied
 *
 * @extends {Emitter<{
 *   track: {source: Source, track: MediaStreamTrack, receiver: RTCRtpReceiver},
 *   state: Leg,
 *   path: NonNullable<LegStats['path']>,
 *   error: unknown,
 * }>}
 */
export class Peer extends Emitter {
  /** @type {Leg} */ leg = 'new';
  /** @type {LegStats | null} */ stats = null;

  #options;
  #lines;
  #negotiator;
  #repair;
  #sampler = new StatsSampler();
  #allocation;
  #sending;
  #startBitrate;
  #applying = Promise.resolve();
  #silentSamples = 0;
  #closed = false;

  /** @param {PeerOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#allocation = options.allocation;
    this.#sending = options.sending;
    this.#startBitrate = options.allocation.start;
    this.#lines = new Lines(options.kind, options.streams, options.tracks);
    this.#repair = new Repair({
      healthy: () => this.healthy,
      polite: () => this.polite,
      offer: ({ overdue, again }) => {
        if (overdue) this.#negotiator.forgetAnswers();
        void this.#negotiator.offer({ restart: true, fresh: again && options.kind === 'native' });
      },
    });
    this.#negotiator = new Negotiator(options.polite, {
      create: () => this.#create(),
      addSources: (pc) => this.#addSources(pc),
      matchSources: (pc) => this.#matchSources(pc),
      beforeGathering: (pc) => this.#refreshServers(pc),
      adjust: (sdp) => withStartBitrate(sdp, this.#startBitrate),
      sendDescription: options.sendDescription,
      sendCandidate: options.sendCandidate,
      confused: () => this.#repair.confused(options.firstById),
      failed: (error) => this.emit('error', error),
    });
  }

  /** Connected, with nothing under negotiation, and media arrives if any is sent. */
  get healthy() {
    const { connectionState, iceConnectionState } = this.#negotiator.pc;
    const ice = iceConnectionState === 'connected' || iceConnectionState === 'completed';
    const heard = this.#silentSamples < STALLED_SAMPLES;
    return connectionState === 'connected' && ice && heard && !this.#negotiator.offering;
  }

  get path() {
    return this.stats?.path ?? null;
  }

  get polite() {
    return this.#negotiator.polite;
  }

  set polite(polite) {
    this.#negotiator.polite = polite;
  }

  /** Makes the first offer. */
  connect() {
    this.#repair.expectConnection();
    return this.#negotiator.offer();
  }

  /** @param {Description} description */
  async receive(description) {
    if (description.type === 'offer') this.#repair.offered();
    await this.#negotiator.receive(description);
  }

  /** @param {RTCIceCandidateInit | null} candidate */
  receiveCandidate(candidate) {
    return this.#negotiator.receiveCandidate(candidate);
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  setTrack(source, track) {
    this.#lines.setTrack(source, track);
  }

  /**
   * The network has changed. Looks for new ways through it (ICE restart), unless packets still arrive a second later: a
   * restart that is not needed is not free, least of all between different browsers.
   */
  async verify() {
    const before = await this.#packetsReceived();
    await new Promise((resolve) => setTimeout(resolve, VERIFY_MS));
    if (!this.#closed && (await this.#packetsReceived()) === before) this.#repair.now();
  }

  /** What was under negotiation is lost: takes an offer back whose answer cannot come. */
  forget() {
    return this.#negotiator.withdraw();
  }

  /** Repairs the leg if it needs it; leaves it alone if not. */
  reconcile() {
    if (!this.healthy) this.#repair.now();
  }

  /**
   * Repairing waits while the other side, or the signaling, cannot be reached.
   *
   * @param {boolean} reachable
   */
  setReachable(reachable) {
    this.#repair.setReachable(reachable);
  }

  /** Whether media is sent on it. */
  get sending() {
    return this.#sending;
  }

  /**
   * @param {Allocation} allocation what the senders may use from now on
   * @param {boolean} [sending] whether anything is to be sent: what is not is switched off, and begins with a key frame again
   */
  allocate(allocation, sending = this.#sending) {
    this.#allocation = allocation;
    this.#sending = sending;
    this.#applying = this.#applying.then(() => this.#applyAllocation());
  }

  /**
   * Takes one sample of the connection's statistics, once a second.
   *
   * @param {boolean} expecting whether the other side says that it sends: it counts as silent once something has come
   */
  async sample(expecting) {
    if (this.#closed) return;
    const before = this.path;
    const report = await this.#negotiator.pc.getStats();
    this.stats = this.#sampler.sample(report, this.#lines);
    if (this.path && this.path !== before) this.emit('path', this.path);
    const { down_bps: rate, audio_packets: packets, frames_decoded: frames } = this.stats;
    const silent = expecting && this.leg === 'connected' && rate === 0 && packets + frames.camera > 0;
    this.#silentSamples = silent ? this.#silentSamples + 1 : 0;
    if (this.#silentSamples >= STALLED_SAMPLES) this.#repair.stalled();
  }

  close() {
    this.#closed = true;
    this.#repair.close();
    this.#negotiator.close();
  }

  #create() {
    const { kind, ice, policy, platform } = this.#options;
    const options = /** @type {const} */ ({ iceTransportPolicy: policy, bundlePolicy: 'max-bundle' });
    const pc = ice.use((iceServers) => new platform.RTCPeerConnection({ ...options, iceServers }));
    // Both ends make the channel with the same number, so no message is needed to open it.
    if (kind === 'native') pc.createDataChannel('visavis', { negotiated: true, id: 0 });
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = () => this.#assess(pc);
    return pc;
  }

  async #packetsReceived() {
    let packets = 0;
    for (const entry of (await this.#negotiator.pc.getStats()).values()) {
      if (entry.type === 'inbound-rtp') packets += entry.packetsReceived ?? 0;
    }
    return packets;
  }

  /** @param {RTCPeerConnection} pc */
  #addSources(pc) {
    this.#lines.clear();
    this.#lines.add(pc, (source) => (KIND[source] === 'video' || !this.#sending ? this.#encodingOf(source) : null));
    this.#announceTracks();
  }

  /** @param {RTCPeerConnection} pc */
  #matchSources(pc) {
    this.#lines.match(pc);
    this.#announceTracks();
    this.allocate(this.#allocation);
  }

  #announceTracks() {
    for (const [source, { receiver }] of this.#lines.entries()) {
      this.emit('track', { source, track: receiver.track, receiver });
    }
  }

  /** @param {RTCPeerConnection} pc */
  async #refreshServers(pc) {
    const { ice } = this.#options;
    if (!ice.stale) return;
    await ice.freshen();
    if (!this.#closed) ice.use((iceServers) => pc.setConfiguration({ ...pc.getConfiguration(), iceServers }));
  }

  /** @param {RTCPeerConnection} pc */
  #assess(pc) {
    if (pc !== this.#negotiator.pc || this.#closed) return;
    const leg = LEG[pc.connectionState];
    this.#repair.assess(pc.connectionState, pc.iceConnectionState);
    if (leg === this.leg) return;
    this.leg = leg;
    if (leg === 'connected') this.allocate(this.#allocation);
    this.emit('state', leg);
  }

  /**
   * @param {Source} source
   * @returns {RTCRtpEncodingParameters}
   */
  #encodingOf(source) {
    const encoding = source === 'camera' || source === 'screen' ? this.#allocation[source] : {};
    return { ...encoding, active: this.#sending };
  }

  async #applyAllocation() {
    if (this.#closed) return;
    const { screenKeeps } = this.#allocation;
    const senders = [...this.#lines.entries()].map(([source, { sender }]) =>
      applyEncoding(sender, this.#encodingOf(source), source === 'screen' ? screenKeeps : undefined),
    );
    await Promise.all(senders);
  }
}
