// Which way a person's picture and sound come.

import { h, setAttribute } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** `direct`, `relayed`, `forward` or `mix`, with a title that says what that means; nothing while it is not known. */
export class PathBadge extends HTMLElement {
  /** @type {string | null} */
  #path = null;

  connectedCallback() {
    this.setAttribute('data-testid', 'path-badge');
    this.hidden = this.#path === null;
  }

  /**
   * @param {import("../lib/call.js").RemoteParticipant["path"]} path
   * @param {string} why one sentence
   */
  show(path, why) {
    this.hidden = path === null;
    if (path) this.title = `${text.tile[`${path}Title`]} ${why}`;
    if (path === this.#path) return;
    this.#path = path;
    setAttribute(this, 'data-path', path);
    if (!path) return this.replaceChildren();
    this.replaceChildren(icon(path), h('span', {}, text.tile[path]));
  }
}

customElements.define('vv-path-badge', PathBadge);
