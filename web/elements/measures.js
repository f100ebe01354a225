// What the statistics show, and in which words.

import { tag, text } from '../messages/index.js';

/** @typedef {import('../lib/stats.js').LegStats} LegStats */
/** @typedef {import('./plot.js').Series} Series */
/** @typedef {import('../lib/protocol.js').ServerStats} ServerStats */
/** @typedef {ServerStats['slots'][number]} Layer what a slot carries, as the server says */
/**
 * @template Sample
 * @typedef {object} Measure
 * @property {string} title
 * @property {(sample: Sample) => number | null} of
 * @property {(value: number) => string} words
 * @property {number} least see Series
 */

const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });

/** @typedef {Measure<{up_bps: number, down_bps: number}>} Rate */

/** To a server that forwards everything is sent once: none of it is for one person. @type {Rate} */
export const SENT = { title: text.stats.up, of: (sample) => sample.up_bps, words: rate, least: 100_000 };

/** Of the whole call, and of every leg. @type {Rate[]} */
export const TRAFFIC = [
  SENT,
  { title: text.stats.down, of: (sample) => sample.down_bps, words: rate, least: 100_000 },
];

/** Of one leg. @type {Measure<LegStats>[]} */
export const LEG = [
  ...TRAFFIC,
  { title: text.stats.rtt, of: (sample) => sample.rtt_ms, words: milliseconds, least: 50 },
  { title: text.stats.jitter, of: (sample) => sample.jitter_ms, words: milliseconds, least: 20 },
  { title: text.stats.loss, of: (sample) => sample.loss, words: (value) => percent.format(value), least: 0.05 },
  { title: text.stats.fps, of: (sample) => sample.fps, words: (value) => whole.format(value), least: 30 },
  {
    title: text.stats.size,
    of: (sample) => sample.height || null,
    words: (value) => `${whole.format(value)}p`,
    least: 720,
  },
];

/**
 * @template Sample
 * @param {Measure<Sample>} measure
 * @param {readonly Sample[]} history
 * @returns {Series}
 */
export function series({ title, of, words, least }, history) {
  const values = history.map(of);
  const known = values.filter((value) => value !== null);
  const newest = values.at(-1) ?? null;
  const now = newest === null ? text.stats.none : words(newest);
  const most = known.length > 0 ? words(Math.max(...known)) : text.stats.none;
  return { values, least, now, description: `${title}: ${text.stats.plot(now, most)}` };
}

/**
 * The newest sample in a few words.
 * @param {LegStats | undefined} sample
 * @returns {string}
 */
export function summary(sample) {
  if (!sample) return '';
  const { rtt_ms: rtt, loss, width, height, fps } = sample;
  const size = height > 0 ? `${width}×${height}` : null;
  const parts = [
    rtt === null ? null : milliseconds(rtt),
    percent.format(loss),
    size,
    size && text.stats.fpsShort(whole.format(fps)),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

/**
 * Which layer of a picture comes, and at which rate.
 * @param {Layer} layer
 * @returns {string}
 */
export function layerWords({ rid, bitrate }) {
  const { layers, layer } = text.stats;
  const size = rid === 'q' || rid === 'h' || rid === 'f' ? layer(layers[rid]) : '';
  return [size, rate(bitrate)].filter(Boolean).join(' ');
}

/**
 * What the server says of the whole room, in words.
 * @param {ServerStats} stats
 * @returns {[title: string, value: string][]}
 */
export function roomWords({ estimate, room }) {
  const { stats } = text;
  const count = (/** @type {number} */ value) => whole.format(value);
  const lost = room.packets_lost;
  return [
    [stats.estimate, estimate === null ? stats.none : rate(estimate)],
    [stats.publishers, count(room.publishers)],
    [stats.subscribers, count(room.subscribers)],
    [stats.roomIn, rate(room.bitrate_in)],
    [stats.roomOut, rate(room.bitrate_out)],
    [stats.packetsIn, count(room.packets_in)],
    [stats.packetsOut, count(room.packets_out)],
    ...(lost === undefined ? [] : [/** @type {[string, string]} */ ([stats.packetsLost, count(lost)])]),
    [stats.keyFrames, count(room.key_frame_requests)],
  ];
}

/**
 * The stretches in which something is known, as [begin, end).
 * @param {(number | null)[]} values
 * @returns {[number, number][]}
 */
export function runs(values) {
  /** @type {[number, number][]} */
  const found = [];
  let begin = -1;
  [...values, null].forEach((value, index) => {
    if (value !== null && begin < 0) begin = index;
    if (value !== null || begin < 0) return;
    found.push([begin, index]);
    begin = -1;
  });
  return found;
}

/** @param {number} value */
export function milliseconds(value) {
  return text.stats.ms(value < 10 ? tenths.format(value) : whole.format(value));
}

/** @param {number} value in bit/s */
export function rate(value) {
  if (value < 1_000_000) return text.stats.kbit(whole.format(value / 1_000));
  return text.stats.mbit(tenths.format(value / 1_000_000));
}
