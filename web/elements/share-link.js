// A room's link, to be sent to somebody: copied, or read from the screen by a phone.

import { copyButton } from './copy-button.js';
import { h } from './dom.js';
import { icon } from './icon.js';
import { QrCode } from './qr-code.js';
import { text } from '../messages/index.js';

/** Shows the link, copies it, and draws it as a QR code on demand. */
export class ShareLink extends HTMLElement {
  #link = h('input', { readonly: true, dir: 'ltr', 'aria-label': text.share.link, onfocus: () => this.#link.select() });
  #copy = copyButton({
    testid: 'start-copy',
    name: 'copy',
    label: text.controls.copy,
    link: () => this.#link.value,
    failed: () => this.#link.focus(),
  });
  #qr = h('button', { type: 'button', 'aria-expanded': 'false', 'data-testid': 'start-qr', onclick: () => this.#toggle() });
  #code = new QrCode();

  connectedCallback() {
    if (this.firstChild) return;
    this.#qr.append(icon('qr'), text.share.qr);
    this.#code.hidden = true;
    this.append(this.#link, h('div', { class: 'share-buttons' }, this.#copy, this.#qr), this.#code);
  }

  /** @param {string} link */
  show(link) {
    this.#link.value = link;
    if (!this.#code.hidden) this.#draw();
  }

  #toggle() {
    this.#code.hidden = !this.#code.hidden;
    this.#qr.setAttribute('aria-expanded', String(!this.#code.hidden));
    if (!this.#code.hidden) this.#draw();
  }

  #draw() {
    this.#code.show(this.#link.value, text.share.qrOf);
  }
}

customElements.define('vv-share-link', ShareLink);
