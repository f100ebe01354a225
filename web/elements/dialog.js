// Dialogs: the browser's own element, which keeps the focus inside and gives it back where it came from.

import { h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** @typedef {import('./dom.js').Child} Child */

/**
 * A modal dialog with a heading. Escape, its own button and a touch beside it close it. It has to stand in the page before
 * it is opened.
 * @param {{title: string, testid: string, kind?: 'window' | 'sheet' | 'popup'}} options `window` stands in the middle,
 *   `sheet` and `popup` at a corner; on a phone all of them rise from below
 * @param {...Child} children
 */
export function makeDialog({ title, testid, kind = 'window' }, ...children) {
  const heading = h('h2', {}, title);
  const dialog = h('dialog', { class: `dialog ${kind}`, 'data-testid': testid, 'aria-label': title });
  const close = h('button', { type: 'button', class: 'plain', 'aria-label': text.actions.close });
  close.append(icon('close'));
  close.addEventListener('click', () => dialog.close());
  dialog.append(h('header', {}, heading, close), ...children.filter((child) => child instanceof Node));
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog && !within(event, dialog.getBoundingClientRect())) dialog.close();
  });
  return { dialog, heading, open: () => open(dialog) };
}

/**
 * What a dialog offers comes first, and the way out of it last.
 * @param {HTMLDialogElement} dialog
 */
function open(dialog) {
  dialog.showModal();
  const first = dialog.querySelector(':scope > :not(header) :is(button, input, select):not([hidden], [disabled])');
  const own = dialog.querySelector(':scope > button:not([hidden])');
  const target = own ?? first;
  if (target instanceof HTMLElement) target.focus();
}

/**
 * @param {MouseEvent} event
 * @param {DOMRect} box
 */
function within({ clientX: x, clientY: y }, box) {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}
