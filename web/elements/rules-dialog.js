// A host decides who may come in, and what guests may do.

import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { RIGHTS } from './room-rules.js';
import { DEFAULT_RULES } from '../lib/policy.js';
import { hosts } from '../messages/hosts.js';

/** @typedef {import('../lib/policy.js').Policy} Policy */
/** @typedef {import('../lib/protocol.js').Entry} Entry */

const ENTRIES = /** @type {const} */ (['open', 'knock', 'closed']);

/** Emits `rules` {rules} when they are to hold. */
export class RulesDialog extends HTMLElement {
  /** @type {Map<Entry, HTMLInputElement>} */
  #entries = new Map();
  /** @type {Map<typeof RIGHTS[number], HTMLInputElement>} */
  #rights = new Map();
  #note = h('p', { class: 'hint', id: 'rules-note', 'data-testid': 'rules-note' });
  /** @type {ReturnType<typeof makeDialog> | null} */
  #made = null;

  connectedCallback() {
    if (this.firstChild) return;
    const { heading, entry, guests, apply } = hosts.rules;
    const form = h(
      'form',
      { class: 'dialog-form', method: 'dialog' },
      h('fieldset', { class: 'choices' }, h('legend', {}, entry), ...ENTRIES.map((each) => this.#entry(each))),
      h('fieldset', { class: 'choices rights', 'aria-describedby': 'rules-note' }, h('legend', {}, guests), ...RIGHTS.map((each) => this.#right(each))),
      this.#note,
      h('button', { type: 'submit', class: 'primary', 'data-testid': 'rules-apply' }, apply),
    );
    form.addEventListener('submit', () => emit(this, 'rules', { rules: this.#chosen }));
    this.#made = makeDialog({ title: heading, testid: 'rules-dialog' }, form);
    this.append(this.#made.dialog);
  }

  /** @param {Policy} policy that holds now */
  open({ direct, rules = DEFAULT_RULES }) {
    for (const [entry, radio] of this.#entries) radio.checked = entry === rules.entry;
    for (const [right, box] of this.#rights) {
      box.checked = rules[right];
      // What goes past the server, it cannot keep back.
      box.disabled = direct === 'only' && right !== 'chat';
    }
    this.#note.textContent = direct === 'only' ? hosts.rules.direct : hosts.rules.forwarded;
    this.#made?.open();
  }

  /** @returns {import('../lib/policy.js').Rules} */
  get #chosen() {
    const entry = ENTRIES.find((each) => this.#entries.get(each)?.checked) ?? DEFAULT_RULES.entry;
    const has = (/** @type {typeof RIGHTS[number]} */ right) => this.#rights.get(right)?.checked ?? true;
    return { entry, mic: has('mic'), camera: has('camera'), screen: has('screen'), chat: has('chat') };
  }

  /** @param {Entry} entry */
  #entry(entry) {
    const id = `rules-entry-${entry}`;
    const radio = h('input', { type: 'radio', name: 'rules-entry', id, value: entry, 'data-testid': id });
    this.#entries.set(entry, radio);
    const words = h('span', {}, h('b', {}, hosts.rules.entries[entry]), h('small', {}, hosts.rules.hints[entry]));
    return h('label', { class: 'choice', for: id }, radio, words);
  }

  /** @param {typeof RIGHTS[number]} right */
  #right(right) {
    const id = `rules-${right}`;
    const box = h('input', { type: 'checkbox', id, 'data-testid': id });
    this.#rights.set(right, box);
    return h('label', { class: 'check', for: id }, box, hosts.rules[right]);
  }
}

customElements.define('vv-rules-dialog', RulesDialog);
