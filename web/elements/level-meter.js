// How loud the microphone is.

import { text } from '../messages/index.js';

/** A bar that grows with what the microphone hears. */
export class LevelMeter extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'meter');
    this.setAttribute('aria-label', text.lobby.level);
    this.setAttribute('aria-valuemin', '0');
    this.setAttribute('aria-valuemax', '100');
    this.setAttribute('data-testid', 'lobby-level');
    this.show(0);
  }

  /** @param {number} level from 0 to 1 */
  show(level) {
    const percent = Math.round(level * 100);
    this.setAttribute('aria-valuenow', String(percent));
    this.style.setProperty('--level', `${percent}%`);
  }
}

customElements.define('vv-level-meter', LevelMeter);
