// Something that is in the way, in a sentence, and what can be done about it.

import { h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/**
 * @typedef {object} Obstacle
 * @property {string} sentence
 * @property {string} [how] the steps that take it away, on demand
 * @property {{label: string, run: () => void}} [action]
 */

/**
 * @param {Obstacle} obstacle
 * @returns {HTMLElement}
 */
export function obstacleNotice({ sentence, how, action }) {
  const notice = h('div', { class: 'notice', 'data-kind': 'warning', 'data-testid': 'notice' });
  const words = h('div', { class: 'notice-words' }, h('p', {}, sentence));
  if (how) words.append(h('details', {}, h('summary', {}, text.obstacles.how), h('p', {}, how)));
  if (action) words.append(h('button', { type: 'button', class: 'small', onclick: action.run }, action.label));
  notice.append(icon('warning'), words);
  return notice;
}
