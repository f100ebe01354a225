// The statistics of one connection.

import { shownName } from './avatar.js';
import { h } from './dom.js';
import { LEG, SENT, series, summary } from './measures.js';
import { PathBadge } from './path-badge.js';
import { Plot } from './plot.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/call.js').RemoteParticipant} RemoteParticipant */
/** @typedef {Pick<RemoteParticipant, 'id' | 'name' | 'leg' | 'path' | 'reason' | 'forwarded' | 'slots' | 'history'>} Subject */

/** A line with the newest figures, which opens to the plots of the last minute. */
export class StatsCard extends HTMLElement {
  #name = h('bdi', { class: 'stats-name' });
  #badge = new PathBadge();
  #summary = h('span', { class: 'stats-summary' });
  #details = h('details', {}, h('summary', {}, this.#name, this.#badge, this.#summary));
  #plots = LEG.map((measure) => ({ measure, plot: new Plot(measure.title) }));

  connectedCallback() {
    if (this.firstChild) return;
    this.#details.append(h('div', { class: 'plots' }, ...this.#plots.map(({ plot }) => plot)));
    this.append(this.#details);
  }

  /** @param {boolean} open whether its plots are shown */
  set open(open) {
    this.#details.open = open;
  }

  /**
   * @param {Subject} subject
   * @param {number} width of a plot
   * @param {string[]} [layers] what the server forwards of them, as it says
   */
  show({ name, leg, path, reason, forwarded, history }, width, layers = []) {
    this.#name.textContent = shownName(name);
    this.#badge.show(leg === 'connected' ? path : null, text.paths.reason[reason](shownName(name)));
    this.#summary.textContent = [summary(history.at(-1)), ...layers].filter(Boolean).join(' · ');
    if (!this.#details.open) return;
    for (const { measure, plot } of this.#plots) {
      plot.hidden = forwarded && measure === SENT;
      if (!plot.hidden) plot.show(series(measure, history), width);
    }
  }
}

customElements.define('vv-stats-card', StatsCard);
