import { LIMITS } from './protocol.js';

/** Control characters, and those that turn the text around a name (UAX #9) and so let it pass for another. */
const REFUSED = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** Something that can be seen: a name without any looks like none. */
const VISIBLE = /[^\p{C}\p{Z}]/u;

/** Everything that is there only to give text a direction (UAX #9, section 2). */
const DIRECTING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * What is wrong with a room's name, by the rules of docs/protocol.md. The rooms `.` and `..` may exist, but no link leads
 * to them.
 *
 * @param {string} room
 * @returns {'missing' | 'tooLong' | 'noLink' | null} null if it can be used
 */
export function roomProblem(room) {
  if (!VISIBLE.test(room)) return 'missing';
  if (bytes(room) > LIMITS.room) return 'tooLong';
  return room === '.' || room === '..' ? 'noLink' : null;
}

/**
 * What is wrong with what a person wants to be called. Nothing at all is a name, too.
 *
 * @param {string} name
 * @returns {'tooLong' | 'characters' | null} null if it can be used
 */
export function nameProblem(name) {
  if (bytes(name) > LIMITS.name) return 'tooLong';
  return REFUSED.test(name) ? 'characters' : null;
}

/**
 * A name without the characters that give the text around them a direction. Nobody sees them, so nobody could take them
 * out; right-to-left letters need none of them where a name is kept apart from the sentence that it is in.
 *
 * @param {string} name
 */
export function cleanName(name) {
  return name.replace(DIRECTING, '');
}

/** @param {string} text */
function bytes(text) {
  return new TextEncoder().encode(text).length;
}
