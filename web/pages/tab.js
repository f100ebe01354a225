// One tab of this browser for each room.

import { Tabs } from '../lib/tabs.js';

/**
 * Makes another tab leave the room, if there is one in it, and lets a call of this tab have it.
 * @param {string} room
 */
export async function takeRoom(room) {
  const tabs = new Tabs(room);
  if (!(await tabs.claimed)) await tabs.takeOver();
  tabs.release();
}
