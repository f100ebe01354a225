import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Lookout } from '../../web/lib/lookout.js';
import { reset } from './helpers/call.js';
import { ScriptedSocket, SocketClass, participant, welcome } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

/** A lookout over the room `r`, and what it has seen. */
function make() {
  const lookout = new Lookout({ url: 'ws://host/ws', platform: { WebSocket: SocketClass, random: () => 0 } });
  /** @type {string[][]} */ const seen = [];
  lookout.on('seen', ({ people }) => seen.push((people ?? []).map(({ name }) => name)));
  lookout.watch('r');
  return { lookout, seen };
}

/**
 * The server's answer to the latest look.
 *
 * @param {number} seq
 * @param {string[]} names
 */
async function answer(seq, ...names) {
  const socket = ScriptedSocket.last;
  const re = socket.sentOf('peek').at(-1).id;
  socket.say({ type: 'room', seq, re, room: 'r', participants: names.map((name) => participant(name)) });
  await settle();
}

test('a lookout says who is there at once, and every five seconds again', async () => {
  const { seen } = make();
  const socket = ScriptedSocket.last.accept().say(welcome());
  assert.deepEqual(socket.sentOf('peek'), [{ type: 'peek', id: 1, room: 'r' }]);
  await answer(1, 'Bob');
  mock.timers.tick(5_000);
  await answer(2, 'Bob', 'Cleo');
  assert.deepEqual(seen, [['Bob'], ['Bob', 'Cleo']]);
});

test('a lookout says whether the room is being recorded, as often as it looks', async () => {
  const { lookout } = make();
  /** @type {boolean[]} */ const told = [];
  lookout.on('seen', ({ recording }) => told.push(recording));
  ScriptedSocket.last.accept().say(welcome());
  for (const [index, recording] of [false, true, false].entries()) {
    const re = ScriptedSocket.last.sentOf('peek').at(-1).id;
    ScriptedSocket.last.say({ type: 'room', seq: index + 1, re, room: 'r', participants: [], recording });
    await settle();
    mock.timers.tick(5_000);
  }
  assert.deepEqual(told, [false, true, false]);
});

test('a server that does not answer is not asked again meanwhile', async () => {
  make();
  const socket = ScriptedSocket.last.accept().say(welcome());
  mock.timers.tick(4_999);
  assert.equal(socket.sentOf('peek').length, 1);
  mock.timers.tick(1);
  assert.equal(socket.sentOf('peek').length, 1);
});

test('a server that refuses to answer is asked again, and nothing is said', async () => {
  const { seen } = make();
  const socket = ScriptedSocket.last.accept().say(welcome());
  socket.say({ type: 'error', seq: 1, re: 1, code: 'unknown-type', message: 'No.' });
  await settle();
  mock.timers.tick(5_000);
  assert.deepEqual([socket.sentOf('peek').length, seen], [2, []]);
});

test('a connection that is lost is made again, and the room looked at', async () => {
  const { seen } = make();
  ScriptedSocket.last.accept().say(welcome());
  await answer(1, 'Bob');
  ScriptedSocket.last.lose();
  mock.timers.tick(5_000);
  ScriptedSocket.last.accept().say(welcome());
  await settle();
  mock.timers.tick(5_000);
  await answer(1);
  assert.deepEqual(seen, [['Bob'], []]);
});

test('a lookout that was stopped is silent and has no connection', async () => {
  const { lookout, seen } = make();
  const socket = ScriptedSocket.last.accept().say(welcome());
  lookout.stop();
  await answer(1, 'Bob');
  mock.timers.tick(60_000);
  assert.deepEqual([seen, socket.closed, ScriptedSocket.opened.length], [[], true, 1]);
});

test('another room takes the place of the first', async () => {
  const { lookout, seen } = make();
  const first = ScriptedSocket.last.accept().say(welcome());
  lookout.watch('s');
  ScriptedSocket.last.accept().say(welcome());
  assert.equal(ScriptedSocket.last.sentOf('peek')[0].room, 's');
  await answer(1, 'Cleo');
  assert.deepEqual([first.closed, seen], [true, [['Cleo']]]);
});
