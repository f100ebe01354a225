// The rooms that this browser was in. Pure.

/** @typedef {import('./memory.js').Visit} Visit */

/** The most rooms that are kept; the oldest makes room. */
export const MOST_ROOMS = 8;

/**
 * @param {Visit[]} rooms newest first
 * @param {string} room where somebody is now
 * @param {number} now in milliseconds since 1970
 * @param {boolean} [relay] whether one's address is hidden there
 * @returns {Visit[]}
 */
export function visited(rooms, room, now, relay = false) {
  return newest(rooms, { room, last: now, ...(relay && { relay }) });
}

/**
 * @template {{room: string}} T
 * @param {T[]} rooms newest first
 * @param {T} entry in place of an earlier one of the same room
 * @returns {T[]}
 */
export function newest(rooms, entry) {
  return [entry, ...without(rooms, entry.room)].slice(0, MOST_ROOMS);
}

/**
 * @template {{room: string}} T
 * @param {T[]} rooms
 * @param {string} room to forget
 * @returns {T[]}
 */
export function without(rooms, room) {
  return rooms.filter((visit) => visit.room !== room);
}
