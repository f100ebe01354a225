import { LIMITS } from './protocol.js';
import { fingerprint, withEstablishedRole } from './sdp.js';

/** @typedef {import('./protocol.js').Description} Description */

/** More than this waiting to be applied is not a negotiation any more. */
const QUEUE_LIMIT = 256;

/**
 * @typedef {object} NegotiatorHooks
 * @property {() => RTCPeerConnection} create makes a peer connection, without transceivers
 * @property {(pc: RTCPeerConnection) => void} addSources gives it the m-lines of an offer
 * @property {(pc: RTCPeerConnection) => void} matchSources finds the sources in what the other side has offered
 * @property {(pc: RTCPeerConnection) => Promise<void>} beforeGathering
 * @property {(sdp: string) => string} adjust changes a remote description before it is applied
 * @property {(description: Description) => void} sendDescription
 * @property {(candidate: RTCIceCandidateInit | null) => void} sendCandidate
 * @property {() => void} confused an answer came that nobody waits for: the two sides disagree
 * @property {(error: unknown) => void} failed a description could not be made or applied
 */

/**
 * Perfect negotiation over one peer connection: both sides may offer at any time, and on a collision the polite one
 * gives way. Everything runs strictly in the order in which it came, so no candidate overtakes its description.
 *
 * A collision before anything was ever agreed gives the polite side a new peer connection: transceivers that only its
 * own offer knew would otherwise stay beside those of the accepted one, and the m-lines would not be fixed any more.
 * And when an ICE restart did not help, either side may begin with a new one: the other recognises it by its
 * fingerprint.
 */
export class Negotiator {
  /** @type {RTCPeerConnection} */ pc;
  /** Whether this side gives way on a collision. */ polite;

  #hooks;
  #closed = false;
  #queue = Promise.resolve();
  #queued = 0;
  /** Offers sent whose answers are still to come; all but the last are outdated. */ #unanswered = 0;
  /** Whether the latest remote offer was ignored, and its candidates with it. */ #ignoring = false;
  /** Remote candidates from before the remote description. @type {(RTCIceCandidateInit | null)[]} */ #early = [];
  /**
   * Own candidates from before their description was sent; null while none is held back.
   *
   * @type {(RTCIceCandidateInit | null)[] | null}
   */
  #held = null;
  #candidatesLeft = LIMITS.candidates;

  /**
   * @param {boolean} polite
   * @param {NegotiatorHooks} hooks
   */
  constructor(polite, hooks) {
    this.polite = polite;
    this.#hooks = hooks;
    this.pc = this.#create();
  }

  /** Whether an offer of this side waits for its answer. */
  get offering() {
    return this.#unanswered > 0;
  }

  /**
   * @param {object} [options]
   * @param {boolean} [options.restart] gathers anew (ICE restart)
   * @param {boolean} [options.fresh] begins anew, with another peer connection
   * @returns {Promise<void>} never rejects
   */
  offer({ restart = false, fresh = false } = {}) {
    return this.#enqueue(async () => {
      if (fresh) this.#replace();
      if (this.pc.getTransceivers().length === 0) this.#hooks.addSources(this.pc);
      if (restart) this.pc.restartIce();
      await this.#describe();
    });
  }

  /**
   * @param {Description} description
   * @returns {Promise<void>} never rejects
   */
  receive(description) {
    return this.#enqueue(() => {
      if (description.type === 'offer') return this.#receiveOffer(description);
      if (description.type === 'rollback') return undefined; // an offer has been answered before a rollback can come
      return this.#receiveAnswer(description);
    });
  }

  /**
   * @param {RTCIceCandidateInit | null} candidate null after the last one
   * @returns {Promise<void>} never rejects
   */
  receiveCandidate(candidate) {
    return this.#enqueue(async () => {
      if (this.#ignoring) return;
      if (this.pc.remoteDescription) await this.#addCandidate(candidate);
      else if (this.#early.length < LIMITS.candidates) this.#early.push(candidate);
    });
  }

  /** Takes back an offer that will never be answered. @returns {Promise<void>} never rejects */
  withdraw() {
    return this.#enqueue(async () => {
      this.#unanswered = 0;
      this.#ignoring = false;
      if (this.pc.signalingState === 'have-local-offer') await this.pc.setLocalDescription({ type: 'rollback' });
    });
  }

  /** The answers to offers of the past do not count any more: the next one is taken for the latest offer's. */
  forgetAnswers() {
    this.#unanswered = 0;
  }

  close() {
    this.#closed = true;
    this.#release();
  }

  /** @param {Description} description */
  async #receiveOffer(description) {
    const collision = this.pc.signalingState !== 'stable';
    this.#ignoring = collision && !this.polite;
    if (this.#ignoring) return;
    this.#unanswered = 0;
    if (this.#isFresh(description)) this.#replace();
    else if (collision) await this.pc.setLocalDescription({ type: 'rollback' });
    await this.#apply(description);
    this.#hooks.matchSources(this.pc);
    await this.#describe();
  }

  /**
   * Whether an offer has nothing to do with what this peer connection holds: it is from another one than before, or
   * this one has only ever offered.
   *
   * @param {Description} description
   */
  #isFresh({ sdp = '' }) {
    const known = this.pc.remoteDescription;
    return known ? fingerprint(known.sdp) !== fingerprint(sdp) : this.pc.getTransceivers().length > 0;
  }

  /** @param {Description} description */
  async #receiveAnswer(description) {
    if (this.#unanswered === 0 || this.pc.signalingState === 'stable') return this.#hooks.confused();
    if (description.type === 'answer') this.#unanswered -= 1;
    if (this.#unanswered > (description.type === 'answer' ? 0 : 1)) return;
    this.#ignoring = false;
    await this.#apply(description);
  }

  /** @param {Description} description */
  async #apply({ type, sdp = '' }) {
    await this.pc.setRemoteDescription({ type, sdp: this.#hooks.adjust(sdp) });
    for (const candidate of this.#early.splice(0)) await this.#addCandidate(candidate);
  }

  /** Makes the local description that is due, an offer or an answer, and sends it ahead of its candidates. */
  async #describe() {
    const { pc } = this;
    await this.#hooks.beforeGathering(pc);
    this.#held ??= [];
    await pc.setLocalDescription();
    const description = pc.localDescription;
    if (this.#closed || !description) return;
    if (description.type === 'offer') this.#unanswered += 1;
    this.#candidatesLeft = LIMITS.candidates;
    this.#hooks.sendDescription({ type: description.type, sdp: toSend(pc, description) });
    const held = this.#held;
    this.#held = null;
    for (const candidate of held) this.#sendCandidate(candidate);
  }

  /** @param {RTCIceCandidateInit | null} candidate */
  #sendCandidate(candidate) {
    if (this.#held) return void this.#held.push(candidate);
    // The last place is kept for the end of candidates.
    if (this.#candidatesLeft <= (candidate ? 1 : 0)) return;
    this.#candidatesLeft -= 1;
    this.#hooks.sendCandidate(candidate);
  }

  /** @param {RTCIceCandidateInit | null} candidate */
  async #addCandidate(candidate) {
    try {
      await this.pc.addIceCandidate(candidate);
    } catch {
      // One that belongs to an earlier description, or that this browser cannot use: the others decide.
    }
  }

  #create() {
    const pc = this.#hooks.create();
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate === '') return; // the end of one generation; null says it for all
      this.#sendCandidate(candidate ? candidate.toJSON() : null);
    };
    return pc;
  }

  #replace() {
    this.#release();
    this.#held = null;
    this.#early.length = 0;
    this.pc = this.#create();
  }

  #release() {
    this.pc.onicecandidate = null;
    this.pc.close();
  }

  /** @param {() => Promise<void> | void} task */
  #enqueue(task) {
    if (this.#queued >= QUEUE_LIMIT) {
      this.#hooks.failed(new Error('too many descriptions and candidates at once'));
      return Promise.resolve();
    }
    this.#queued += 1;
    this.#queue = this.#queue
      .then(() => (this.#closed ? undefined : task()))
      .catch((error) => {
        if (!this.#closed) this.#hooks.failed(error);
      })
      .finally(() => (this.#queued -= 1));
    return this.#queue;
  }
}

/**
 * @param {RTCPeerConnection} pc
 * @param {RTCSessionDescription} description
 */
function toSend({ currentLocalDescription, currentRemoteDescription }, { type, sdp }) {
  return type === 'offer' ? withEstablishedRole(sdp, currentLocalDescription, currentRemoteDescription) : sdp;
}
