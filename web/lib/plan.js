import { DEFAULT_POLICY } from './policy.js';

/** @typedef {import('./protocol.js').Path} Path */
/** @typedef {import('./protocol.js').Plan} Plan */
/** @typedef {import('./protocol.js').Switch} Switch */

/** What holds where the server says nothing of it. @type {Plan} */
export const DEFAULT = Object.freeze({
  version: 0,
  policy: DEFAULT_POLICY,
  legs: true,
  standby: false,
  forwarded: [],
  switches: [],
  unreached: [],
  mix: 'off',
  mixed: [],
  recording: false,
});

/** Which way everybody's media goes, as the server says. Pure. */
export class Paths {
  /** @type {Plan} */ plan = DEFAULT;

  /**
   * @param {string} publisher
   * @returns {Path} that counts for now
   */
  of(publisher) {
    const forwarded = this.plan.forwarded.some(({ participant }) => participant === publisher);
    // Whoever has just come is not in the plan yet; without connections between participants there is one path only.
    return forwarded || !this.plan.legs ? 'forward' : 'direct';
  }

  /**
   * @param {string} publisher
   * @returns {import('./protocol.js').Reason} why it is that path
   */
  why(publisher) {
    const forwarded = this.plan.forwarded.find(({ participant }) => participant === publisher);
    if (forwarded) return forwarded.reason;
    if (this.isUnreached(publisher)) return 'unreached';
    return this.plan.policy.direct === 'auto' ? 'small' : 'policy';
  }

  /**
   * @param {string} publisher
   * @returns {Switch | undefined} by which their media changes its path now
   */
  switchOf(publisher) {
    return this.plan.switches.find((one) => one.publisher === publisher);
  }

  /**
   * @param {string} publisher
   * @returns {Path} that subscribers are to take
   */
  wanted(publisher) {
    return this.switchOf(publisher)?.to ?? this.of(publisher);
  }

  /**
   * @param {string} publisher
   * @param {Path} path
   * @returns {boolean} whether their media is sent on it: on both during a switch
   */
  carries(publisher, path) {
    const { from, to } = this.switchOf(publisher) ?? {};
    return path === from || path === to || path === this.of(publisher);
  }

  /** Whether the server forwards anybody's media. */
  get forwards() {
    return !this.plan.legs || this.plan.forwarded.length > 0;
  }

  /**
   * @param {string} subscriber
   * @returns {boolean} whether they cannot reach the server, and are sent to directly whatever the path is
   */
  isUnreached(subscriber) {
    return this.plan.unreached.includes(subscriber);
  }

  /**
   * @param {string} subscriber
   * @returns {import('./protocol.js').MixReason | null} why they are to receive the mix; null: they are not
   */
  whyMixed(subscriber) {
    return this.plan.mixed.find(({ participant }) => participant === subscriber)?.reason ?? null;
  }

  /** What the room is called in the words of the craft. @returns {'mesh' | 'star' | 'hybrid'} */
  name(/** @type {string[]} */ publishers) {
    const forwarded = publishers.filter((publisher) => this.of(publisher) === 'forward').length;
    if (forwarded === 0) return 'mesh';
    return forwarded === publishers.length ? 'star' : 'hybrid';
  }
}
