// A room's link, to be sent to somebody: copied, or read from the screen by a phone.

import { copyText } from './copy.js';
import { h } from './dom.js';
import { icon } from './icon.js';
import { QrCode } from './qr-code.js';
import { text } from '../messages/index.js';

/** How long the button says that the link was copied, in milliseconds. */
const SAID_FOR = 2_500;

/** Shows the link, copies it, and draws it as a QR code on demand. */
export class ShareLink extends HTMLElement {
  #link = h('input', { readonly: true, dir: 'ltr', 'aria-label': text.share.link, onfocus: () => this.#link.select() });
  #label = h('span', { role: 'status' }, text.controls.copy);
  #copy = h('button', { type: 'button', class: 'copy', 'data-testid': 'start-copy', onclick: () => void this.#run() });
  #qr = h('button', { type: 'button', 'aria-expanded': 'false', 'data-testid': 'start-qr', onclick: () => this.#toggle() });
  #code = new QrCode();
  #timer = 0;

  connectedCallback() {
    if (this.firstChild) return;
    this.#copy.append(icon('link'), this.#label);
    this.#qr.append(icon('qr'), text.share.qr);
    this.#code.hidden = true;
    this.append(this.#link, h('div', { class: 'share-buttons' }, this.#copy, this.#qr), this.#code);
  }

  disconnectedCallback() {
    window.clearTimeout(this.#timer);
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

  async #run() {
    const copied = await copyText(this.#link.value);
    if (copied) this.#say('check', text.controls.copied);
    else this.#say('link', text.controls.copyByHand);
    if (!copied) this.#link.focus();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#say('link', text.controls.copy), SAID_FOR);
  }

  /**
   * @param {import('./icon.js').IconName} symbol
   * @param {string} sentence
   */
  #say(symbol, sentence) {
    this.#copy.firstElementChild?.replaceWith(icon(symbol));
    this.#label.textContent = sentence;
  }
}

customElements.define('vv-share-link', ShareLink);
