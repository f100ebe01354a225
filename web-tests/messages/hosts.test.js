import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arHosts } from '../../web/messages/ar-hosts.js';
import { deHosts } from '../../web/messages/de-hosts.js';
import { enHosts } from '../../web/messages/en-hosts.js';
import { likePseudo } from '../../web/messages/pseudo.js';

/**
 * Every message by its key.
 * @param {object} messages
 * @param {string} [prefix]
 * @returns {[string, any][]}
 */
function flat(messages, prefix = '') {
  return Object.entries(messages).flatMap(([key, message]) =>
    typeof message === 'object' ? flat(message, `${prefix}${key}.`) : [/** @type {[string, any]} */ ([prefix + key, message])]);
}

/** What is said with something put into it. @param {any} message @param {unknown} value @returns {string} */
const said = (message, value) => (typeof message === 'function' ? message(value) : message);

const english = new Map(flat(enHosts));

for (const [name, messages] of Object.entries({ de: deHosts, ar: arHosts, pseudo: likePseudo(enHosts) })) {
  const translated = new Map(flat(messages));

  test(`${name} has exactly the messages about hosts that English has, and says something in each`, () => {
    assert.deepEqual([...translated.keys()].sort(), [...english.keys()].sort());
    for (const [key, message] of translated) {
      assert.equal(typeof message, typeof english.get(key), key);
      assert.notEqual(said(message, 'Ada'), '', key);
    }
  });

  test(`${name} names whom it is about where English does, and counts as it does`, () => {
    for (const [key, message] of english) {
      const shows = (/** @type {any} */ one) => said(one, 'Ada').includes('Ada');
      assert.equal(shows(translated.get(key)), shows(message), key);
      for (const number of [1, 2, 3, 11, 100]) assert.doesNotMatch(said(translated.get(key), number), /#|undefined|NaN/, key);
    }
  });
}
