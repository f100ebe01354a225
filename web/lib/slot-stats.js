import { Encoders, limitOf, roundTrip, selectedPair } from './stats.js';
import { NOTHING_ARRIVED, arrived } from './undecoded.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./protocol.js').SlotItem} SlotItem */
/** @typedef {import('./stats.js').LegStats} LegStats */

/**
 * The connection with the server, seen from this side.
 *
 * @typedef {object} ForwardStats
 * @property {number} up_bps sent, bit/s
 * @property {number | null} rtt_ms round trip to the server
 * @property {string | null} srtp_cipher as getStats names it; null where the browser does not say
 * @property {number | null} available_outgoing_bps as in LegStats
 * @property {number} encoding as in LegStats
 * @property {'none' | 'cpu' | 'bandwidth' | null} limited as in LegStats
 * @property {string[]} sending the rids, and `''` for an encoding without one, that pictures have left in since the sample
 *   before
 */

/** What is added up for each participant. @typedef {{camera: number, screen: number, packets: number, energy: number}} Sums */
/** @typedef {{carries: string, entry: any, at: number}} Before */

const NOTHING = { fps: 0, width: 0, height: 0 };

/**
 * Turns the statistics of the connection with the server into those of each participant. What a slot has counted belongs
 * to whoever had it at that time, so a slot that carries something else is counted from then on only.
 */
export class SlotSampler {
  /** By mid. @type {Map<string, Before>} */ #before = new Map();
  /** By participant. @type {Map<string, Sums>} */ #sums = new Map();
  /** @type {{bytes: number, at: number} | null} */ #sent = null;
  #encoders = new Encoders();

  /**
   * @param {RTCStatsReport} report
   * @param {(mid: string) => SlotItem | undefined} carriedBy
   * @param {number} now in milliseconds
   * @returns {{own: ForwardStats, of: (participant: string) => LegStats}}
   */
  sample(report, carriedBy, now) {
    const all = /** @type {any[]} */ ([...report.values()]);
    const own = this.#own(all, report, now);
    /** @type {Map<string, LegStats>} */ const legs = new Map();
    const before = this.#before;
    this.#before = new Map();
    const of = (/** @type {string} */ id) => legs.get(id) ?? this.#empty(id, own.rtt_ms);
    for (const entry of all.filter(({ type, mid }) => type === 'inbound-rtp' && mid)) {
      const slot = carriedBy(entry.mid);
      if (!slot) continue;
      const carries = `${slot.participant} ${slot.source}`;
      this.#before.set(entry.mid, { carries, entry, at: now });
      const leg = of(slot.participant);
      legs.set(slot.participant, leg);
      const known = before.get(entry.mid);
      if (known?.carries === carries) this.#add(leg, slot, known, entry, now);
    }
    return { own, of };
  }

  /** @param {string} participant who has left */
  forget(participant) {
    this.#sums.delete(participant);
  }

  /**
   * @param {LegStats} leg
   * @param {SlotItem} slot
   * @param {Before} before
   * @param {any} entry
   * @param {number} now
   */
  #add(leg, { participant, source }, { entry: last, at }, entry, now) {
    const grown = (/** @type {string} */ member) => Math.max(0, (entry[member] ?? 0) - (last[member] ?? 0));
    const sums = this.#of(participant);
    // Of what came, the same as the server counts: no headers, which padding counts as, and nothing that came twice.
    const bytes = Math.max(0, grown('bytesReceived') - grown('retransmittedBytesReceived'));
    leg.down_bps += Math.round((bytes * 8_000) / Math.max(1, now - at));
    const [lost, received] = [grown('packetsLost'), grown('packetsReceived')];
    if (lost + received > 0) leg.loss = Math.max(leg.loss, lost / (lost + received));
    if (source === 'mic') {
      sums.packets += received;
      sums.energy += grown('totalAudioEnergy');
    }
    if (entry.kind === 'video' && received > 0) {
      const picture = { fps: entry.framesPerSecond ?? 0, width: entry.frameWidth ?? 0, height: entry.frameHeight ?? 0 };
      if (source === 'camera') Object.assign(leg, picture);
      else leg.screen = picture;
    }
    if (source === 'camera' || source === 'screen') {
      sums[source] += grown('framesDecoded');
      leg.arrived[source] = arrived(last, entry);
    }
    if (entry.jitter !== undefined && (source === 'mic' || leg.jitter_ms === null)) leg.jitter_ms = entry.jitter * 1_000;
    leg.frames_decoded = { camera: sums.camera, screen: sums.screen };
    leg.audio_packets = sums.packets;
    leg.audio_energy = sums.energy;
  }

  /**
   * @param {string} participant
   * @param {number | null} rtt
   * @returns {LegStats}
   */
  #empty(participant, rtt) {
    const { camera, screen, packets, energy } = this.#of(participant);
    return {
      path: 'forward',
      rtt_ms: rtt,
      up_bps: 0,
      down_bps: 0,
      jitter_ms: null,
      loss: 0,
      frames_decoded: { camera, screen },
      arrived: { camera: NOTHING_ARRIVED, screen: NOTHING_ARRIVED },
      audio_packets: packets,
      audio_energy: energy,
      ...NOTHING,
      screen: { ...NOTHING },
      available_outgoing_bps: null,
      encoding: 0,
      limited: null,
    };
  }

  /** @param {string} participant */
  #of(participant) {
    const sums = this.#sums.get(participant) ?? { camera: 0, screen: 0, packets: 0, energy: 0 };
    this.#sums.set(participant, sums);
    return sums;
  }

  /**
   * @param {any[]} all
   * @param {RTCStatsReport} report
   * @param {number} now
   * @returns {ForwardStats}
   */
  #own(all, report, now) {
    const outbound = all.filter(({ type }) => type === 'outbound-rtp');
    const bytes = outbound.reduce((sum, entry) => sum + (entry.bytesSent ?? 0) + (entry.headerBytesSent ?? 0), 0);
    const before = this.#sent ?? { bytes, at: now };
    this.#sent = { bytes, at: now };
    const growing = this.#encoders.growing(outbound);
    const pair = selectedPair(report, all);
    return {
      up_bps: Math.max(0, Math.round(((bytes - before.bytes) * 8_000) / Math.max(1, now - before.at))),
      rtt_ms: roundTrip(pair, all),
      srtp_cipher: all.find(({ type }) => type === 'transport')?.srtpCipher ?? null,
      available_outgoing_bps: pair?.availableOutgoingBitrate ?? null,
      encoding: growing.length,
      limited: limitOf(growing),
      sending: growing.map(({ rid = '' }) => rid),
    };
  }
}
