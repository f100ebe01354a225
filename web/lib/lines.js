import { CLASSIC_SOURCES, KIND, SOURCES } from './protocol.js';
import { sections } from './sdp.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {{camera: MediaStream, screen: MediaStream}} OutgoingStreams */
/** @typedef {Partial<Record<Source, MediaStreamTrack | null>>} Tracks */

/**
 * The m-lines of one peer connection: which transceiver carries which source. Made in the fixed order when this side
 * offers, found by their order when the other side does.
 */
export class Lines {
  /** @type {Map<Source, RTCRtpTransceiver>} */
  #transceivers = new Map();
  #kind;
  #streams;
  /** @type {Tracks} */ #tracks;

  /**
   * @param {import('./protocol.js').ParticipantKind} kind of the participant on the other side
   * @param {OutgoingStreams} streams what the tracks are announced to belong to
   * @param {Tracks} tracks what is published now
   */
  constructor(kind, streams, tracks) {
    this.#kind = kind;
    this.#streams = streams;
    this.#tracks = { ...tracks };
  }

  /** The sources that this connection can carry, in the order of their m-lines. */
  get sources() {
    return this.#kind === 'classic' ? CLASSIC_SOURCES : SOURCES;
  }

  /** @param {Source} source */
  get(source) {
    return this.#transceivers.get(source);
  }

  /** @returns {Iterable<[Source, RTCRtpTransceiver]>} */
  entries() {
    return this.#transceivers.entries();
  }

  /** Forgets the transceivers of a peer connection that has been replaced. */
  clear() {
    this.#transceivers.clear();
  }

  /**
   * Adds all m-lines to a peer connection that is about to offer.
   *
   * @param {RTCPeerConnection} pc
   * @param {(source: Source) => RTCRtpEncodingParameters | null} encodingFor
   */
  add(pc, encodingFor) {
    for (const source of this.sources) {
      const encoding = encodingFor(source);
      const transceiver = pc.addTransceiver(this.#tracks[source] ?? KIND[source], {
        direction: 'sendrecv',
        streams: [this.#streamOf(source)],
        ...(encoding && { sendEncodings: [encoding] }),
      });
      this.#transceivers.set(source, transceiver);
    }
  }

  /**
   * Finds the sources in an offer of the other side: the first sound is the microphone, the first picture the camera,
   * and so on in the fixed order, which holds for classic clients too, whichever they offer first.
   *
   * @param {RTCPeerConnection} pc whose remote description is set
   */
  match(pc) {
    const transceivers = pc.getTransceivers();
    const open = [...this.sources];
    for (const { kind, mid } of sections(pc.remoteDescription?.sdp ?? '')) {
      const index = open.findIndex((source) => KIND[source] === kind);
      const transceiver = transceivers.find((candidate) => candidate.mid === mid);
      const source = open[index];
      if (!source || !transceiver) continue;
      open.splice(index, 1);
      if (this.#transceivers.get(source) === transceiver) continue;
      this.#transceivers.set(source, transceiver);
      this.#answer(source, transceiver);
    }
  }

  /**
   * Publishes another track, or none. Nothing is negotiated.
   *
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  setTrack(source, track) {
    this.#tracks[source] = track;
    const sender = this.#transceivers.get(source)?.sender;
    if (sender && sender.track !== track) sender.replaceTrack(track).catch(ignoreClosed);
  }

  /**
   * @param {Source} source
   * @param {RTCRtpTransceiver} transceiver
   */
  #answer(source, transceiver) {
    transceiver.direction = 'sendrecv';
    transceiver.sender.setStreams?.(this.#streamOf(source));
    this.setTrack(source, this.#tracks[source] ?? null);
  }

  /** @param {Source} source */
  #streamOf(source) {
    return source === 'mic' || source === 'camera' ? this.#streams.camera : this.#streams.screen;
  }
}

/** A track that comes too late for a connection that is closed meanwhile is nobody's problem. */
function ignoreClosed() {}
