import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, MESSAGES_KEPT } from '../../web/lib/conversation.js';

/** @param {number} id @param {object} [members] */
const message = (id, members = {}) => ({ id, from: 'b', name: 'B', text: `${id}`, time: id, ...members });

test('a message is heard once', () => {
  const conversation = new Conversation();
  assert.deepEqual([conversation.hear(message(1)), conversation.hear(message(1))], [true, false]);
  assert.equal(conversation.messages.length, 1);
});

test('the same id at another time is another message', () => {
  const conversation = new Conversation();
  conversation.hear(message(1));
  assert.equal(conversation.hear(message(1, { time: 9 })), true);
});

test('the oldest messages are forgotten at the bound', () => {
  const conversation = new Conversation();
  for (let id = 1; id <= MESSAGES_KEPT + 5; id += 1) conversation.hear(message(id));
  assert.equal(conversation.messages.length, MESSAGES_KEPT);
  assert.equal(conversation.messages[0]?.id, 6);
});
