// A host decides anew which way the media of the room goes.

import { makeDialog } from './dialog.js';
import { emit, h } from './dom.js';
import { PolicyChoice } from './policy-choice.js';
import { text } from '../messages/index.js';

/** Emits `policy` {policy} when it is to hold. */
export class PolicyDialog extends HTMLElement {
  #choice = new PolicyChoice();
  /** @type {ReturnType<typeof makeDialog> | null} */
  #made = null;

  connectedCallback() {
    if (this.firstChild) return;
    const form = h('form', { class: 'dialog-form', method: 'dialog' }, this.#choice);
    form.append(h('p', { class: 'hint' }, text.policy.note), h('button', { type: 'submit', class: 'primary', 'data-testid': 'policy-apply' }, text.policy.apply));
    form.addEventListener('submit', () => emit(this, 'policy', { policy: this.#choice.policy }));
    this.#made = makeDialog({ title: text.policy.heading, testid: 'policy-dialog' }, form);
    this.append(this.#made.dialog);
  }

  /** @param {import('../lib/policy.js').Policy} policy that holds now */
  open(policy) {
    this.#choice.policy = policy;
    this.#made?.open();
  }
}

customElements.define('vv-policy-dialog', PolicyDialog);
