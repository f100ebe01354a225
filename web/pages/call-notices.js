// What the page says during a call, and when it stops saying it.

import { text } from '../messages/index.js';

/** @typedef {import('../elements/notices.js').Notices} Notices */

/** After this time without an answer the page says that the server cannot be reached, in milliseconds. */
const JOINING_IS_SLOW = 4_000;

/** Speaks through the call's `<vv-notices>`. */
export class CallNotices {
  #notices;
  #wasLost = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slow;
  /** What was said last about the devices. */
  #problems;
  /** Ends the wait for a touch while the browser holds the sound back. @type {AbortController | null} */
  #silent = null;
  /** Tries to play with sound again. */
  #hear = () => {};

  /**
   * @param {Notices} notices
   * @param {string[]} problems with the devices that were said before the call
   */
  constructor(notices, problems) {
    this.#notices = notices;
    this.#problems = problems;
  }

  joining() {
    this.#notices.show({ id: 'signaling', text: text.call.joining, kind: 'quiet', fixed: true });
    this.#slow = setTimeout(() => this.#lasting(text.call.unreachable), JOINING_IS_SLOW);
  }

  /** The connection to the server is lost; media goes on. */
  lost() {
    this.#wasLost = true;
    this.#lasting(text.call.reconnecting);
  }

  /** The server has let us in, or back in. */
  joined() {
    clearTimeout(this.#slow);
    this.#notices.clear('signaling');
    if (this.#wasLost) this.#notices.show({ id: 'back', text: text.call.back, kind: 'quiet', passing: true });
    this.#wasLost = false;
  }

  /**
   * @param {'joined' | 'left'} type
   * @param {string} name
   */
  moved(type, name) {
    this.#notices.show({ id: 'who', text: text.call[type](name), kind: 'quiet', passing: true });
  }

  /**
   * Says once what is in the way of the devices: a sentence that was dismissed stays away until there is another.
   * @param {string[]} problems
   */
  devices(problems) {
    for (const gone of this.#problems.filter((problem) => !problems.includes(problem))) this.#notices.clear(gone);
    for (const problem of problems) {
      if (!this.#problems.includes(problem)) this.#notices.show({ id: problem, text: problem, kind: 'warning' });
    }
    this.#problems = problems;
  }

  /** @param {{code: string, message: string}} refusal */
  refused({ code, message }) {
    // A connection that cannot be negotiated is seen at its tile.
    if (code === 'negotiation') return;
    this.#notices.show({ id: 'refused', text: text.call.problem(message), kind: 'warning' });
  }

  /**
   * @param {boolean} copied
   * @param {string} link
   */
  link(copied, link) {
    const sentence = copied ? text.controls.copied : text.controls.copyThis(link);
    this.#notices.show({ id: 'copy', text: sentence, passing: copied });
  }

  /**
   * Any touch or key on the page makes the browser let the sound through; the button is there to ask for one.
   * @param {() => void} hear
   */
  silent(hear) {
    if (this.#silent) return;
    const { signal } = (this.#silent = new AbortController());
    this.#hear = hear;
    for (const type of ['click', 'keydown']) document.addEventListener(type, () => this.audible(), { signal });
    const action = { label: text.call.hear, run: () => this.audible() };
    this.#notices.show({ id: 'sound', text: text.call.blocked, action });
  }

  /** The sound may be let through now: after a touch, or as the page uses a camera or microphone of its own. */
  audible() {
    if (!this.#silent) return;
    this.#silent.abort();
    this.#silent = null;
    this.#notices.clear('sound');
    this.#hear();
  }

  /** The call is over: nothing is waited for any more. */
  end() {
    clearTimeout(this.#slow);
    this.#silent?.abort();
  }

  /** @param {string} sentence */
  #lasting(sentence) {
    this.#notices.show({ id: 'signaling', text: sentence, kind: 'warning', fixed: true });
  }
}
