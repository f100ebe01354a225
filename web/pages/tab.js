// What concerns this tab: the room that it alone has of this browser, and what the person chose in it.

import { Tabs } from '../lib/tabs.js';

/** @typedef {import('./memory.js').Wishes} Wishes */
/** @typedef {import('./memory.js').Hiding} Hiding */
/** @typedef {import('../lib/links.js').CallLink} CallLink */

/**
 * Makes another tab leave the room, if there is one in it, and lets a call of this tab have it.
 * @param {string} room
 */
export async function takeRoom(room) {
  const tabs = new Tabs(room);
  if (!(await tabs.claimed)) await tabs.takeOver();
  tabs.release();
}

/**
 * What was turned on or off by hand, as far as it holds for this link. What a link wants off is off when its room is
 * entered for the first time; after that the person's own choice counts.
 * @param {Wishes} kept
 * @param {CallLink} link
 * @returns {Wishes}
 */
export function wishesFor(kept, { room, mic, camera }) {
  if (kept.room === room) return kept;
  return { room: room ?? '', mic: mic ? kept.mic : null, camera: camera ? kept.camera : null };
}

/**
 * Whether one's own address is to be hidden: the person may have turned off what the link asks for.
 * @param {Hiding[]} hidings what was chosen in this tab
 * @param {CallLink} link
 * @param {boolean} always what was chosen last, in whatever room
 */
export function isHidden(hidings, link, always) {
  const chosen = hidings.find(({ room }) => room === link.room)?.hidden;
  return always || (chosen ?? link.ice === 'relay');
}

/**
 * The people in a room without the one who is this person in another tab.
 * @template {{name: string}} P
 * @param {P[]} people
 * @param {string[]} names by one of which the person is there, the likelier ones first
 * @returns {P[]}
 */
export function others(people, names) {
  const own = names.map((wanted) => people.findIndex(({ name }) => name === wanted)).find((index) => index >= 0);
  return people.filter((_, index) => index !== own);
}
