import { CLIENT } from './client.js';
import { LINES } from './network-test.js';
import { verdict } from './network-verdict.js';
import { platform } from './platform.js';

/** @typedef {import('./network-test.js').Results} Results */
/** @typedef {import('./network-test.js').Line} Line */
/** @typedef {import('./network-tries.js').Result} Result */

/** What each line is, and what its milliseconds are. @type {Record<Line, [what: string, time: (ms: string) => string]>} */
const WORDS = {
  signaling: ['WebSocket to the server', (ms) => `${ms} there and back`],
  stun: ['STUN over UDP', (ms) => `answered after ${ms}`],
  udp: ['TURN over UDP', (ms) => `${ms} there and back`],
  tcp: ['TURN over TCP', (ms) => `${ms} there and back`],
  tls: ['TURN over TLS', (ms) => `${ms} there and back`],
  forward: ['forwarding', (ms) => `connected after ${ms}`],
};

/** @type {Record<Result['state'], string>} */
const STATES = {
  trying: 'not finished',
  works: 'works',
  blocked: 'does not work',
  absent: 'not offered',
  untried: 'could not be tried',
};

/**
 * What was found, as plain text, in English, for whoever helps. It names no address, no room and no credentials.
 *
 * @param {Results} results
 * @param {{now?: Date, platform?: Partial<import('./platform.js').Platform>}} [options]
 */
export function networkReport(results, { now = new Date(), platform: replaced } = {}) {
  const lines = LINES.map((line) => `${WORDS[line][0]}: ${describe(line, results[line])}`);
  const { calls, notes } = verdict(results);
  const isDone = LINES.every((line) => results[line].state !== 'trying');
  const found = isDone ? [`calls: ${[calls, ...notes].join(', ')}`] : [];
  return `${[`network test, ${CLIENT}, ${now.toISOString()}`, platform(replaced).userAgent, ...lines, ...found].join('\n')}\n`;
}

/** @param {Line} line @param {Result} result */
function describe(line, { state, ms, via }) {
  const way = via ? ` over ${via.toUpperCase()}` : '';
  const time = ms === null ? '' : `, ${WORDS[line][1](`${Math.round(ms)} ms`)}`;
  return `${STATES[state]}${way}${time}`;
}
