// A button that copies a link, or another text, and says for a while that it has.

import { copyText } from './copy.js';
import { h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** How long it says that the link was copied, in milliseconds. */
const SAID_FOR = 2_500;

/**
 * @param {object} options
 * @param {string} options.testid
 * @param {string} options.name of its class
 * @param {string} options.label
 * @param {string} [options.copied] what it says then
 * @param {() => string} options.link
 * @param {() => void} options.failed the browser does not let the page copy it
 * @returns {HTMLButtonElement}
 */
export function copyButton({ testid, name, label, copied: done = text.controls.copied, link, failed }) {
  const words = h('span', { role: 'status' }, label);
  const button = h('button', { type: 'button', class: name, 'data-testid': testid }, icon('link'), words);
  let timer = 0;
  const say = (/** @type {import('./icon.js').IconName} */ symbol, /** @type {string} */ sentence) => {
    button.firstElementChild?.replaceWith(icon(symbol));
    words.textContent = sentence;
  };
  button.addEventListener('click', async () => {
    const copied = await copyText(link());
    if (copied) say('check', done);
    else say('link', text.controls.copyByHand);
    if (!copied) failed();
    window.clearTimeout(timer);
    timer = window.setTimeout(() => say('link', label), SAID_FOR);
  });
  return button;
}
