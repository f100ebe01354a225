// The rooms that this browser was in. Pure.

/** @typedef {import('./memory.js').Visit} Visit */

/** The most rooms that are kept; the oldest makes room. */
export const MOST_ROOMS = 8;

/**
 * @param {Visit[]} rooms newest first
 * @param {string} room where somebody is now
 * @param {number} now in milliseconds since 1970
 * @returns {Visit[]}
 */
export function visited(rooms, room, now) {
  return [{ room, last: now }, ...without(rooms, room)].slice(0, MOST_ROOMS);
}

/**
 * @param {Visit[]} rooms
 * @param {string} room to forget
 * @returns {Visit[]}
 */
export function without(rooms, room) {
  return rooms.filter((visit) => visit.room !== room);
}
