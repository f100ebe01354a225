// A question before something that cannot be taken back.

import { makeDialog } from './dialog.js';
import { h } from './dom.js';
import { hosts } from '../messages/hosts.js';

/** @typedef {{title: string, means: string, go: string, danger: boolean}} Question `go`: what the button says that does it */

/** What leads out of it comes first, and has the focus. */
export class ConfirmDialog extends HTMLElement {
  #means = h('p', { id: 'confirm-means' });
  #cancel = h('button', { type: 'button', 'data-testid': 'confirm-cancel' }, hosts.confirm.cancel);
  #go = h('button', { type: 'button', 'aria-describedby': 'confirm-means', 'data-testid': 'confirm-go' });
  #made = makeDialog({ title: '', testid: 'confirm-dialog' }, this.#means, h('div', { class: 'confirm-ways' }, this.#cancel, this.#go));
  #agreed = false;

  connectedCallback() {
    if (this.firstChild) return;
    const { dialog } = this.#made;
    this.#cancel.addEventListener('click', () => dialog.close());
    this.#go.addEventListener('click', () => {
      this.#agreed = true;
      dialog.close();
    });
    this.append(dialog);
  }

  /**
   * @param {Question} question
   * @returns {Promise<boolean>} whether it is to be done
   */
  ask({ title, means, go, danger }) {
    const { dialog, heading, open } = this.#made;
    this.#agreed = false;
    heading.textContent = title;
    dialog.setAttribute('aria-label', title);
    this.#means.textContent = means;
    this.#go.textContent = go;
    this.#go.className = danger ? 'danger' : 'primary';
    const closed = new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
    open();
    return closed.then(() => this.#agreed);
  }
}

customElements.define('vv-confirm-dialog', ConfirmDialog);
