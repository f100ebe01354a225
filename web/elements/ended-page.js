// After a call: why it ended, and the way back.

import { emit, h } from './dom.js';
import { mark } from './icon.js';
import { text } from '../messages/index.js';

/** @typedef {keyof typeof text.endings} Ending */

/** Emits `again` and `start`. */
export class EndedPage extends HTMLElement {
  /**
   * @param {Ending} ending
   * @param {string} room
   * @param {...HTMLElement} more ways on
   */
  show(ending, room, ...more) {
    const { title, advice } = text.endings[ending];
    this.setAttribute('data-ending', ending);
    // The button has the focus, and whoever hears the page is told with it what happened.
    const again = h('button', {
      type: 'button',
      class: 'primary',
      'aria-describedby': 'ended-title ended-advice',
      'data-testid': 'ended-again',
      onclick: () => emit(this, isDeadEnd(ending) ? 'start' : 'again'),
    });
    again.append(againLabel(ending));
    const start = h('button', { type: 'button', class: 'quiet', onclick: () => emit(this, 'start') }, text.ended.start);
    const card = h('div', { class: 'ended' });
    card.append(mark(), h('h1', { id: 'ended-title', 'data-testid': 'notice' }, title));
    if (advice) card.append(h('p', { id: 'ended-advice', class: 'lead' }, advice));
    if (room) card.append(h('p', { class: 'room-line' }, text.ended.room(room)));
    card.append(again);
    // Where there is no way on, the way back is the only button.
    if (!isDeadEnd(ending)) card.append(start, ...more);
    this.replaceChildren(card);
    again.focus();
  }
}

/** @param {Ending} ending */
function isDeadEnd(ending) {
  return ending === 'room-too-long' || ending === 'no-room';
}

/** @param {Ending} ending */
function againLabel(ending) {
  if (ending === 'left') return text.ended.rejoin;
  if (ending === 'removed' || ending === 'not-admitted') return text.ended.knock;
  if (ending === 'ended') return text.ended.open;
  if (ending === 'taken-over') return text.ended.useHere;
  if (ending === 'invalid') return text.ended.rename;
  if (isDeadEnd(ending)) return text.ended.start;
  return ending === 'outdated' ? text.ended.reload : text.ended.retry;
}

customElements.define('vv-ended-page', EndedPage);
