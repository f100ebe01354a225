import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { beforeEach, mock, test } from 'node:test';
import { onlooker } from '../../web/lib/costs-feed.js';
import { Lookout } from '../../web/lib/lookout.js';
import { policyOfPath } from '../../web/lib/policy.js';
import { joinedCall, makeCall, pass, reset } from './helpers/call.js';
import { answer, forwardedCall, live, plan, say } from './helpers/forward.js';
import { ScriptedPeerConnection } from './helpers/peer-connection.js';
import { ScriptedSocket, SocketClass, participant, welcome } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

const FIXTURES = new URL('../../crates/protocol/fixtures/', import.meta.url);

/** @typedef {{about: string, valid: any[]}} Fixture */

/**
 * @param {'client' | 'server'} side
 * @returns {Map<string, Fixture>}
 */
function load(side) {
  const folder = new URL(`${side}/`, FIXTURES);
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(names.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(new URL(name, folder), 'utf8'))]));
}

const client = load('client');
const server = load('server');

beforeEach(reset);

/** The members of a message and of what is inside it, as dotted paths. @param {any} value @returns {string[]} */
function members(value, prefix = '') {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${prefix}${key}`, ...members(inner, `${prefix}${key}.`)]);
}

/** The types of its members, null counting as one. @param {any} message */
function shape(message) {
  const types = Object.entries(message).map(([key, value]) => [key, value === null ? 'null' : typeof value]);
  return Object.fromEntries(types);
}

for (const [type, { valid }] of server) {
  for (const [index, message] of valid.entries()) {
    test(`the server's ${type}, fixture ${index + 1}, is handled`, async () => {
      const { call, media, log } = await joinedCall({ participants: [participant(message.from ?? 'b')] });
      for (const source of ['mic', 'screen']) await media.setEnabled(source, type === 'muted');
      await settle();
      const seen = 'seq' in message ? { ...message, seq: 2 } : message;
      ScriptedSocket.last.say(seen);
      await settle();
      const isOver = type === 'removed';
      assert.equal(ScriptedSocket.last.closed, isOver);
      assert.equal(call.state === 'failed', isOver);
      CHECKS[type]?.(message, call, log);
    });
  }
}

/** What has to follow from a message. @type {Record<string, (message: any, call: any, log: any) => void>} */
const CHECKS = {
  chat: ({ message }, call) => assert.deepEqual(call.chat.at(-1), message),
  joined: (message, call) => {
    assert.equal(call.self.id, message.participant);
    assert.equal(call.self.host, message.host);
    for (const { id, name, kind, connected, state } of message.participants) {
      const known = call.participants.get(id);
      assert.deepEqual([known.name, known.kind, known.connected, known.state], [name, kind, connected, state]);
    }
    assert.deepEqual(call.chat, message.chat);
  },
  'participant-joined': ({ participant: info }, call) => assert.equal(call.participants.get(info.id).name, info.name),
  candidate: () => assert.equal(ScriptedPeerConnection.made.length, 1),
  reaction: ({ emoji }, _call, log) => assert.deepEqual(log.reactions, [emoji]),
  waiting: ({ host }, call) => assert.deepEqual([call.state, call.waiting], ['waiting', { host }]),
  knocks: ({ items }, call) => assert.deepEqual(call.knocks, items),
  muted: ({ mic, screen }, call) => assert.deepEqual([call.media.isLive('mic'), call.media.isLive('screen')], [!mic, !screen]),
  asked: ({ mic, camera, from }, _call, log) => assert.deepEqual(log.asked, [{ from, mic, camera }]),
  removed: ({ reason }, _call, log) => assert.deepEqual(log.states.at(-1), ['failed', reason]),
  error: ({ code, re }, _call, log) => {
    const harmless = ['unknown-participant', 'too-many-candidates', 'resume-refused', 'not-joined', 'not-allowed'].includes(code);
    if (re === undefined && !harmless) assert.deepEqual(log.errors, [code]);
  },
};

/** Everything that a call ever sends, in one life. */
async function everythingSent() {
  const { call } = await joinedCall({ participants: [participant('b')] }, { hostKey: 'key', token: 'pass' });
  const pc = ScriptedPeerConnection.last;
  pc.gather('candidate:1');
  pc.gather(null);
  await call.setLive('camera', true);
  call.setHand(true);
  call.react('👏');
  void call.sendChat('hello').catch(() => null);
  const first = ScriptedSocket.last.say({ type: 'pong', time: 0, last_id: 1 });
  mock.timers.tick(5_000);
  first.lose();
  mock.timers.tick(500);
  const second = ScriptedSocket.last.accept().say(welcome({ room: 'r', resumed: true, last_id: 99 }));
  void call.leave();
  return [...first.sent, ...second.sent, ...lookedAround(), ...(await forwarded()), ...(await switched()), ...(await hosted())];
}

/** What a host sends. */
async function hosted() {
  reset();
  const { call } = await joinedCall({ host: true, participants: [participant('b')] });
  void call.mute({ mic: true }, 'b');
  void call.mute({ mic: true, camera: true, screen: true });
  void call.ask('b', { mic: true });
  void call.admit('c', true);
  void call.appoint('b');
  void call.remove('b');
  void call.end();
  return ScriptedSocket.last.sent;
}

/** What somebody sends whose media the server forwards. */
async function forwarded() {
  reset();
  const { call } = await forwardedCall({ participants: [live('b')] }, { roomPolicy: policyOfPath('forward') });
  await answer();
  const { forwarding } = call;
  if (forwarding) forwarding.shown = [{ participant: 'b', source: 'camera', width: 640, height: 360 }];
  mock.timers.tick(1_000);
  await say({ type: 'plan', ...plan({ direct: 'never' }, { mix: 'on', mixed: [{ participant: 'me', reason: 'choice' }] }) });
  await settle();
  void forwarding?.serverStats();
  return ScriptedSocket.last.sent;
}

/** What somebody sends whose media changes its path, and everybody else's. */
async function switched() {
  reset();
  const { call } = await forwardedCall({ participants: [live('b')], plan: plan() });
  await pass(1_500);
  const [server, peer] = /** @type {any[]} */ (ScriptedPeerConnection.made);
  await say({ type: 'description', from: 'b', description: { type: 'answer', sdp: peer.localDescription.sdp } });
  await say({ type: 'forwarded', re: ScriptedSocket.last.sentOf('forward')[0].id, connection: 1, description: { type: 'answer', sdp: '' } });
  const mic = peer.getTransceivers()[0].receiver;
  mic.sources = [{ timestamp: 1 }];
  for (const pc of [server, peer]) pc.become('connected');
  await pass(3_000);
  const one = { id: 7, publisher: 'b', from: 'direct', to: 'forward', forced: true, reason: 'leg-failed' };
  await say({ type: 'plan', ...plan({}, { switches: [one], forwarded: [{ participant: 'b', reason: 'leg-failed' }] }) });
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  await pass(2_000);
  call.setPolicy({ direct: 'auto', mix: 'allowed', direct_max: 4 });
  void call.costs();
  void call.record(true);
  return ScriptedSocket.last.sent;
}

/** What somebody sends who looks into a room before joining it. */
function lookedAround() {
  const lookout = new Lookout({ url: 'ws://host/ws', platform: { WebSocket: SocketClass } });
  lookout.watch('r');
  const { sent } = ScriptedSocket.last.accept();
  lookout.stop();
  return [...sent, ...askedForCosts()];
}

/** What somebody sends who looks at what a room costs. */
function askedForCosts() {
  const { ask, close } = onlooker({ url: 'ws://host/ws', room: 'r', platform: { WebSocket: SocketClass } });
  ask().catch(() => null);
  const { sent } = ScriptedSocket.last.accept();
  close();
  return sent;
}

test('every message that the library sends is one of the protocol\'s, with its members and their types', async () => {
  const sent = await everythingSent();
  const types = new Set(sent.map(({ type }) => type));
  const known = [...client.keys()].filter((type) => client.get(type)?.valid?.some((message) => message.type === type));
  assert.deepEqual([...types].sort(), known.sort());
  const states = client.get('state')?.valid ?? []; // `join` carries a state as well
  for (const message of sent) {
    const valid = client.get(message.type)?.valid ?? [];
    const allowed = new Set([...valid, ...states].flatMap((each) => members(each)));
    const required = members(valid[0]).filter((member) => valid.every((each) => members(each).includes(member)));
    const has = members(message);
    for (const member of has) assert.ok(allowed.has(member), `${message.type}: ${member} is not in the fixtures`);
    for (const member of required) assert.ok(has.includes(member), `${message.type}: ${member} is missing`);
    assertTypes(message, valid);
  }
});

/**
 * @param {any} message
 * @param {any[]} valid
 */
function assertTypes(message, valid) {
  const shapes = valid.map(shape);
  for (const [key, type] of Object.entries(shape(message))) {
    const allowed = shapes.map((each) => each[key]).filter(Boolean);
    assert.ok(allowed.includes(type), `${message.type}: ${key} is of the type ${type}`);
  }
}

test('a call that is not joined sends nothing', () => {
  const { call } = makeCall();
  call.setHand(true);
  assert.equal(ScriptedSocket.opened.length, 0);
});
