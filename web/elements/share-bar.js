// While the own screen is shared: that it is, what for, and the way to end it.

import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/screen-share.js').Quality} Quality */

/** Emits `stop` and `quality` {quality}. */
export class ShareBar extends HTMLElement {
  #sentence = h('span', {});
  #text = this.#choice('text');
  #motion = this.#choice('motion');

  connectedCallback() {
    if (this.firstChild) return;
    const stop = h(
      'button',
      { type: 'button', class: 'danger', 'data-testid': 'share-stop', onclick: () => emit(this, 'stop') },
      text.actions.shareStop,
    );
    const quality = h(
      'div',
      { class: 'segments', role: 'group', 'aria-label': text.sharing.quality },
      this.#text,
      this.#motion,
    );
    this.append(h('span', { class: 'share-state' }, icon('screen'), this.#sentence), quality, stop);
    this.hidden = true;
  }

  /** @param {{sharing: boolean, sound: boolean, quality: Quality}} state */
  show({ sharing, sound, quality }) {
    this.hidden = !sharing;
    const { active, sound: withSound } = text.sharing;
    this.#sentence.textContent = sound ? `${active} ${withSound}` : active;
    this.#text.setAttribute('aria-pressed', String(quality === 'text'));
    this.#motion.setAttribute('aria-pressed', String(quality === 'motion'));
  }

  /** @param {Quality} quality */
  #choice(quality) {
    const choose = () => emit(this, 'quality', { quality });
    return h(
      'button',
      { type: 'button', 'data-testid': `share-quality-${quality}`, onclick: choose },
      text.sharing[quality],
    );
  }
}

customElements.define('vv-share-bar', ShareBar);
