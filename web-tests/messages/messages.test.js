import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ar as arPages } from '../../web/messages/ar.js';
import { arNetwork } from '../../web/messages/ar-network.js';
import { de as dePages } from '../../web/messages/de.js';
import { deNetwork } from '../../web/messages/de-network.js';
import { en as enPages } from '../../web/messages/en.js';
import { enNetwork } from '../../web/messages/en-network.js';
import { likePseudo } from '../../web/messages/pseudo.js';

// Those of the network test are modules of their own.
const en = { ...enPages, network: enNetwork };
const de = { ...dePages, network: deNetwork };
const ar = { ...arPages, network: arNetwork };
const pseudo = likePseudo(en);

/** @typedef {string | ((...parameters: any[]) => string)} Message */

/**
 * Every message of a language by its key, such as `call.joined`.
 * @param {object} messages
 * @param {string} [prefix]
 * @returns {Map<string, Message>}
 */
function flat(messages, prefix = '') {
  return new Map(
    Object.entries(messages).flatMap(([key, message]) =>
      message instanceof Object && typeof message !== 'function'
        ? [...flat(message, `${prefix}${key}.`)]
        : [[`${prefix}${key}`, message]],
    ),
  );
}

/**
 * The names of a message's parameters, as its source has them.
 * @param {Message} message
 */
function parameters(message) {
  if (typeof message === 'string') return null;
  const [, list = ''] = /^\(?([^)=]*?)\)?\s*=>/.exec(String(message).replace(/\/\*.*?\*\//gs, '')) ?? [];
  return list.split(',').map((name) => name.trim());
}

/**
 * Which of its parameters a message shows.
 * @param {Message} message
 * @param {number} count
 */
function shown(message, count) {
  const values = Array.from({ length: count }, (_, index) => `<${index}>`);
  const sentence = typeof message === 'string' ? message : message(...values);
  return values.filter((value) => sentence.includes(value));
}

const english = flat(en);

for (const [name, messages] of Object.entries({ de, ar, pseudo })) {
  const translated = flat(messages);

  test(`${name} has exactly the messages that English has`, () => {
    assert.deepEqual([...translated.keys()].sort(), [...english.keys()].sort());
  });

  test(`${name} says something wherever English does`, () => {
    for (const [key, message] of english) {
      if (message !== '') assert.notEqual(translated.get(key), '', key);
    }
  });

  test(`${name} shows the same parameters as English`, () => {
    for (const [key, message] of english) {
      const count = parameters(message)?.length ?? 0;
      assert.deepEqual(shown(translated.get(key) ?? '', count), shown(message, count), key);
    }
  });

  test(`${name} has a sentence for every number`, () => {
    for (const [key, message] of translated) {
      if (typeof message !== 'function') continue;
      for (const number of [0, 1, 2, 3, 11, 100, 1234]) {
        const sentence = message(number, number);
        assert.ok(sentence.length > 0, key);
        assert.doesNotMatch(sentence, /#|undefined|NaN/, key);
      }
    }
  });
}

for (const [name, messages] of Object.entries({ de, ar })) {
  test(`${name} names its parameters as English does`, () => {
    for (const [key, message] of flat(messages)) {
      assert.deepEqual(parameters(message), parameters(english.get(key) ?? ''), key);
    }
  });
}

test('Arabic tells one, two, a few and many apart', () => {
  assert.equal(new Set([1, 2, 3, 11, 100].map(ar.call.people)).size, 5);
});

test('the pseudo-locale changes sentences and leaves alone what is put into them', () => {
  assert.equal(pseudo.chat.send, '[Šéñđ··]');
  assert.match(pseudo.call.joined('Ada'), /^\[⁨Ada⁩ ĵôîñéđ·+\]$/);
});
