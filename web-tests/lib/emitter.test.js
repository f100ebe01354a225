import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../../web/lib/emitter.js';
import { settle } from './helpers/tick.js';

test('listeners hear what is emitted until they are taken off', () => {
  /** @type {Emitter<{news: number}>} */ const emitter = new Emitter();
  /** @type {number[]} */ const heard = [];
  const stop = emitter.on('news', (value) => heard.push(value));
  emitter.emit('news', 1);
  stop();
  emitter.emit('news', 2);
  assert.deepEqual(heard, [1]);
});

test('a listener that throws stops nobody, and its error is not swallowed', async () => {
  /** @type {Emitter<{news: number}>} */ const emitter = new Emitter();
  /** @type {number[]} */ const heard = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve));
  emitter.on('news', () => {
    throw new Error('mine');
  });
  emitter.on('news', (value) => heard.push(value));
  emitter.emit('news', 1);
  assert.deepEqual(heard, [1]);
  assert.equal(/** @type {Error} */ (await uncaught).message, 'mine');
  await settle();
  for (const listener of others) process.on('uncaughtException', listener);
});
