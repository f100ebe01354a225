// What is around every page: the header, with language and appearance, and the title.

import { listen } from '../elements/dom.js';
import { PageHeader } from '../elements/page-header.js';
import { dir, tag } from '../messages/index.js';
import { keep, recall } from './memory.js';
import { applyTheme } from './theme.js';

/** @typedef {import('./memory.js').Theme} Theme */

Object.assign(document.documentElement, { lang: tag, dir });
const header = new PageHeader();
document.body.prepend(header);
header.show(recall('theme'));
listen(header, 'theme', (/** @type {{theme: Theme}} */ { theme }) => {
  keep('theme', theme);
  applyTheme(theme);
});
listen(header, 'language', (/** @type {{language: string}} */ { language }) => {
  keep('language', language);
  const url = new URL(location.href);
  url.searchParams.delete('lang');
  location.replace(url);
});

/** What the page is called while there is nothing new. */
let called = '';

/**
 * @param {HTMLElement} page in place of the one before
 * @param {string} title
 * @param {{alone?: boolean}} [options] `alone`: the page needs all the space there is, and must not be loaded anew
 */
export function show(page, title, { alone = false } = {}) {
  header.hidden = alone;
  called = title;
  mark(0);
  document.querySelector('main')?.replaceChildren(page);
}

/**
 * Says in the page's title, and so on its tab, that there is something new.
 * @param {number} news
 */
export function mark(news) {
  document.title = news > 0 ? `(${news}) ${called}` : called;
}
