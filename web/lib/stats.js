import { NOTHING_ARRIVED, arrived } from './undecoded.js';

/** @typedef {import('./protocol.js').Source} Source */

/**
 * One leg, seen from this side. Rates are over the time since the sample before.
 *
 * @typedef {object} LegStats
 * @property {'direct' | 'relayed' | 'forward' | null} path null while nothing is connected
 * @property {number | null} rtt_ms round trip
 * @property {number} up_bps sent, bit/s
 * @property {number} down_bps received, bit/s
 * @property {number | null} jitter_ms of the sound, or of the picture while there is no sound; null before either
 * @property {number} loss part of the packets on their way here that was lost, 0 to 1
 * @property {{camera: number, screen: number}} frames_decoded since the leg began
 * @property {{fps: number, width: number, height: number}} screen the shared picture, or the last one there was
 * @property {number} audio_packets received since the leg began
 * @property {number} audio_energy received since the leg began, as totalAudioEnergy of webrtc-stats
 * @property {{camera: Arrived, screen: Arrived}} arrived since the sample before
 * @property {number} fps of the camera
 * @property {number} width of the camera's picture, or the last one there was, in pixels; 0 before the first
 * @property {number} height
 * @property {number | null} available_outgoing_bps congestion control's estimate, null where the browser does not say
 * @property {number} encoding pictures that were encoded for it since the sample before
 * @property {'none' | 'cpu' | 'bandwidth' | null} limited what keeps encoders from more, null where the browser does not say
 */

/** @typedef {import('./undecoded.js').Arrived} Arrived */
/** @typedef {{up: number, down: number, lost: number, received: number, at: number}} Totals */
/** @typedef {{get(source: Source): RTCRtpTransceiver | undefined}} SourceLines */

/** Turns a connection's statistics into what a person, or a decision, needs of them. */
export class StatsSampler {
  /** @type {Totals | null} */ #before = null;
  /** @type {Map<string, {last: number, total: number}>} */ #counters = new Map();
  #encoders = new Encoders();
  /** What each picture's receiver had counted. @type {{camera?: any, screen?: any}} */ #pictures = {};

  /**
   * @param {RTCStatsReport} report
   * @param {SourceLines} lines
   * @returns {LegStats}
   */
  sample(report, lines) {
    const all = /** @type {any[]} */ ([...report.values()]);
    const inbound = all.filter(({ type }) => type === 'inbound-rtp');
    const outbound = all.filter(({ type }) => type === 'outbound-rtp');
    const pair = selectedPair(report, all);
    const camera = find(inbound, lines.get('camera'));
    const mic = find(inbound, lines.get('mic'));
    const screen = find(inbound, lines.get('screen'));
    const before = this.#pictures;
    this.#pictures = { camera, screen };
    return {
      path: pathOf(report, pair),
      rtt_ms: roundTrip(pair, all),
      jitter_ms: jitter(mic) ?? jitter(camera),
      ...this.#rates(totals(inbound, outbound)),
      frames_decoded: {
        camera: this.#count('camera', camera?.framesDecoded),
        screen: this.#count('screen', screen?.framesDecoded),
      },
      arrived: { camera: since(before.camera, camera), screen: since(before.screen, screen) },
      audio_packets: this.#count('packets', mic?.packetsReceived),
      audio_energy: this.#count('energy', mic?.totalAudioEnergy),
      ...picture(camera),
      screen: picture(screen),
      available_outgoing_bps: pair?.availableOutgoingBitrate ?? null,
      ...this.#encoders.look(outbound),
    };
  }

  /**
   * A browser may replace a receiver and its counters in the middle of a leg (Firefox does, on a rollback).
   *
   * @param {string} name
   * @param {number | undefined} now
   */
  #count(name, now) {
    const counter = this.#counters.get(name) ?? { last: 0, total: 0 };
    this.#counters.set(name, counter);
    if (now === undefined) return counter.total;
    counter.total += now < counter.last ? now : now - counter.last;
    counter.last = now;
    return counter.total;
  }

  /** @param {Totals} now */
  #rates(now) {
    const before = this.#before ?? now;
    this.#before = now;
    const seconds = (now.at - before.at) / 1_000 || 1;
    const lost = Math.max(0, now.lost - before.lost);
    const received = Math.max(0, now.received - before.received);
    return {
      up_bps: Math.max(0, Math.round(((now.up - before.up) * 8) / seconds)),
      down_bps: Math.max(0, Math.round(((now.down - before.down) * 8) / seconds)),
      loss: lost + received > 0 ? lost / (lost + received) : 0,
    };
  }
}

/** The encoders of one connection's pictures. */
export class Encoders {
  /** Pictures encoded, by the id of the entry. @type {Map<string, number>} */ #encoded = new Map();

  /**
   * @param {any[]} outbound
   * @returns {{encoding: number, limited: 'none' | 'cpu' | 'bandwidth' | null}} of those that have encoded since the last look
   */
  look(outbound) {
    const growing = this.growing(outbound);
    return { encoding: growing.length, limited: limitOf(growing) };
  }

  /** @param {any[]} outbound */
  growing(outbound) {
    const before = this.#encoded;
    const pictures = outbound.filter(({ kind }) => kind === 'video');
    this.#encoded = new Map(pictures.map(({ id, framesEncoded = 0 }) => [id, framesEncoded]));
    return pictures.filter(({ id }) => (this.#encoded.get(id) ?? 0) > (before.get(id) ?? 0));
  }
}

/**
 * @param {any[]} outbound pictures
 * @returns {'none' | 'cpu' | 'bandwidth' | null}
 */
export function limitOf(outbound) {
  const reasons = outbound.map(({ qualityLimitationReason: reason }) => reason);
  return /** @type {const} */ (['cpu', 'bandwidth', 'none']).find((reason) => reasons.includes(reason)) ?? null;
}

/**
 * @param {any[]} inbound
 * @param {any[]} outbound
 * @returns {Totals}
 */
function totals(inbound, outbound) {
  return {
    up: sum(outbound, 'bytesSent') + sum(outbound, 'headerBytesSent'),
    down: sum(inbound, 'bytesReceived') + sum(inbound, 'headerBytesReceived'),
    lost: sum(inbound, 'packetsLost'),
    received: sum(inbound, 'packetsReceived'),
    at: performance.now(),
  };
}

/**
 * @param {any[]} entries
 * @param {string} member
 */
function sum(entries, member) {
  return entries.reduce((total, entry) => total + (entry[member] ?? 0), 0);
}

/**
 * @param {any[]} inbound
 * @param {RTCRtpTransceiver | undefined} transceiver
 */
function find(inbound, transceiver) {
  if (!transceiver) return undefined;
  const track = transceiver.receiver.track.id;
  return inbound.find((entry) => (entry.mid ? entry.mid === transceiver.mid : entry.trackIdentifier === track));
}

/** @param {any} inbound */
function picture(inbound) {
  return { fps: inbound?.framesPerSecond ?? 0, width: inbound?.frameWidth ?? 0, height: inbound?.frameHeight ?? 0 };
}

/**
 * @param {any} before
 * @param {any} now
 * @returns {Arrived}
 */
function since(before, now) {
  return before && now ? arrived(before, now) : NOTHING_ARRIVED;
}

/**
 * @param {any} inbound what one source of the other side brings, if it brings anything
 * @returns {number | null} in milliseconds
 */
function jitter(inbound) {
  return inbound?.packetsReceived > 0 && inbound.jitter !== undefined ? inbound.jitter * 1_000 : null;
}

/**
 * @param {RTCStatsReport} report
 * @param {any[]} all
 */
export function selectedPair(report, all) {
  const transport = all.find((entry) => entry.type === 'transport' && entry.selectedCandidatePairId);
  const named = transport && report.get(transport.selectedCandidatePairId);
  if (named) return /** @type {any} */ (named); // Firefox may name one that is gone, after an ICE restart
  const pairs = all.filter((entry) => entry.type === 'candidate-pair' && entry.state === 'succeeded');
  return pairs.find((pair) => pair.selected) ?? pairs.find((pair) => pair.nominated); // `selected` is Firefox's
}

/**
 * @param {RTCStatsReport} report
 * @param {any} pair
 * @returns {'direct' | 'relayed' | null}
 */
function pathOf(report, pair) {
  if (!pair) return null;
  const ends = [pair.localCandidateId, pair.remoteCandidateId].map((id) => /** @type {any} */ (report.get(id)));
  return ends.some((candidate) => candidate?.candidateType === 'relay') ? 'relayed' : 'direct';
}

/**
 * @param {any} pair
 * @param {any[]} all
 * @returns {number | null} in milliseconds
 */
export function roundTrip(pair, all) {
  const reported = all.find((entry) => entry.type === 'remote-inbound-rtp' && entry.roundTripTime !== undefined);
  const seconds = pair?.currentRoundTripTime ?? reported?.roundTripTime;
  return seconds === undefined ? null : seconds * 1_000;
}
