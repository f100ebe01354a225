import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox, OUTBOX_LIMITS } from '../../web/lib/outbox.js';
import { ProtocolError } from '../../web/lib/protocol.js';

/** @param {string} [text] */
const chat = (text = 'x') => /** @type {const} */ ({ type: 'chat', text });

test('ids are 1, 2, 3 and so on', () => {
  const outbox = new Outbox();
  assert.deepEqual([outbox.add(chat()).id, outbox.add(chat()).id, outbox.add(chat()).id], [1, 2, 3]);
});

test('it holds a bounded number of messages and says when it is full', () => {
  const outbox = new Outbox();
  for (let count = 0; count < OUTBOX_LIMITS.messages; count += 1) outbox.add(chat());
  assert.throws(() => outbox.add(chat()), { code: 'overloaded' });
  outbox.confirm(1);
  assert.equal(outbox.add(chat()).id, OUTBOX_LIMITS.messages + 1);
});

test('it holds a bounded number of bytes, and confirming frees them', () => {
  const outbox = new Outbox();
  const long = chat('x'.repeat(60_000));
  const fit = Math.floor(OUTBOX_LIMITS.bytes / 60_100);
  for (let count = 0; count < fit; count += 1) outbox.add(long);
  assert.throws(() => outbox.add(long), { code: 'overloaded' });
  outbox.confirm(fit);
  outbox.add(long);
});

test('a message that fits no frame is refused by its size in bytes, and uses up no id', () => {
  const outbox = new Outbox();
  assert.throws(() => outbox.add(chat('€'.repeat(22_000))), { code: 'invalid' });
  assert.equal(outbox.add(chat()).id, 1);
});

test('a request that needs a reply is not settled by a confirmation', async () => {
  const outbox = new Outbox();
  /** @type {string[]} */ const settled = [];
  const waiter = (/** @type {string} */ name) => ({ resolve: () => void settled.push(name), reject: () => {} });
  outbox.add({ type: 'leave' }, waiter('leave'));
  outbox.add(chat(), waiter('chat'));
  outbox.confirm(2);
  assert.deepEqual(settled, ['chat']);
  assert.equal(outbox.waiting, true);
  assert.equal(outbox.settle({ type: 'left', seq: 1, re: 1 }), true);
  assert.deepEqual(settled, ['chat', 'leave']);
  assert.equal(outbox.waiting, false);
});

test('a reply settles once', () => {
  const outbox = new Outbox();
  outbox.add({ type: 'leave' }, { resolve: () => {}, reject: () => {} });
  assert.equal(outbox.settle({ type: 'left', seq: 1, re: 1 }), true);
  assert.equal(outbox.settle({ type: 'left', seq: 2, re: 1 }), false);
});

test('clearing tells everyone who waits, and begins with id 1 again', () => {
  const outbox = new Outbox();
  /** @type {string[]} */ const codes = [];
  outbox.add(chat(), { resolve: () => {}, reject: ({ code }) => codes.push(code) });
  outbox.clear(new ProtocolError('void', 'gone'));
  assert.deepEqual([codes, outbox.size, outbox.add(chat()).id], [['void'], 0, 1]);
});
