// What all panels beside the stage have in common.

import { emit, h } from './dom.js';
import { icon } from './icon.js';

/**
 * Makes an element a panel: named, with a heading and a button that makes it emit `close`.
 * @param {HTMLElement} panel
 * @param {{title: string, close: string, testid: string}} names
 * @returns {HTMLElement} the header, not yet in the page
 */
export function panelHeader(panel, { title, close, testid }) {
  panel.setAttribute('role', 'complementary');
  panel.setAttribute('aria-label', title);
  panel.setAttribute('data-testid', testid);
  panel.classList.add('panel');
  const button = h('button', { type: 'button', class: 'plain', 'aria-label': close, title: close });
  button.append(icon('close'));
  button.addEventListener('click', () => emit(panel, 'close'));
  return h('header', {}, h('h2', {}, title), button);
}
