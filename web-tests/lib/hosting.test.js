import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { DEFAULT_RULES } from '../../web/lib/policy.js';
import { snapshot } from '../../web/lib/snapshot.js';
import { comeBack, joinedCall, makeCall, reset } from './helpers/call.js';
import { plan } from './helpers/forward.js';
import { ScriptedSocket, joined, participant, welcome } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

/** Somebody who has knocked, and has been told to wait. @param {boolean} [host] whether one is there */
async function knock(host = true) {
  const made = makeCall();
  const joining = made.call.join();
  joining.catch(() => null);
  ScriptedSocket.last.accept().say(welcome()).say({ type: 'waiting', seq: 1, re: 1, room: 'r', host });
  await settle();
  return { ...made, joining };
}

/** A plan with these rules. @param {Partial<import('../../web/lib/protocol.js').Rules>} rules */
const ruled = (rules) => plan({ rules: { ...DEFAULT_RULES, ...rules } }, { standby: false });

/** @param {number} seq @param {Partial<import('../../web/lib/protocol.js').Rules>} rules */
async function decide(seq, rules) {
  ScriptedSocket.last.say({ type: 'plan', seq, ...ruled(rules) });
  await settle();
}

test('whoever has to wait does so until a host lets them in, and knows whether one is there', async () => {
  const { call, log, joining } = await knock(false);
  let told = 0;
  call.on('waiting', () => (told += 1));
  assert.deepEqual([call.state, call.waiting, snapshot(call).waiting], ['waiting', { host: false }, { host: false }]);
  ScriptedSocket.last.say({ type: 'waiting', seq: 2, re: 1, room: 'r', host: true });
  assert.deepEqual([call.waiting, told], [{ host: true }, 1]);
  ScriptedSocket.last.say(joined({ seq: 3, re: 1 }));
  await joining;
  assert.deepEqual([log.states, call.waiting], [['joining', 'waiting', 'joined'], null]);
});

test('whoever is not let in is told why', async () => {
  const { log, joining } = await knock();
  ScriptedSocket.last.say({ type: 'error', seq: 2, re: 1, code: 'not-admitted', message: 'no' });
  await assert.rejects(joining, { code: 'not-admitted' });
  assert.deepEqual(log.states.at(-1), ['failed', 'not-admitted']);
});

test('whoever gives up waiting says so', async () => {
  const { call, log } = await knock();
  void call.leave();
  assert.equal(ScriptedSocket.last.sentOf('leave').length, 1);
  assert.deepEqual(log.states.at(-1), ['left', 'left']);
});

test('whoever waits knocks again after the connection was lost, for the server keeps no place before a room', async () => {
  const { call, log } = await knock();
  const socket = await comeBack({});
  assert.equal(socket.sentOf('join').length, 1);
  socket.say({ type: 'waiting', seq: 1, re: socket.sentOf('join')[0].id, room: 'r', host: true });
  assert.equal(call.state, 'waiting');
  assert.deepEqual(log.states, ['joining', 'waiting', 'joining', 'waiting']);
});

test('whoever lost their place in a room where hosts let people in waits before it', async () => {
  const { call, log } = await joinedCall();
  const socket = await comeBack({});
  socket.say({ type: 'waiting', seq: 1, re: socket.sentOf('join')[0].id, room: 'r', host: true });
  assert.deepEqual([call.state, log.states.slice(-2)], ['waiting', ['reconnecting', 'waiting']]);
});

test('hosts know who waits, and forget it when the server is another one or they are no hosts', async () => {
  const { call, log } = await joinedCall({ host: true });
  const socket = ScriptedSocket.last;
  socket.say({ type: 'knocks', seq: 2, items: [{ id: 'x', name: 'Linus' }] });
  assert.deepEqual(snapshot(call).knocks, [{ id: 'x', name: 'Linus' }]);
  socket.say(joined({ seq: 3, host: false, re: undefined }));
  assert.deepEqual([call.knocks, log.knocks], [[], [['x'], []]]);
});

test('what a host switches off is off, and is told once', async () => {
  const { media, log } = await joinedCall({ participants: [participant('b', { host: true })] });
  await media.setEnabled('mic', true);
  await media.setEnabled('screen', true);
  const muted = { type: 'muted', from: 'b', mic: true, camera: true, screen: true };
  ScriptedSocket.last.say({ ...muted, seq: 2 }).say({ ...muted, seq: 3 });
  assert.deepEqual([media.isLive('mic'), media.isLive('screen')], [false, false]);
  assert.deepEqual(log.muted, [{ from: 'b', mic: true, camera: false, screen: true }]);
  await media.setEnabled('mic', true);
  assert.equal(ScriptedSocket.last.sentOf('state').at(-1).state.mic, true, 'whoever was muted may speak again');
});

test('what the rules forbid is off for guests, and stays off until they switch it on when it is allowed again', async () => {
  const { call, media, log } = await joinedCall();
  await media.setEnabled('mic', true);
  await decide(2, { mic: false, chat: false });
  assert.deepEqual([call.allows('mic'), call.allows('camera'), call.allows('chat')], [false, true, false]);
  assert.deepEqual(snapshot(call).rules, { ...DEFAULT_RULES, mic: false, chat: false });
  assert.deepEqual(log.muted, [{ from: null, mic: true, camera: false, screen: false }]);
  await call.setLive('mic', true);
  assert.equal(media.isLive('mic'), false);
  await media.setEnabled('mic', true); // a device that was asked for before, and has come only now
  assert.equal(media.isLive('mic'), false);
  await decide(3, {});
  assert.equal(media.isLive('mic'), false);
  await call.setLive('mic', true);
  assert.equal(media.isLive('mic'), true);
});

test('the rules are for guests: a host may do everything', async () => {
  const { call, media } = await joinedCall({ host: true, plan: ruled({ mic: false, chat: false }) });
  await call.setLive('mic', true);
  assert.deepEqual([media.isLive('mic'), call.allows('chat')], [true, true]);
});

test('nobody is asked for what is on already, or is forbidden', async () => {
  const { media, log } = await joinedCall({ plan: ruled({ camera: false }) });
  await media.setEnabled('mic', true);
  ScriptedSocket.last.say({ type: 'asked', seq: 2, from: 'b', mic: true, camera: true });
  assert.deepEqual(log.asked, []);
  await media.setEnabled('mic', false);
  ScriptedSocket.last.say({ type: 'asked', seq: 3, from: 'b', mic: true, camera: true });
  assert.deepEqual(log.asked, [{ from: 'b', mic: true, camera: false }]);
});

test('whoever is appointed is a host from then on, with the key, and nothing else changes', async () => {
  const { call, log } = await joinedCall({ participants: [participant('b', { host: true })] });
  let appointed = 0;
  call.on('appointed', () => (appointed += 1));
  const members = { participants: [participant('b', { host: true })], host: true, host_key: 'key', re: undefined };
  ScriptedSocket.last.say(joined({ ...members, seq: 2 })).say(joined({ ...members, seq: 3 }));
  assert.deepEqual([call.self.host, call.hostKey, appointed], [true, 'key', 1]);
  assert.deepEqual([log.states, log.people.filter(([type]) => type === 'joined')], [['joining', 'joined'], [['joined', 'b']]]);
});

for (const reason of ['removed', 'ended']) {
  test(`a call that is over because this side was ${reason} does not come back`, async () => {
    const { log } = await joinedCall();
    const socket = ScriptedSocket.last;
    socket.say({ type: 'removed', seq: 2, reason });
    mock.timers.tick(60_000);
    assert.deepEqual([log.states.at(-1), socket.closed, ScriptedSocket.opened.length], [['failed', reason], true, 1]);
  });
}

test('the close code of whoever was removed says it as well', async () => {
  const { log } = await joinedCall();
  ScriptedSocket.last.lose(4005);
  mock.timers.tick(60_000);
  assert.deepEqual([log.states.at(-1), ScriptedSocket.opened.length], [['failed', 'removed'], 1]);
});

test('what a host asks for and is refused is told to whoever asked', async () => {
  const { call, log } = await joinedCall({ host: true });
  const removing = assert.rejects(call.remove('b'), { code: 'not-allowed' });
  const { id } = ScriptedSocket.last.sentOf('remove')[0];
  ScriptedSocket.last.say({ type: 'error', seq: 2, re: id, code: 'not-allowed', message: 'no' });
  await removing;
  assert.deepEqual(log.errors, []);
});
