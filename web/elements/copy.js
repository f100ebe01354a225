// Putting a text on the clipboard.

import { h } from './dom.js';

/**
 * Tries the clipboard interface, which only secure pages have, and then the old command.
 * @param {string} content
 * @returns {Promise<boolean>} whether it is on the clipboard now
 */
export async function copyText(content) {
  try {
    await navigator.clipboard.writeText(content);
    return true;
  } catch {
    return copyByCommand(content);
  }
}

/** @param {string} content */
function copyByCommand(content) {
  const field = h('textarea', { class: 'visually-hidden', readonly: true, 'aria-hidden': 'true' });
  field.value = content;
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
