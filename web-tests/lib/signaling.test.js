import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ProtocolError } from '../../web/lib/protocol.js';
import { backoff, Signaling } from '../../web/lib/signaling.js';
import { ScriptedSocket, SocketClass, joined, participant, welcome } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

const JOIN = /** @type {const} */ ({ type: 'join', room: 'r', name: 'Ada' });

beforeEach(() => {
  ScriptedSocket.opened = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
});

/** @param {{storage?: any}} [options] */
function make(options = {}) {
  const signaling = new Signaling('ws://host/ws', {
    client: 'test/1',
    ...options,
    platform: { WebSocket: SocketClass, random: () => 0 },
  });
  /** @type {any[]} */ const messages = [];
  /** @type {any[]} */ const states = [];
  /** @type {any[]} */ const voids = [];
  signaling.on('message', (message) => messages.push(message));
  signaling.on('state', ({ state, code }) => states.push(code === undefined ? state : [state, code]));
  signaling.on('void', ({ room }) => voids.push(room));
  return { signaling, messages, states, voids };
}

/** A session that has joined a room, on its first connection. */
async function session() {
  const made = make();
  made.signaling.open();
  const join = made.signaling.request(JOIN);
  ScriptedSocket.last.accept().say(welcome()).say(joined());
  await join;
  return made;
}

/** Comes back on a new connection after the present one was lost. @param {object} members of the welcome */
async function comeBack(members) {
  ScriptedSocket.last.lose();
  mock.timers.tick(500);
  ScriptedSocket.last.accept().say(welcome({ room: 'r', ...members }));
  await settle();
  return ScriptedSocket.last;
}

test('the first connection says hello and join back to back, without waiting for the welcome', () => {
  const { signaling } = make();
  signaling.open();
  void signaling.request(JOIN);
  const socket = ScriptedSocket.last.accept();
  assert.deepEqual(socket.sent, [
    { type: 'hello', protocol: 1, client: 'test/1' },
    { type: 'join', room: 'r', name: 'Ada', id: 1 },
  ]);
});

test('a request resolves with its reply', async () => {
  const { signaling } = make();
  signaling.open();
  const join = signaling.request(JOIN);
  ScriptedSocket.last.accept().say(welcome()).say(joined({ room: 'r' }));
  assert.equal((await join)?.type, 'joined');
});

test('a refused request rejects with the code, and its error is nobody else\'s', async () => {
  const { signaling, messages } = make();
  signaling.open();
  const join = signaling.request(JOIN);
  ScriptedSocket.last.accept().say(welcome());
  ScriptedSocket.last.say({ type: 'error', seq: 1, re: 1, code: 'room-full', message: 'Full.' });
  await assert.rejects(join, (error) => error instanceof ProtocolError && error.code === 'room-full');
  assert.deepEqual(messages, []);
});

test('a request without a reply of its own resolves once the server is known to have handled it', async () => {
  const { signaling } = await session();
  const chat = signaling.request({ type: 'chat', text: 'hi' });
  const socket = ScriptedSocket.last;
  assert.equal(socket.sentOf('ping').length, 1);
  socket.say({ type: 'pong', time: 0, last_id: 2 });
  assert.equal(await chat, null);
});

test('a refusal that nobody waits for arrives as a message', async () => {
  const { signaling, messages } = await session();
  signaling.send({ type: 'state', state: { hand: true } });
  ScriptedSocket.last.say({ type: 'error', seq: 2, re: 2, code: 'invalid', message: 'No.' });
  assert.equal(messages.at(-1).code, 'invalid');
});

test('a lost connection is resumed with the secret and the last sequence number', async () => {
  const { states } = await session();
  const socket = await comeBack({ resumed: true, last_id: 1 });
  assert.deepEqual(socket.sent[0], { type: 'hello', protocol: 1, client: 'test/1', resume: 'secret', last_seq: 1 });
  assert.deepEqual(states, ['connecting', 'open', 'reconnecting', 'open']);
});

test('nothing but hello is sent on a resumed connection before the welcome', async () => {
  const { signaling } = await session();
  ScriptedSocket.last.lose();
  mock.timers.tick(0);
  const socket = ScriptedSocket.last.accept();
  signaling.send({ type: 'state', state: { mic: true } });
  assert.deepEqual(socket.sent.map(({ type }) => type), ['hello']);
});

test('what the server has not handled is sent again after a resume, in order, with the old ids', async () => {
  const { signaling } = await session();
  for (const text of ['a', 'b', 'c']) signaling.send({ type: 'chat', text });
  const socket = await comeBack({ resumed: true, last_id: 2 });
  assert.deepEqual(socket.sentOf('chat'), [
    { type: 'chat', text: 'b', id: 3 },
    { type: 'chat', text: 'c', id: 4 },
  ]);
});

test('what is said while there is no connection is sent after the resume', async () => {
  const { signaling } = await session();
  ScriptedSocket.last.lose();
  signaling.send({ type: 'chat', text: 'meanwhile' });
  mock.timers.tick(0);
  ScriptedSocket.last.accept().say(welcome({ room: 'r', resumed: true, last_id: 1 }));
  assert.deepEqual(ScriptedSocket.last.sentOf('chat'), [{ type: 'chat', text: 'meanwhile', id: 2 }]);
});

test('a request survives the loss of the connection', async () => {
  const { signaling } = await session();
  const leave = signaling.request({ type: 'leave' });
  const socket = await comeBack({ resumed: true, last_id: 2 });
  assert.deepEqual(socket.sentOf('leave'), []);
  socket.say({ type: 'left', seq: 2, re: 2 });
  assert.equal((await leave)?.type, 'left');
});

test('replayed messages that were handled before are dropped', async () => {
  const { messages } = await session();
  const socket = await comeBack({ resumed: true, last_id: 1 });
  socket.say(joined()).say({ type: 'participant-joined', seq: 2, participant: participant('b') });
  assert.deepEqual(messages.map(({ seq }) => seq), [1, 2]);
});

test('a hole in the sequence gives the connection up, for only a replay can fill it', async () => {
  const { messages } = await session();
  const socket = ScriptedSocket.last.say({ type: 'participant-joined', seq: 3, participant: participant('b') });
  assert.equal(socket.closed, true);
  mock.timers.tick(0);
  assert.equal(ScriptedSocket.last.accept().sent[0].last_seq, 1);
  assert.equal(messages.length, 1);
});

test('messages of an unknown type are passed on and acknowledged like any other', async () => {
  const { messages } = await session();
  ScriptedSocket.last.say({ type: 'news', seq: 2 });
  mock.timers.tick(5_000);
  assert.deepEqual(messages.at(-1), { type: 'news', seq: 2 });
  assert.deepEqual(ScriptedSocket.last.sentOf('ack'), [{ type: 'ack', seq: 2 }]);
});

test('frames that are no messages change nothing', async () => {
  const { messages, states } = await session();
  ScriptedSocket.last.say('{').say('[]').say('7').say('null').say('{"type":3}');
  assert.equal(messages.length, 1);
  assert.equal(states.at(-1), 'open');
});

test('32 messages are acknowledged at once, fewer after five seconds', async () => {
  await session();
  const socket = ScriptedSocket.last;
  for (let seq = 2; seq <= 32; seq += 1) socket.say({ type: 'news', seq });
  assert.deepEqual(socket.sentOf('ack'), [{ type: 'ack', seq: 32 }]);
  socket.say({ type: 'news', seq: 33 });
  mock.timers.tick(4_999);
  assert.equal(socket.sentOf('ack').length, 1);
  mock.timers.tick(1);
  assert.deepEqual(socket.sentOf('ack').at(-1), { type: 'ack', seq: 33 });
});

test('a room that is known without its history makes requests void, and both numberings begin again', async () => {
  const { signaling, voids, messages } = await session();
  const leave = signaling.request({ type: 'leave' });
  const refused = assert.rejects(leave, (error) => error instanceof ProtocolError && error.code === 'void');
  const socket = await comeBack({ resumed: false });
  await refused;
  assert.deepEqual(voids, ['r']);
  assert.deepEqual(socket.sentOf('leave'), []);
  socket.say(joined({ re: undefined, resume: 'second' }));
  signaling.send({ type: 'chat', text: 'again' });
  assert.deepEqual(socket.sentOf('chat'), [{ type: 'chat', text: 'again', id: 1 }]);
  assert.equal(messages.filter(({ type }) => type === 'joined').length, 2);
  ScriptedSocket.last.lose();
  mock.timers.tick(500);
  const hello = ScriptedSocket.last.accept().sent[0];
  assert.deepEqual([hello.resume, hello.last_seq], ['second', 1]);
});

test('a refused secret is never shown again', async () => {
  const { voids } = await session();
  const socket = await comeBack({ resumed: false, room: null });
  socket.say({ type: 'error', seq: 1, code: 'resume-refused', message: 'Too old.' });
  assert.deepEqual(voids, [null]);
  const next = await comeBack({ resumed: false, room: null });
  assert.equal('resume' in next.sent[0], false);
});

test('joining again from the void handler is sent once, with id 1', async () => {
  const { signaling } = await session();
  signaling.on('void', () => void signaling.request(JOIN).catch(() => null));
  const socket = await comeBack({ resumed: false, room: null });
  assert.deepEqual(socket.sentOf('join'), [{ type: 'join', room: 'r', name: 'Ada', id: 1 }]);
});

test('a connection lost before its welcome loses nothing: all is said again', () => {
  const { signaling, voids } = make();
  signaling.open();
  void signaling.request(JOIN);
  ScriptedSocket.last.accept().lose();
  mock.timers.tick(0);
  assert.equal(ScriptedSocket.last.accept().sentOf('join')[0].id, 1);
  ScriptedSocket.last.say(welcome());
  assert.deepEqual(voids, []);
});

test('after leaving, a lost connection is not resumed', async () => {
  const { signaling } = await session();
  void signaling.request({ type: 'leave' });
  ScriptedSocket.last.say({ type: 'left', seq: 2, re: 2 }).lose();
  mock.timers.tick(0);
  assert.equal('resume' in ScriptedSocket.last.accept().sent[0], false);
});

test('waits grow from nothing to five seconds, each with up to half of it added', () => {
  const waits = [0, 1, 2, 3, 4, 5, 50].map((attempt) => backoff(attempt, 0));
  assert.deepEqual(waits, [0, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  assert.equal(backoff(1, 0.5), 625);
  assert.equal(backoff(9, 0.999_999) < 7_500, true);
});

test('a server that is away is tried again with the waits of the protocol, and for ever', () => {
  const { signaling, states } = make();
  signaling.open();
  for (const wait of [0, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]) {
    const before = ScriptedSocket.opened.length;
    ScriptedSocket.last.lose();
    if (wait > 0) mock.timers.tick(wait - 1);
    assert.equal(ScriptedSocket.opened.length, before);
    mock.timers.tick(1);
    assert.equal(ScriptedSocket.opened.length, before + 1);
  }
  assert.deepEqual(states, ['connecting']);
});

test('only a connection that held for five seconds makes the waits begin again', async () => {
  await session();
  await comeBack({ resumed: true, last_id: 1 });
  ScriptedSocket.last.lose();
  mock.timers.tick(0);
  assert.equal(ScriptedSocket.opened.length, 2);
  mock.timers.tick(500);
  assert.equal(ScriptedSocket.opened.length, 3);
  ScriptedSocket.last.accept().say(welcome({ room: 'r', resumed: true, last_id: 1 }));
  mock.timers.tick(5_000);
  ScriptedSocket.last.lose();
  mock.timers.tick(0);
  assert.equal(ScriptedSocket.opened.length, 4);
});

test('a server without room for another connection is left alone at first', () => {
  const { signaling } = make();
  signaling.open();
  ScriptedSocket.last.accept().lose(1013);
  mock.timers.tick(499);
  assert.equal(ScriptedSocket.opened.length, 1);
  mock.timers.tick(1);
  assert.equal(ScriptedSocket.opened.length, 2);
});

for (const code of [1002, 1003, 1007, 1008, 1009, 4000, 4001, 4003]) {
  test(`close code ${code} is final, and whoever waits is told`, async () => {
    const { signaling, states } = await session();
    const leave = assert.rejects(signaling.request({ type: 'leave' }), { code: 'closed' });
    ScriptedSocket.last.lose(code);
    mock.timers.tick(60_000);
    assert.equal(ScriptedSocket.opened.length, 1);
    assert.deepEqual(states.at(-1), ['closed', code]);
    await leave;
  });
}

for (const code of [1000, 1001, 1006, 1011, 1012, 4002, 4004]) {
  test(`after close code ${code} it comes back and resumes`, async () => {
    await session();
    ScriptedSocket.last.lose(code);
    mock.timers.tick(0);
    assert.equal(ScriptedSocket.last.accept().sent[0].resume, 'secret');
  });
}

test('a session taken over elsewhere can be taken back, and then counts on from the server\'s number', async () => {
  const { signaling } = await session();
  ScriptedSocket.last.lose(4003);
  signaling.open();
  signaling.send({ type: 'chat', text: 'mine' });
  const socket = ScriptedSocket.last.accept();
  assert.equal(socket.sent[0].resume, 'secret');
  socket.say(welcome({ room: 'r', resumed: true, last_id: 7 }));
  assert.deepEqual(socket.sentOf('chat'), [{ type: 'chat', text: 'mine', id: 8 }]);
});

test('ten quiet seconds make a ping, and five without any answer the end of the connection', async () => {
  const { states } = await session();
  const socket = ScriptedSocket.last;
  mock.timers.tick(5_000); // what is sent, here the acknowledgement of `joined`, is no sign of life
  mock.timers.tick(4_999);
  assert.equal(socket.sentOf('ping').length, 0);
  mock.timers.tick(1);
  assert.equal(socket.sentOf('ping').length, 1);
  mock.timers.tick(4_999);
  assert.equal(states.at(-1), 'open');
  mock.timers.tick(1);
  assert.equal(states.at(-1), 'reconnecting');
});

test('anything at all that arrives after a ping proves the connection alive', async () => {
  const { states } = await session();
  mock.timers.tick(15_000);
  ScriptedSocket.last.say({ type: 'news', seq: 2 });
  mock.timers.tick(5_000);
  assert.equal(states.at(-1), 'open');
});

test('a connection that never answers is given up after ten seconds', () => {
  const { signaling } = make();
  signaling.open();
  ScriptedSocket.last.accept();
  mock.timers.tick(10_000);
  assert.equal(ScriptedSocket.opened[0]?.closed, true);
  mock.timers.tick(0);
  assert.equal(ScriptedSocket.opened.length, 2);
});

test('a late message of a connection that was given up is not heard', async () => {
  const { signaling, messages } = await session();
  const old = ScriptedSocket.last;
  signaling.reconnect();
  mock.timers.tick(0);
  old.say({ type: 'news', seq: 2 });
  assert.equal(messages.length, 1);
});

test('reconnecting by hand cuts a long wait short', () => {
  const { signaling } = make();
  signaling.open();
  for (const wait of [0, 500, 1_000]) {
    ScriptedSocket.last.lose();
    mock.timers.tick(wait);
  }
  ScriptedSocket.last.lose();
  const before = ScriptedSocket.opened.length;
  signaling.reconnect();
  assert.equal(ScriptedSocket.opened.length, before + 1);
});

test('many unconfirmed messages make it ask what has arrived', async () => {
  const { signaling } = await session();
  for (let count = 0; count < 63; count += 1) signaling.send({ type: 'chat', text: 'x' });
  assert.equal(ScriptedSocket.last.sentOf('ping').length, 1);
});

test('closing says 1000, forgets the secret, and tells whoever waits', async () => {
  const { signaling, states } = await session();
  const leave = assert.rejects(signaling.request({ type: 'leave' }), { code: 'closed' });
  signaling.close();
  await leave;
  assert.equal(ScriptedSocket.last.closedWith, 1000);
  assert.deepEqual(states.at(-1), ['closed', 1000]);
  signaling.open();
  assert.equal('resume' in ScriptedSocket.last.accept().sent[0], false);
});

test('with a storage, a later session takes the earlier one over', async () => {
  const kept = new Map([['visavis.resume:ws://host/ws', 'stored']]);
  const storage = {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    removeItem: (/** @type {string} */ key) => void kept.delete(key),
  };
  const { signaling, messages } = make({ storage });
  signaling.open();
  const socket = ScriptedSocket.last.accept();
  assert.deepEqual([socket.sent[0].resume, socket.sent[0].last_seq], ['stored', 0]);
  socket.say(welcome({ room: 'r', resumed: true, last_id: 4 })).say(joined({ resume: 'newer' }));
  assert.equal(messages.length, 1);
  assert.equal(kept.get('visavis.resume:ws://host/ws'), 'newer');
  signaling.close();
  assert.equal(kept.size, 0);
});
