/** @typedef {import('./protocol.js').ChatMessage} ChatMessage */

/** So many messages are kept here: more than a server ever tells again. */
export const MESSAGES_KEPT = 1_000;

/**
 * The room's conversation as this side has heard it. It outlives the server: one that was restarted knows nothing of
 * what was said before and begins with id 1 again, so a message is known by more than its id.
 */
export class Conversation {
  /** Oldest first. @type {ChatMessage[]} */ messages = [];

  /** @type {Set<string>} */ #known = new Set();

  /**
   * @param {ChatMessage} message
   * @returns {boolean} whether it is news
   */
  hear(message) {
    const key = keyOf(message);
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    this.messages.push(message);
    for (const old of this.messages.splice(0, this.messages.length - MESSAGES_KEPT)) this.#known.delete(keyOf(old));
    return true;
  }
}

/** @param {ChatMessage} message */
function keyOf({ id, time, from }) {
  return `${id} ${time} ${from}`;
}
