// Why a call is over, in the words of the page.

import { text } from '../messages/index.js';

/** @typedef {import('../elements/ended-page.js').Ending} Ending */

/**
 * The ending that a reason of the library, or a code of the protocol, stands for.
 * @param {unknown} reason an error with a `code`
 * @returns {Ending}
 */
export function endingOf(reason) {
  const code = reason instanceof Object && 'code' in reason ? String(reason.code) : 'other';
  return isEnding(code) ? code : 'other';
}

/**
 * @param {string} code
 * @returns {code is Ending}
 */
function isEnding(code) {
  return Object.hasOwn(text.endings, code);
}
