import { KIND, SOURCES } from './protocol.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./links.js').Codec} Codec */

/** The encodings of a camera, smallest first: the server passes on the one that fits, to each subscriber. */
export const LAYERS = /** @type {const} */ ([
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
]);

/**
 * By how much the layers are smaller than the camera, by its number of pixels. Chromium encodes three sizes only of 960 × 540 and
 * more, two of 480 × 270 and more, otherwise one, whatever it is told: it leaves out the largest. So the others take their place.
 */
const SCALES = [
  { pixels: 960 * 540, scales: LAYERS.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy) },
  { pixels: 480 * 270, scales: [2, 1] },
  { pixels: 0, scales: [1] },
];

/** How many m-lines receive: the loudest are heard, and pictures come in steps, so that little is negotiated. */
export const SLOTS = Object.freeze({ audio: 3, video: /** @type {readonly number[]} */ ([4, 9, 16, 25]) });

/** A camera in one size only may use what all layers together may. */
const ALONE = { maxBitrate: LAYERS.reduce((sum, { maxBitrate }) => sum + maxBitrate, 0) };

/** What pictures are received in, one of each: an offer with every profile of each would not fit a message. */
const RECEIVED = ['video/VP8', 'video/VP9', 'video/AV1', 'video/H264'];

/** The one profile of H.264 that all browsers have. */
const COMMON = /packetization-mode=1.*profile-level-id=42e01f/;

/** Retransmission, which all of them use. */
const RTX = 'video/rtx';

/**
 * So many pictures can be received once `shown` of them are on screen.
 *
 * @param {number} shown
 * @returns {number}
 */
export function slotsFor(shown) {
  return SLOTS.video.find((slots) => slots >= shown) ?? /** @type {number} */ (SLOTS.video.at(-1));
}

/**
 * @param {{width?: number, height?: number}} camera its size; unknown is large
 * @returns {Map<string, number>} by how much smaller each layer is that is sent of such a camera
 */
export function scalesFor({ width = Infinity, height = Infinity }) {
  const { scales } = /** @type {typeof SCALES[number]} */ (SCALES.find(({ pixels }) => width * height >= pixels));
  return new Map(scales.map((scale, index) => [LAYERS[index]?.rid ?? '', scale]));
}

/**
 * What is sent of the layers that are wanted while only so much may be: the smallest in any case, and in place of those that are too
 * large the largest that is not.
 *
 * @param {readonly string[]} rids that are wanted
 * @param {number} most bit/s
 * @returns {string[]}
 */
export function within(rids, most) {
  const layers = LAYERS.filter(({ rid }) => rids.includes(rid));
  // An encoding without a rid is the only one there is.
  if (layers.length === 0) return [...rids];
  let left = most;
  const fitting = layers.filter(({ maxBitrate }) => maxBitrate <= left && (left -= maxBitrate) >= 0);
  if (fitting.length > 0) return fitting.map(({ rid }) => rid);
  return [(LAYERS.findLast(({ maxBitrate }) => maxBitrate <= most) ?? LAYERS[0]).rid];
}

/**
 * The m-lines of the connection with the server: one to send each source, and slots that receive whatever the server puts
 * into them. Sources come and go by replaceTrack, never by renegotiation.
 */
export class ForwardLines {
  /** @type {Map<Source, RTCRtpTransceiver>} */ #senders = new Map();
  /** @type {RTCRtpTransceiver[]} */ #slots = [];
  #streams;
  #tracks;
  #codecs;
  #codec;

  /**
   * @param {object} options
   * @param {import('./lines.js').OutgoingStreams} options.streams what the tracks are announced to belong to
   * @param {import('./lines.js').Tracks} options.tracks what is published now
   * @param {RTCRtpCodec[]} options.codecs that this browser has
   * @param {Codec | null} options.codec of the camera, in one size; VP8 in several if null, or if the browser lacks it
   */
  constructor({ streams, tracks, codecs, codec }) {
    this.#streams = streams;
    this.#tracks = { ...tracks };
    this.#codecs = codecs;
    this.#codec = codec && only(codecs, `video/${codec}`).length > 0 ? codec : null;
  }

  /** How many m-lines receive pictures. */
  get videoSlots() {
    return this.#slots.filter(({ receiver }) => receiver.track.kind === 'video').length;
  }

  /** Which mid sends what, once there is a local description. @returns {Partial<Record<Source, string>>} */
  get sources() {
    const mids = [...this.#senders].map(([source, { mid }]) => [source, mid]);
    return Object.fromEntries(mids.filter(([, mid]) => mid !== null));
  }

  /** @param {Source} source */
  sender(source) {
    return this.#senders.get(source)?.sender;
  }

  /** @param {string} mid */
  slot(mid) {
    return this.#slots.find((transceiver) => transceiver.mid === mid);
  }

  /** The slots that receive sound, in their order. */
  get audioSlots() {
    return this.#slots.filter(({ receiver }) => receiver.track.kind === 'audio');
  }

  /**
   * Adds all m-lines to a peer connection that has none.
   *
   * @param {RTCPeerConnection} pc
   * @param {number} video how many pictures can be received
   * @param {RTCRtpEncodingParameters} screen what the screen may use
   * @param {boolean} sending whether anything is to be sent at first
   */
  add(pc, video, screen, sending) {
    this.#senders.clear();
    this.#slots = [];
    for (const source of SOURCES) {
      const encodings = source === 'camera' ? this.#cameraEncodings() : [source === 'screen' ? { ...screen } : {}];
      // A sound that is sent needs none.
      const sendEncodings = !sending || KIND[source] === 'video' ? encodings.map((one) => ({ ...one, active: sending })) : null;
      const transceiver = pc.addTransceiver(this.#tracks[source] ?? KIND[source], {
        direction: 'sendonly',
        streams: [source === 'mic' || source === 'camera' ? this.#streams.camera : this.#streams.screen],
        ...(sendEncodings && { sendEncodings }),
      });
      if (KIND[source] === 'video') {
        const codec = source === 'camera' ? this.#codec : null;
        prefer(transceiver, only(this.#codecs, `video/${codec ?? 'vp8'}`));
      }
      this.#senders.set(source, transceiver);
    }
    for (let count = 0; count < SLOTS.audio; count += 1) this.#receive(pc, 'audio');
    this.growTo(pc, video);
  }

  /**
   * Adds slots for pictures, which the next offer negotiates.
   *
   * @param {RTCPeerConnection} pc
   * @param {number} video
   */
  growTo(pc, video) {
    while (this.videoSlots < video) prefer(this.#receive(pc, 'video'), oneOfEach(this.#codecs));
  }

  /**
   * Publishes another track, or none. Nothing is negotiated.
   *
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  setTrack(source, track) {
    this.#tracks[source] = track;
    const sender = this.sender(source);
    if (sender && sender.track !== track) sender.replaceTrack(track).catch(ignoreClosed);
  }

  /** @returns {RTCRtpEncodingParameters[]} */
  #cameraEncodings() {
    return this.#codec ? [{ ...ALONE }] : LAYERS.map((layer) => ({ ...layer }));
  }

  /**
   * @param {RTCPeerConnection} pc
   * @param {'audio' | 'video'} kind
   */
  #receive(pc, kind) {
    const transceiver = pc.addTransceiver(kind, { direction: 'recvonly' });
    this.#slots.push(transceiver);
    return transceiver;
  }
}

/**
 * @param {RTCRtpTransceiver} transceiver
 * @param {RTCRtpCodec[]} codecs none leaves it to the browser
 */
function prefer(transceiver, codecs) {
  if (codecs.length > 0) transceiver.setCodecPreferences?.(codecs);
}

/**
 * @param {RTCRtpCodec[]} codecs
 * @param {string} mimeType in whatever case
 * @returns {RTCRtpCodec[]} those of this type, with retransmission; none if the browser has none
 */
function only(codecs, mimeType) {
  const wanted = codecs.filter((codec) => codec.mimeType.toLowerCase() === mimeType.toLowerCase());
  return wanted.length > 0 ? [...wanted, ...codecs.filter((codec) => codec.mimeType === RTX)] : [];
}

/** @param {RTCRtpCodec[]} codecs */
function oneOfEach(codecs) {
  const one = (/** @type {string} */ type) => {
    const ofType = codecs.filter(({ mimeType }) => mimeType === type);
    return ofType.find(({ sdpFmtpLine = '' }) => COMMON.test(sdpFmtpLine)) ?? ofType[0];
  };
  const kept = RECEIVED.map(one).filter((codec) => codec !== undefined);
  return kept.length > 0 ? [...kept, ...codecs.filter(({ mimeType }) => mimeType === RTX)] : [];
}

/** A track that comes too late for a connection that is closed meanwhile is nobody's problem. */
function ignoreClosed() {}
