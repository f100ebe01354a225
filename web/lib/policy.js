/**
 * What a room's host decides about the ways of its media (docs/protocol.md, `policy`). Pure.
 *
 * @typedef {import('./protocol.js').Policy} Policy
 * @typedef {import('./protocol.js').Rules} Rules
 * @typedef {{room: string, policy: Policy}} Chosen for a room that is yet to be made
 */

/** What holds where nobody has decided anything. @type {Readonly<Policy>} */
export const DEFAULT_POLICY = Object.freeze({ direct: 'auto', mix: 'allowed', direct_max: 4 });

/** What guests may do where nobody has decided anything. @type {Readonly<Rules>} */
export const DEFAULT_RULES = Object.freeze({ entry: 'open', mic: true, camera: true, screen: true, chat: true });

/** The most that may be connected to each other: each of them encodes for all others. */
export const DIRECT_MOST = 12;

/** The two that a link can ask for. @type {Record<'direct' | 'forward', Policy['direct']>} */
const OF_PATH = { direct: 'only', forward: 'never' };

/**
 * What a link asks for, for a room that it opens.
 *
 * @param {'direct' | 'forward' | null} path
 * @returns {Policy | null} null: it leaves that open
 */
export function policyOfPath(path) {
  return path && { ...DEFAULT_POLICY, direct: OF_PATH[path] };
}

/**
 * What the link to a room has to ask for, so that whoever opens it first makes the same room.
 *
 * @param {Policy} policy
 * @returns {'direct' | 'forward' | null}
 */
export function pathOfPolicy({ direct }) {
  return direct === 'auto' ? null : direct === 'only' ? 'direct' : 'forward';
}

/**
 * What to ask for on joining: what was chosen for that room in this tab, or else what the link asks for.
 *
 * @param {Chosen | null} chosen
 * @param {{room: string | null, path: 'direct' | 'forward' | null}} link
 * @returns {Policy | null}
 */
export function policyFor(chosen, { room, path }) {
  const asked = policyOfPath(path);
  if (!chosen || chosen.room !== room) return asked;
  // Somebody may have put in another link by hand since.
  return asked && asked.direct !== chosen.policy.direct ? asked : chosen.policy;
}

/**
 * Makes sense of what may have been written by another version of the page, or by hand.
 *
 * @param {any} value
 * @returns {Policy}
 */
export function readPolicy(value) {
  const { direct, mix, direct_max: most } = value ?? {};
  return {
    direct: direct === 'only' || direct === 'never' ? direct : DEFAULT_POLICY.direct,
    mix: mix === 'never' ? mix : DEFAULT_POLICY.mix,
    direct_max: Number.isInteger(most) && most >= 1 && most <= DIRECT_MOST ? most : DEFAULT_POLICY.direct_max,
  };
}

/**
 * Whether who is not in the room may watch it: the server then sees the media, and makes one picture of it.
 *
 * @param {Policy} policy
 */
export function allowsMix({ direct, mix }) {
  return direct !== 'only' && mix === 'allowed';
}

/**
 * Whether guests may not send something that they have: then everybody's media goes by the server, which keeps it back.
 *
 * @param {Rules} rules
 */
export function restrictsMedia({ mic, camera, screen }) {
  return !(mic && camera && screen);
}
