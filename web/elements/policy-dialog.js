// A host decides anew which way the media of the room goes.

import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { PolicyChoice } from './policy-choice.js';
import { DEFAULT_RULES, restrictsMedia } from '../lib/policy.js';
import { hosts } from '../messages/hosts.js';
import { text } from '../messages/index.js';

/** Emits `policy` {policy} when it is to hold. */
export class PolicyDialog extends HTMLElement {
  #choice = new PolicyChoice();
  #note = h('p', { class: 'hint', 'data-testid': 'policy-note' });
  /** @type {ReturnType<typeof makeDialog> | null} */
  #made = null;

  connectedCallback() {
    if (this.firstChild) return;
    const form = h('form', { class: 'dialog-form', method: 'dialog' }, this.#choice);
    form.append(this.#note, h('button', { type: 'submit', class: 'primary', 'data-testid': 'policy-apply' }, text.policy.apply));
    form.addEventListener('submit', () => emit(this, 'policy', { policy: this.#choice.policy }));
    this.#made = makeDialog({ title: text.policy.heading, testid: 'policy-dialog' }, form);
    this.append(this.#made.dialog);
  }

  /** @param {import('../lib/policy.js').Policy} policy that holds now */
  open(policy) {
    this.#choice.policy = policy;
    // What goes past the server, it cannot keep back.
    const isKeptBack = restrictsMedia(policy.rules ?? DEFAULT_RULES);
    this.#choice.allowOnly(!isKeptBack);
    this.#note.textContent = isKeptBack ? hosts.rules.policy : text.policy.note;
    this.#made?.open();
  }
}

customElements.define('vv-policy-dialog', PolicyDialog);
