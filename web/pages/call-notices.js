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
  /** What was said last about each device. @type {Map<string, string | null>} */
  #problems = new Map();
  /** Ends the wait for a touch while the browser holds the sound back. @type {AbortController | null} */
  #silent = null;

  /** @param {Notices} notices */
  constructor(notices) {
    this.#notices = notices;
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
   * Says once what is in the way of a device: a sentence that was dismissed stays away until there is another.
   * @param {'mic' | 'camera'} source
   * @param {string | null} problem
   */
  device(source, problem) {
    if (problem === (this.#problems.get(source) ?? null)) return;
    this.#problems.set(source, problem);
    if (problem) this.#notices.show({ id: source, text: problem, kind: 'warning' });
    else this.#notices.clear(source);
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
    const silent = (this.#silent = new AbortController());
    const touched = () => {
      silent.abort();
      this.#silent = null;
      this.#notices.clear('sound');
      hear();
    };
    for (const type of ['click', 'keydown']) document.addEventListener(type, touched, { signal: silent.signal });
    const action = { label: text.call.hear, run: touched };
    this.#notices.show({ id: 'sound', text: text.call.blocked, action });
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
