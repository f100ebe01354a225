// The network test: what is tried, what came of it, and what that means.

import { copyButton } from './copy-button.js';
import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { NetworkLine } from './network-line.js';
import { network } from '../messages/network.js';
import { LINES } from '../lib/network-test.js';

/** @typedef {import('../lib/network-test.js').Results} Results */
/** @typedef {import('../lib/network-verdict.js').Verdict} Verdict */

/** @type {Record<Verdict['calls'], import('./icon.js').IconName>} */
const SIGNS = { direct: 'check', server: 'check', tcp: 'warning', forward: 'warning', text: 'warning', none: 'close' };

/** Emits `again`, and `closed` when nobody looks at it any more. */
export class NetworkTestDialog extends HTMLElement {
  /** What is copied. */
  report = () => '';
  #lines = LINES.map((line) => new NetworkLine(line));
  /** It is there from the beginning, so that what comes into it is read out. */
  #verdict = h('div', { class: 'network-verdict', role: 'status', 'data-testid': 'network-verdict' });
  /** Only where the browser lets the page copy nothing. */
  #field = h('textarea', { id: 'network-report', readonly: true, dir: 'ltr', rows: 6, 'data-testid': 'network-report' });
  #byHand = h('div', { class: 'network-by-hand', hidden: true }, h('label', { for: 'network-report' }, network.byHand), this.#field);
  #again = h('button', { type: 'button', class: 'small', 'data-testid': 'network-again', onclick: () => emit(this, 'again') }, network.again);
  #copy = copyButton({
    testid: 'network-copy',
    name: 'small',
    label: network.copy,
    copied: network.copied,
    link: () => this.report(),
    failed: () => this.#reveal(),
  });
  #made = makeDialog(
    { title: network.heading, testid: 'network-dialog' },
    this.#verdict,
    h('div', { class: 'network-lines', role: 'list', 'aria-label': network.list }, ...this.#lines),
    this.#byHand,
    h('div', { class: 'network-ways' }, this.#again, this.#copy),
  );

  connectedCallback() {
    if (this.firstChild) return;
    this.#made.dialog.addEventListener('close', () => emit(this, 'closed'));
    this.append(this.#made.dialog);
  }

  open() {
    this.#made.open();
  }

  /**
   * @param {Results} results
   * @param {Verdict | null} verdict null while it is not done
   * @param {number} port of the server
   */
  show(results, verdict, port) {
    for (const line of this.#lines) line.show(results[line.line]);
    this.#byHand.hidden = true;
    this.#verdict.dataset['calls'] = verdict?.calls ?? '';
    if (verdict) this.#verdict.replaceChildren(...this.#words(verdict, port));
    else if (this.#verdict.textContent !== network.running) this.#verdict.textContent = network.running;
  }

  /**
   * @param {Verdict} verdict
   * @param {number} port
   */
  #words({ calls, notes }, port) {
    const sentences = notes.map((note) => h('p', {}, network.notes[note](port)));
    return [h('p', { class: 'network-calls' }, icon(SIGNS[calls]), network.calls[calls]), ...sentences];
  }

  #reveal() {
    this.#field.value = this.report();
    this.#byHand.hidden = false;
    this.#field.focus();
    this.#field.select();
  }
}

customElements.define('vv-network-test', NetworkTestDialog);
