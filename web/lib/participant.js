import { Emitter } from './emitter.js';
import { History } from './history.js';
import { Peer } from './peer.js';
import { KIND } from './protocol.js';

/** @typedef {import('./protocol.js').ParticipantInfo} ParticipantInfo */
/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./forwarded-leg.js').ForwardedLeg} ForwardedLeg */

/** How often a receiver whose packets have begun to arrive is asked for its first frame, and for how long, in ms. */
const FIRST_FRAME = Object.freeze({ everyMs: 20, tries: 250 });

/**
 * Somebody else in the room: what the server says about them, the connection to them, and what arrives over it.
 *
 * - `leg`: the connection's state or path has changed
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
  /**
   * What to show; each is the same one for as long as the participant is here. `camera` has the microphone too, unless the
   * server forwards: then sound is in slots of its own, see Forwarding.
   */
  streams;

  /** @type {Peer | ForwardedLeg} */ #leg;
  /** @type {RTCRtpReceiver | null} */ #mic = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #frameTimer;
  /** Ends waiting for the picture in a slot. */ #carried = new AbortController();
  /** @type {History<import('./stats.js').LegStats>} */ #history = new History();
  #seen = false;

  /**
   * @param {ParticipantInfo} info
   * @param {Peer | ForwardedLeg} leg
   * @param {typeof MediaStream} MediaStreamClass
   */
  constructor(info, leg, MediaStreamClass) {
    super();
    this.id = info.id;
    this.kind = info.kind;
    this.name = info.name;
    this.host = info.host;
    this.connected = info.connected;
    this.state = info.state;
    this.streams = { camera: new MediaStreamClass(), screen: new MediaStreamClass() };
    this.#leg = leg;
    if (leg instanceof Peer) this.#follow(leg);
    else this.#followSlots(leg);
  }

  /** The state of the connection between the two browsers, or with the server that forwards. */
  get leg() {
    return this.#leg.leg;
  }

  /** Whether the server forwards their media. */
  get forwarded() {
    return !(this.#leg instanceof Peer);
  }

  /** Where their media arrives while the server forwards it, by the mid of the slot. */
  get slots() {
    return this.#leg instanceof Peer ? {} : this.#leg.mids;
  }

  /** The codec that they send in and this browser cannot show, by source. */
  get undecodable() {
    return this.#leg instanceof Peer ? {} : this.#leg.undecodable;
  }

  /** How media flows; null until it is known. */
  get path() {
    return this.#leg.path;
  }

  /**
   * How loud their microphone is at this moment, from 0 to 1 of full scale; 0 while nothing arrives, and in Chromium
   * while no element plays it. Cheap enough to be asked many times a second.
   */
  get level() {
    return this.#mic?.getSynchronizationSources()[0]?.audioLevel ?? 0;
  }

  /** The latest sample, at most a second old; null before the first. */
  get stats() {
    return this.#leg.stats;
  }

  /** A sample a second of the last minute, oldest first; see LegStats. */
  get history() {
    return this.#history.samples;
  }

  /** The direct connection, for whoever runs the call: the page has no use for it. Null if the server forwards. */
  get peer() {
    return this.#leg instanceof Peer ? this.#leg : null;
  }

  /** Takes the next sample. A classic client cannot say what it sends, so its silence means nothing. */
  async sample() {
    await this.#leg.sample(this.kind !== 'classic' && (this.state.mic || this.state.camera));
    if (this.#leg.stats) this.#history.add(this.#leg.stats);
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
    this.#leg.close();
    for (const stream of Object.values(this.streams)) {
      for (const track of stream.getTracks()) stream.removeTrack(track);
    }
  }

  /** @param {Peer} peer */
  #follow(peer) {
    peer.on('track', ({ source, track, receiver }) => this.#arrive(source, track, receiver));
    peer.on('state', () => this.emit('leg', undefined));
    peer.on('path', () => this.emit('leg', undefined));
    peer.on('error', (error) => this.emit('error', error));
  }

  /** @param {ForwardedLeg} leg */
  #followSlots(leg) {
    leg.on('track', ({ source, receiver }) => this.#carry(source, receiver));
    leg.on('state', () => this.emit('leg', undefined));
    leg.on('changed', () => this.emit('leg', undefined));
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack} track
   * @param {RTCRtpReceiver} receiver
   */
  #arrive(source, track, receiver) {
    if (source === 'mic') this.#mic = receiver;
    const stream = this.#streamOf(source);
    if (stream.getTracks().includes(track)) return;
    for (const old of stream.getTracks()) if (old.kind === track.kind) stream.removeTrack(old);
    stream.addTrack(track);
    if (source === 'camera') track.addEventListener('unmute', () => this.#awaitFrame(receiver), { once: true });
  }

  /**
   * A slot carries a source of theirs from now on, or none does.
   *
   * @param {Source} source
   * @param {RTCRtpReceiver | null} receiver
   */
  #carry(source, receiver) {
    if (source === 'mic') this.#mic = receiver;
    if (KIND[source] === 'audio') return;
    const stream = this.#streamOf(source);
    for (const old of stream.getTracks()) stream.removeTrack(old);
    if (source === 'camera') this.#carried.abort();
    if (!receiver) return;
    stream.addTrack(receiver.track);
    if (source !== 'camera') return;
    this.#carried = new AbortController();
    // Packets arrive already in a slot that carried somebody else before.
    if (receiver.track.muted === false) this.#awaitFrame(receiver);
    else {
      // The slot may be somebody else's by then.
      const { signal } = this.#carried;
      receiver.track.addEventListener('unmute', () => this.#awaitFrame(receiver), { once: true, signal });
    }
  }

  /** @param {Source} source */
  #streamOf(source) {
    return source === 'mic' || source === 'camera' ? this.streams.camera : this.streams.screen;
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
      const decoded = await framesDecoded(receiver);
      if (decoded === 0 && tries < FIRST_FRAME.tries) return;
      clearInterval(this.#frameTimer);
      if (decoded > 0 && !this.#seen) this.emit('first-frame', undefined);
      this.#seen ||= decoded > 0;
    }, FIRST_FRAME.everyMs);
  }
}

/** @param {RTCRtpReceiver} receiver */
async function framesDecoded(receiver) {
  for (const entry of (await receiver.getStats()).values()) {
    if (entry.type === 'inbound-rtp') return /** @type {number} */ (entry.framesDecoded ?? 0);
  }
  return 0;
}
