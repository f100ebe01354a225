/** @typedef {import('../../../web/lib/protocol.js').ParticipantCosts} ParticipantCosts */
/** @typedef {import('../../../web/lib/protocol.js').Costs} Costs */
/** @typedef {import('../../../web/lib/protocol.js').Plan} Plan */

export const SERVER = Object.freeze({ packets_in: 0, packets_out: 0, bitrate_in: 0, bitrate_out: 0, cpu: 0, mix: 0 });

/**
 * Somebody whose camera is on, directly.
 *
 * @param {string} participant
 * @param {Partial<ParticipantCosts>} [members]
 * @returns {ParticipantCosts}
 */
export function person(participant, members = {}) {
  const figures = { uplink: 4_000_000, up: 1_000_000, down: 1_000_000, encoders: 1, decoders: 1, rtt: 5 };
  return { participant, name: participant, kind: 'native', path: 'direct', standby: true, ...figures, ...members };
}

/**
 * Somebody who says nothing of themselves.
 *
 * @param {string} participant
 * @param {'classic' | 'whip'} kind
 * @returns {ParticipantCosts}
 */
export function silent(participant, kind) {
  const figures = { uplink: null, up: null, down: null, encoders: null, decoders: null, rtt: null };
  return person(participant, { ...figures, kind, path: kind === 'whip' ? 'forward' : 'direct', standby: false });
}

/**
 * @param {ParticipantCosts[]} participants
 * @param {{server?: Partial<Costs['server']>, plan?: Partial<Plan>}} [members]
 * @returns {Costs}
 */
export function costsOf(participants, { server = {}, plan = {} } = {}) {
  const policy = { direct: /** @type {const} */ ('auto'), mix: /** @type {const} */ ('allowed'), direct_max: 4 };
  const whole = { version: 1, policy, legs: true, standby: true, forwarded: [], switches: [], unreached: [], mix: /** @type {const} */ ('off'), mixed: [], recording: false, ...plan };
  return { type: 'costs', seq: 1, re: 1, room: 'r', plan: whole, participants, server: { ...SERVER, ...server }, switches: [] };
}
