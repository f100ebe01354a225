import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { LINES, NetworkTest, PATIENCE_MS } from '../../web/lib/network-test.js';
import { reset } from './helpers/call.js';
import { ScriptedSocket, SocketClass, joined, welcome } from './helpers/socket.js';
import { settle } from './helpers/tick.js';
import { WayConnection, WayConnectionClass } from './helpers/ways.js';

/** @typedef {import('./helpers/ways.js').Way} Way */

const URLS = { stun: 'stun:host:443', udp: 'turn:host:443?transport=udp', tcp: 'turn:host:443?transport=tcp', tls: 'turns:host:443?transport=tcp' };

beforeEach(() => {
  reset();
  WayConnection.made = [];
  WayConnection.ways = {};
});

/**
 * A test that has begun, and what it says.
 *
 * @param {{offered?: (keyof typeof URLS)[], ways?: Partial<Record<keyof typeof URLS, Way>>, named?: boolean}} [options] `named`: whether the
 *   server says where it is to be found
 */
async function begin({ offered = ['stun', 'udp', 'tcp', 'tls'], ways = {}, named = true } = {}) {
  for (const [line, way] of Object.entries(ways)) WayConnection.ways[URLS[/** @type {keyof typeof URLS} */ (line)]] = way;
  const [stun = [], turn = []] = [offered.filter((line) => line === 'stun'), offered.filter((line) => line !== 'stun')];
  const servers = [{ urls: stun.map((line) => URLS[line]) }, { urls: turn.map((line) => URLS[line]), username: 'u', credential: 'c' }];
  let now = 0;
  const network = new NetworkTest({
    url: 'ws://host/ws',
    platform: {
      WebSocket: SocketClass,
      RTCPeerConnection: WayConnectionClass,
      fetch: async () => (named ? Response.json({ ice_servers: servers, ice_ttl: 60 }) : new Response('', { status: 502 })),
      random: () => 0,
      now: () => (now += 5),
    },
  });
  /** @type {string[]} */ const done = [];
  network.on('done', (results) => done.push(states(results)));
  void network.run();
  await wait();
  return { network, done };
}

/** Answers are read from a body, which takes more than promises. */
async function wait() {
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
  await settle();
}

/** @param {import('../../web/lib/network-test.js').Results} results */
function states(results) {
  return LINES.map((line) => `${line} ${results[line].state}`).join(', ');
}

/** The server does all that it is asked for on every connection. @param {object} [answer] to `join` */
async function serve(answer) {
  for (const socket of ScriptedSocket.opened.filter(({ readyState }) => readyState === 0)) socket.accept().say(welcome());
  await settle();
  for (const socket of ScriptedSocket.opened) {
    for (const { id } of socket.sentOf('peek')) socket.say({ type: 'room', seq: 1, re: id, room: 'r', participants: [], recording: false });
    for (const { id } of socket.sentOf('join')) socket.say(answer ? { ...answer, seq: 1, re: id } : joined({ re: id }));
    await settle();
    for (const { id } of socket.sentOf('forward')) {
      socket.say({ type: 'forwarded', seq: 2, re: id, connection: 1, description: { type: 'answer', sdp: 'v=0' } });
    }
    await settle();
  }
}

/** The connection with the port that forwards. */
function forwarded() {
  return WayConnection.made.find(({ localDescription, remoteDescription }) =>
    localDescription?.type === 'offer' && remoteDescription?.sdp === 'v=0') ?? assert.fail('no offer was answered');
}

async function forward() {
  forwarded().become('connected');
  await settle();
}

function allIsClosed() {
  assert.ok(WayConnection.made.every(({ closed }) => closed), 'every peer connection is closed');
  assert.ok(ScriptedSocket.opened.every(({ closed }) => closed), 'every socket is closed');
}

const ALL = 'signaling works, stun works, udp works, tcp works, tls works, forward works';

test('all that gets through works, and nothing stays open', async () => {
  const { network, done } = await begin();
  assert.deepEqual([network.running, done], [true, []]);
  await serve();
  await forward();
  assert.deepEqual([network.running, done, network.port], [false, [ALL], 443]);
  assert.deepEqual(network.results.forward, { state: 'works', ms: 5, via: 'udp' });
  assert.ok((network.results.stun.ms ?? 0) > 0);
  assert.equal(network.results.udp.ms, 5);
  allIsClosed();
});

test('each relay is tried by two ends with nothing but its own address', async () => {
  await begin();
  const relays = WayConnection.made.filter(({ relay }) => relay).map(({ address }) => address);
  assert.deepEqual(relays.sort(), [URLS.udp, URLS.udp, URLS.tcp, URLS.tcp, URLS.tls, URLS.tls].sort());
});

test('what nothing comes back from is waited for, beside the rest and no longer than its time', async () => {
  const { network, done } = await begin({ ways: { stun: 'silent', udp: 'silent' } });
  await serve();
  await forward();
  assert.equal(states(network.results), 'signaling works, stun trying, udp trying, tcp works, tls works, forward works');
  mock.timers.tick(PATIENCE_MS.udp - 1);
  await settle();
  assert.deepEqual(done, []);
  mock.timers.tick(1);
  await settle();
  assert.deepEqual(done, ['signaling works, stun blocked, udp blocked, tcp works, tls works, forward works']);
  allIsClosed();
});

test('a relay that cannot be had is not waited for', async () => {
  const { network } = await begin({ ways: { tcp: 'refused' } });
  assert.equal(network.results.tcp.state, 'blocked');
});

test('what the server does not offer is told from what the browser does not take', async () => {
  const { network } = await begin({ offered: ['stun', 'udp', 'tcp'], ways: { tcp: 'unusable' } });
  assert.equal(states(network.results), 'signaling trying, stun works, udp works, tcp untried, tls absent, forward trying');
});

test('without a NAT the address from outside is none that the browser did not know, and STUN works all the same', async () => {
  assert.deepEqual((await begin({ ways: { stun: 'known' } })).network.results.stun, { state: 'works', ms: null });
});

test('a browser that complains of the STUN server has not reached it', async () => {
  const { network } = await begin({ ways: { stun: 'silent' } });
  WayConnection.made.find(({ address }) => address === URLS.stun)?.complain();
  await settle();
  assert.equal(network.results.stun.state, 'blocked');
});

test('a server that does not say where it is found leaves the relays untried, and the rest is tried', async () => {
  const { done } = await begin({ named: false });
  await serve();
  await forward();
  assert.deepEqual(done, ['signaling works, stun untried, udp untried, tcp untried, tls untried, forward works']);
});

test('without the WebSocket nothing is forwarded, which is not the media port\'s fault', async () => {
  const { done } = await begin();
  for (let second = 0; second < 12; second += 1) {
    mock.timers.tick(1_000);
    await settle();
  }
  assert.deepEqual(done, ['signaling blocked, stun works, udp works, tcp works, tls works, forward untried']);
  allIsClosed();
});

test('a server that has no room left has not been tried', async () => {
  const { network } = await begin();
  await serve({ type: 'error', code: 'too-many-rooms', message: 'No.' });
  assert.equal(network.results.forward.state, 'untried');
});

test('a media port to which no connection comes about is blocked', async () => {
  const { network } = await begin();
  await serve();
  forwarded().become('failed');
  await settle();
  assert.equal(network.results.forward.state, 'blocked');
});

test('whoever gives it up leaves nothing open, and hears nothing more', async () => {
  const { network, done } = await begin({ ways: { udp: 'silent' } });
  await serve();
  let told = 0;
  network.on('results', () => (told += 1));
  network.stop();
  await settle();
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual([told, done, network.running], [0, [], false]);
  allIsClosed();
});

test('begun again, all of it begins again, in the same room', async () => {
  const { network, done } = await begin({ ways: { udp: 'silent' } });
  await serve();
  void network.run();
  assert.ok(LINES.every((line) => network.results[line].state === 'trying'));
  WayConnection.ways = {};
  WayConnection.made = [];
  await wait();
  await serve();
  await forward();
  assert.deepEqual(done, [ALL]);
  const rooms = ScriptedSocket.opened.flatMap((socket) => socket.sentOf('join')).map(({ room }) => room);
  assert.deepEqual([rooms.length, new Set(rooms).size], [2, 1]);
  assert.match(rooms[0], /^network test [0-9a-f]{32}$/);
});
