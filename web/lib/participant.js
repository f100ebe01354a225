import { Arrivals } from './arrivals.js';
import { Emitter } from './emitter.js';
import { History } from './history.js';
import { inbound } from './inbound.js';
import { NOTHING_ARRIVED } from './undecoded.js';

/** @typedef {import('./protocol.js').ParticipantInfo} ParticipantInfo */
/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./protocol.js').Path} Path */
/** @typedef {import('./forwarded-leg.js').ForwardedLeg} ForwardedLeg */
/** @typedef {import('./peer.js').Peer} Peer */
/** @typedef {import('./stats.js').LegStats} LegStats */

/** How often a receiver whose packets have begun to arrive is asked for its first frame, and for how long, in ms. */
const FIRST_FRAME = Object.freeze({ everyMs: 20, tries: 250 });

/**
 * Somebody else in the room: what the server says about them, the ways by which their media comes, and what arrives.
 *
 * - `leg`: the state or path of a connection has changed, or what arrives over it, or they are taken from the other path, or are
 *   mixed from now on, or not any more
 * - `first-frame`: the first picture of them was decoded
 * - `error`: the connection could not be negotiated
 *
 * @extends {Emitter<{leg: undefined, 'first-frame': undefined, error: unknown}>}
 */
export class RemoteParticipant extends Emitter {
  id;
  /** @type {import('./protocol.js').ParticipantKind} */ kind;
  name;
  host;
  /** Whether the server has a connection to them. Media does not depend on it. */ connected;
  state;
  /** From which path they are seen and heard here. @type {Path} */ taken;
  /** Why their media takes the path that the plan gives it. @type {import('./protocol.js').Reason} */ reason = 'small';
  /** Whether they send directly to this side now, as far as the server's plan goes. */ sendsDirectly = true;

  /** @type {Peer | null} */ #peer = null;
  /** @type {ForwardedLeg | null} */ #slots = null;
  #arrivals;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #frameTimer;
  /** Ends waiting for the picture in a slot. */ #carried = new AbortController();
  /** @type {History<LegStats>} */ #history = new History();
  #seen = false;
  #mixed = false;

  /**
   * @param {ParticipantInfo} info
   * @param {Path} path from which they are taken at first
   * @param {typeof MediaStream} MediaStreamClass
   */
  constructor(info, path, MediaStreamClass) {
    super();
    this.id = info.id;
    this.kind = info.kind;
    this.name = info.name;
    this.host = info.host;
    this.connected = info.connected;
    this.state = info.state;
    this.taken = path;
    this.#arrivals = { direct: new Arrivals(MediaStreamClass, true), forward: new Arrivals(MediaStreamClass, false) };
  }

  /** What to show now: see Arrivals. It is another one after a change of paths. */
  get streams() {
    return this.#arrivals[this.taken].streams;
  }

  /** What comes by one of the paths. @param {Path} path */
  by(path) {
    return this.#arrivals[path];
  }

  /** The state of the connection that they are taken from: between the two browsers, or with the server. */
  get leg() {
    return this.legOf(this.taken);
  }

  /** @param {Path} path */
  legOf(path) {
    return this.#connection(path)?.leg ?? 'new';
  }

  /** Whether they are taken from the server. */
  get forwarded() {
    return this.taken === 'forward';
  }

  /** Where their media arrives while the server forwards it, by the mid of the slot. */
  get slots() {
    return this.#slots?.mids ?? {};
  }

  /** The codec that they send in and this browser cannot show, by source. */
  get undecodable() {
    return this.forwarded ? (this.#slots?.undecodable ?? {}) : {};
  }

  /** Whether they are seen and heard in the mix, and in no other way. */
  get mixed() {
    return this.#mixed;
  }

  set mixed(mixed) {
    if (mixed === this.#mixed) return;
    this.#mixed = mixed;
    this.emit('leg', undefined);
  }

  /** How their media flows; null until it is known. @returns {'direct' | 'relayed' | 'forward' | 'mix' | null} */
  get path() {
    if (this.#mixed) return 'mix';
    return this.#connection(this.taken)?.path ?? null;
  }

  /**
   * How loud their microphone is at this moment, from 0 to 1 of full scale; 0 while nothing arrives, and in Chromium
   * while no element plays it. Cheap enough to be asked many times a second.
   */
  get level() {
    return this.by(this.taken).receiver('mic')?.getSynchronizationSources()[0]?.audioLevel ?? 0;
  }

  /** The latest sample of both ways together, at most a second old; null before the first. @returns {LegStats | null} */
  get stats() {
    const [direct, forward] = [this.#peer?.stats ?? null, this.#slots?.stats ?? null];
    const [taken, other] = this.forwarded ? [forward, direct] : [direct, forward];
    if (!taken || !other) return taken ?? (other && { ...other, ...NO_PICTURE });
    return {
      ...taken,
      up_bps: taken.up_bps + other.up_bps,
      down_bps: taken.down_bps + other.down_bps,
      frames_decoded: {
        camera: taken.frames_decoded.camera + other.frames_decoded.camera,
        screen: taken.frames_decoded.screen + other.frames_decoded.screen,
      },
      audio_packets: taken.audio_packets + other.audio_packets,
      audio_energy: taken.audio_energy + other.audio_energy,
    };
  }

  /** A sample a second of the last minute, oldest first; see LegStats. */
  get history() {
    return this.#history.samples;
  }

  /** The direct connection, for whoever runs the call: the page has no use for it. Null if there is none. */
  get peer() {
    return this.#peer;
  }

  set peer(peer) {
    if (peer === this.#peer) return;
    this.#peer?.close();
    this.#arrivals.direct.clear();
    this.#peer = peer;
    peer?.on('track', ({ source, track, receiver }) => this.#arrive(source, track, receiver));
    peer?.on('state', () => this.emit('leg', undefined));
    peer?.on('path', () => this.emit('leg', undefined));
    peer?.on('error', (error) => this.emit('error', error));
  }

  /** Their part of the connection with the server; null if there is none. */
  get forwardedLeg() {
    return this.#slots;
  }

  set forwardedLeg(leg) {
    if (leg === this.#slots) return;
    this.#slots?.close();
    this.#arrivals.forward.clear();
    this.#slots = leg;
    leg?.on('track', ({ source, receiver }) => this.#carry(source, receiver));
    leg?.on('state', () => this.emit('leg', undefined));
    leg?.on('changed', () => this.emit('leg', undefined));
  }

  /**
   * They are seen and heard by this path from now on.
   *
   * @param {Path} path
   */
  take(path) {
    if (path === this.taken) return;
    this.taken = path;
    this.emit('leg', undefined);
  }

  /** Takes the next sample. A classic client cannot say what it sends, so its silence means nothing. */
  async sample() {
    const expecting = this.kind !== 'classic' && this.sendsDirectly && (this.state.mic || this.state.camera);
    await this.#peer?.sample(expecting);
    const { stats } = this;
    if (stats) this.#history.add(stats);
  }

  /** @param {ParticipantInfo} info */
  update({ name, host, connected, state }) {
    this.name = name;
    this.host = host;
    this.connected = connected;
    this.state = state;
  }

  close() {
    clearInterval(this.#frameTimer);
    this.#carried.abort();
    this.peer = null;
    this.forwardedLeg = null;
  }

  /** @param {Path} path */
  #connection(path) {
    return path === 'direct' ? this.#peer : this.#slots;
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack} track
   * @param {RTCRtpReceiver} receiver
   */
  #arrive(source, track, receiver) {
    const known = this.#arrivals.direct.receiver(source) === receiver;
    this.#arrivals.direct.set(source, receiver);
    if (source !== 'camera' || known) return;
    track.addEventListener('unmute', () => this.#awaitFrame(receiver), { once: true });
  }

  /**
   * A slot carries a source of theirs from now on, or none does.
   *
   * @param {Source} source
   * @param {RTCRtpReceiver | null} receiver
   */
  #carry(source, receiver) {
    this.#arrivals.forward.set(source, receiver);
    if (source !== 'camera') return;
    this.#carried.abort();
    if (!receiver) return;
    this.#carried = new AbortController();
    // Packets arrive already in a slot that carried somebody else before.
    if (receiver.track.muted === false) this.#awaitFrame(receiver);
    else {
      // The slot may be somebody else's by then.
      const { signal } = this.#carried;
      receiver.track.addEventListener('unmute', () => this.#awaitFrame(receiver), { once: true, signal });
    }
  }

  /**
   * Packets arrive; a frame is there some milliseconds later. Without an element only the statistics tell when.
   *
   * @param {RTCRtpReceiver} receiver
   */
  #awaitFrame(receiver) {
    if (this.#seen) return;
    let tries = 0;
    clearInterval(this.#frameTimer);
    this.#frameTimer = setInterval(async () => {
      tries += 1;
      const { frames } = await inbound(receiver);
      if (frames === 0 && tries < FIRST_FRAME.tries) return;
      clearInterval(this.#frameTimer);
      if (frames > 0 && !this.#seen) this.emit('first-frame', undefined);
      this.#seen ||= frames > 0;
    }, FIRST_FRAME.everyMs);
  }
}

/** What the other path's statistics say nothing about. */
const NO_PICTURE = { fps: 0, width: 0, height: 0, arrived: { camera: NOTHING_ARRIVED, screen: NOTHING_ARRIVED } };
