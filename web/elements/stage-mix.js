// The mix on the stage: unseen until it has a picture, then in place of everybody, and over everybody until they have theirs.

/** @typedef {import('./mix-tile.js').MixTile} MixTile */
/**
 * @typedef {object} Mix
 * @property {import('../lib/mixing.js').MixState} state
 * @property {import('../lib/call.js').RemoteParticipant | null} participant what comes of it; null while it is off
 * @property {string} why it is received, in a sentence
 * @property {ReadonlySet<string>} apart ids of those who are not in it, and keep their tiles
 */

/** Holds the tile of the mix while there is one. */
export class StageMix {
  /** @type {MixTile | null} */
  tile = null;
  /** Whether nobody's picture is wanted, and so not this one either. */
  soundOnly = false;
  /** @type {Mix['state']} */
  #state = 'off';
  /** @type {ReadonlySet<string>} */
  #apart = new Set();

  /**
   * @param {Mix} mix
   * @param {() => MixTile} stand puts its tile on the stage
   */
  show({ state, participant, why, apart }, stand) {
    [this.#state, this.#apart] = [state, apart];
    if (!participant) return this.#remove();
    this.tile ??= stand();
    this.tile.why = why;
    this.tile.show(participant);
  }

  /** Whether it can be seen. */
  get isSeen() {
    return this.tile !== null && this.#state !== 'coming' && !this.soundOnly;
  }

  /** Whether those in it have no place of their own. */
  get isAlone() {
    return this.isSeen && this.#state === 'on';
  }

  /**
   * Whether somebody has a place all the same.
   * @param {string} participant
   */
  isApart(participant) {
    return this.#apart.has(participant);
  }

  #remove() {
    this.tile?.remove();
    this.tile = null;
  }
}
