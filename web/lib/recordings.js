import { Emitter } from './emitter.js';

/** The most that are kept: a server tells of no more of one room. */
export const RECORDINGS_KEPT = 32;

/**
 * A recording of the room. `lost`: it was under way when it was last heard of, and nobody will say how long it is; what there is of
 * it can be had.
 *
 * @typedef {Omit<import('./protocol.js').RecordingInfo, 'state'>
 *   & {state: import('./protocol.js').RecordingInfo['state'] | 'lost'}} Recording
 */

/**
 * The recordings of the room, as its hosts are told of them. They outlive the server: one that was restarted knows nothing of
 * what it told before, and hands it out all the same.
 *
 * - `changed`: there is another one, or more is known of one
 *
 * @extends {Emitter<{changed: undefined}>}
 */
export class Recordings extends Emitter {
  /** Oldest first. @type {readonly Recording[]} */ items = [];

  /** @param {import('./protocol.js').RecordingInfo[]} told all that the server knows of */
  hear(told) {
    const ids = new Set(told.map(({ id }) => id));
    const others = this.items.filter(({ id }) => !ids.has(id));
    this.#become([...others, ...told].sort((one, other) => one.began - other.began).slice(-RECORDINGS_KEPT));
  }

  /** The server may know nothing any more: it tells anew of what it does know. */
  forget() {
    if (this.items.some(({ state }) => state === 'running')) this.#become(this.items.map(lastSeen));
  }

  /** This side is no host any more, and has no right to them. */
  clear() {
    if (this.items.length > 0) this.#become([]);
  }

  /** @param {readonly Recording[]} items */
  #become(items) {
    this.items = items;
    this.emit('changed', undefined);
  }
}

/**
 * @param {Recording} recording
 * @returns {Recording} to whoever hears nothing of it any more
 */
export function lastSeen(recording) {
  return recording.state === 'running' ? { ...recording, state: 'lost' } : recording;
}
