// Short sentences about the call, over the stage.

import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/**
 * @typedef {object} Notice
 * @property {string} id one notice per id: a later one takes the place of an earlier one
 * @property {string} text
 * @property {"info" | "warning" | "quiet"} [kind]
 * @property {{label: string, run: () => void}} [action]
 * @property {{label: string, run: () => void}} [other] what can be done instead
 * @property {boolean} [passing] goes by itself after a while
 * @property {boolean} [fixed] cannot be dismissed: it goes when its cause does
 * @property {boolean} [hint] about the network, the microphone or another tab, and no failure
 */

/** How long a passing notice stays, in milliseconds. */
const PASSING = 5_000;

/** The most notices shown at once; the oldest makes room, but for those that go with their cause. */
const MOST_NOTICES = 4;

/** Between a notice that lasts and what it must not cover, in CSS pixels. */
const GAP = 8;

/**
 * A live region: what appears here is also read out. Emits `lost` when the focus went away with the last button, and `covers`
 * {hints, lasting}: how far, in CSS pixels, what does not pass by itself reaches into the stage from above.
 */
export class Notices extends HTMLElement {
  /** @type {Map<string, {node: HTMLElement, timer: number, fixed: boolean}>} */
  #shown = new Map();
  #hints = h('div', { class: 'notices-hints' });
  #lasting = h('div', { class: 'notices-lasting' });
  #covered = { hints: 0, lasting: 0 };
  #resized = new ResizeObserver(() => this.#measure());

  connectedCallback() {
    this.setAttribute('role', 'status');
    this.setAttribute('aria-live', 'polite');
    if (!this.firstChild) this.append(this.#hints, this.#lasting);
    for (const part of [this, this.#hints, this.#lasting]) this.#resized.observe(part);
  }

  disconnectedCallback() {
    this.#resized.disconnect();
    for (const id of this.#shown.keys()) this.clear(id);
  }

  /** @param {Notice} notice */
  show(notice) {
    this.clear(notice.id);
    if (notice.kind === 'quiet') this.#clearQuiet();
    const oldest = [...this.#shown].find(([, { fixed }]) => !fixed);
    if (oldest && this.#shown.size >= MOST_NOTICES) this.clear(oldest[0]);
    const node = this.#node(notice);
    const timer = notice.passing ? window.setTimeout(() => this.clear(notice.id), PASSING) : 0;
    this.#shown.set(notice.id, { node, timer, fixed: notice.fixed ?? false });
    const aside = notice.hint || notice.kind === 'quiet';
    (aside ? this.#hints : this.#lasting).append(node);
  }

  /** @param {string} id */
  clear(id) {
    const shown = this.#shown.get(id);
    if (!shown) return;
    window.clearTimeout(shown.timer);
    const focused = shown.node.contains(document.activeElement);
    shown.node.remove();
    this.#shown.delete(id);
    if (!focused) return;
    this.querySelector('button')?.focus();
    emit(this, 'lost');
  }

  /**
   * Lets one that lasts go by itself from now on.
   * @param {string} id
   */
  pass(id) {
    const shown = this.#shown.get(id);
    if (shown && shown.timer === 0) shown.timer = window.setTimeout(() => this.clear(id), PASSING);
  }

  /** Hints stand above the stage, and those of many words reach into it. */
  #measure() {
    const reach = this.#hints.offsetHeight - this.#lasting.offsetTop;
    const nodes = /** @type {HTMLElement[]} */ ([...this.#lasting.querySelectorAll(':scope > :not([data-passing])')]);
    const [first, last] = [nodes[0], nodes.at(-1)];
    const hints = reach > 0 ? reach + GAP : 0;
    const lasting = first && last ? last.offsetTop + last.offsetHeight - first.offsetTop + 2 * GAP : 0;
    if (hints === this.#covered.hints && lasting === this.#covered.lasting) return;
    this.#covered = { hints, lasting };
    emit(this, 'covers', this.#covered);
  }

  /** Quiet sentences have one place, over the others: there is only ever the newest of them. */
  #clearQuiet() {
    for (const [id, { node }] of this.#shown) if (node.dataset['kind'] === 'quiet') this.clear(id);
  }

  /** @param {Notice} notice */
  #node({ id, text: sentence, kind = 'info', action, other, passing = false, fixed = false, hint = false }) {
    const node = h('div', {
      class: 'notice',
      'data-kind': kind,
      'data-passing': passing,
      'data-notice': id,
      'data-testid': hint ? 'hint' : 'notice',
    });
    if (kind !== 'quiet') node.append(icon(kind));
    node.append(h('span', {}, sentence));
    if (action) node.append(h('button', { type: 'button', class: 'primary', onclick: action.run }, action.label));
    if (other) node.append(h('button', { type: 'button', class: 'quiet', onclick: other.run }, other.label));
    if (!passing && !fixed) node.append(this.#dismissButton(id));
    return node;
  }

  /** @param {string} id */
  #dismissButton(id) {
    const button = h('button', { type: 'button', class: 'plain', 'aria-label': text.dismiss, title: text.dismiss });
    button.append(icon('close'));
    button.addEventListener('click', () => this.clear(id));
    return button;
  }
}

customElements.define('vv-notices', Notices);
