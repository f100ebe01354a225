// Dark, light, or as the system is. Loaded by the page on its own too, so that it is right before anything is shown.

import { recall } from './memory.js';

/** @typedef {import('./memory.js').Theme} Theme */

/** @param {Theme} theme */
export function applyTheme(theme) {
  document.documentElement.dataset['theme'] = theme;
  // The colour of the browser's own bars: which of the two counts is for the system to say, or for the person.
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    const scheme = meta.getAttribute('data-scheme');
    const always = scheme === theme ? 'all' : 'not all';
    meta.setAttribute('media', theme === 'system' ? `(prefers-color-scheme: ${scheme})` : always);
  }
}

applyTheme(recall('theme'));
