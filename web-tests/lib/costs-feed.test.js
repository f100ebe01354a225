import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { CostsFeed, onlooker } from '../../web/lib/costs-feed.js';
import { reset } from './helpers/call.js';
import { costsOf } from './helpers/costs.js';
import { ScriptedSocket, SocketClass, welcome } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

/** A feed over a connection of its own, and what it has said. */
function make() {
  const { ask, close } = onlooker({ url: 'ws://host/ws', room: 'r', platform: { WebSocket: SocketClass, random: () => 0 } });
  const feed = new CostsFeed(ask);
  /** @type {string[]} */ const said = [];
  feed.on('costs', ({ participants }) => said.push(`${participants.length} people`));
  feed.on('lost', () => said.push('lost'));
  feed.start();
  return { feed, close, said };
}

/** @param {number} seq */
async function answer(seq) {
  const socket = ScriptedSocket.last;
  socket.say({ ...costsOf([]), seq, re: socket.sentOf('costs').at(-1).id });
  await settle();
}

test('the costs of a room are asked for at once, and every two seconds, without joining it', async () => {
  const { said } = make();
  const socket = ScriptedSocket.last.accept().say(welcome());
  assert.deepEqual(socket.sentOf('costs'), [{ type: 'costs', id: 1, room: 'r' }]);
  await answer(1);
  mock.timers.tick(2_000);
  await answer(2);
  assert.deepEqual(said, ['0 people', '0 people']);
  assert.deepEqual(new Set(socket.sent.map(({ type }) => type)), new Set(['hello', 'costs']));
});

test('a server that does not answer is not asked again meanwhile, and counts as lost after six seconds', async () => {
  const { said } = make();
  const socket = ScriptedSocket.last.accept().say(welcome());
  mock.timers.tick(5_999);
  assert.deepEqual([socket.sentOf('costs').length, said], [1, []]);
  mock.timers.tick(1);
  assert.deepEqual(said, ['lost']);
  await answer(1);
  assert.deepEqual(said, ['lost', '0 people']);
});

test('a server that refuses is asked again', async () => {
  const { said } = make();
  const socket = ScriptedSocket.last.accept().say(welcome());
  socket.say({ type: 'error', seq: 1, re: 1, code: 'busy', message: 'No.' });
  await settle();
  mock.timers.tick(2_000);
  assert.equal(socket.sentOf('costs').length, 2);
  await answer(2);
  assert.deepEqual(said, ['0 people']);
});

test('a connection that is lost is made again, and the room asked for', async () => {
  const { said } = make();
  ScriptedSocket.last.accept().say(welcome());
  await answer(1);
  ScriptedSocket.last.lose();
  mock.timers.tick(2_000);
  ScriptedSocket.last.accept().say(welcome());
  await settle();
  mock.timers.tick(2_000);
  await answer(1);
  assert.deepEqual(said, ['0 people', '0 people']);
});

test('a feed that was stopped is silent, and may begin again', async () => {
  const { feed, said } = make();
  const socket = ScriptedSocket.last.accept().say(welcome());
  feed.stop();
  await answer(1);
  mock.timers.tick(60_000);
  assert.deepEqual([said, socket.sentOf('costs').length], [[], 1]);
  feed.start();
  await answer(2);
  assert.deepEqual(said, ['0 people']);
});

test('an onlooker who has gone has no connection', () => {
  const { close, feed } = make();
  const socket = ScriptedSocket.last.accept().say(welcome());
  feed.stop();
  close();
  assert.equal(socket.closed, true);
});
