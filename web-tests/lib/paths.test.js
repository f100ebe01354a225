import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { DEFAULT, Paths } from '../../web/lib/plan.js';
import { comeBack, connectLeg, pass, reset } from './helpers/call.js';
import { forwardedCall, live, plan, say } from './helpers/forward.js';
import { ScriptedPeerConnection } from './helpers/peer-connection.js';
import { ScriptedSocket, participant } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

const SWITCH = /** @type {const} */ ({ id: 7, publisher: 'b', from: 'direct', to: 'forward', forced: false, reason: 'room-size' });

/** A room of two, connected to each other and to the server. @param {object} [options] */
async function pair(options = {}) {
  const made = await forwardedCall({ participants: [live('b')], plan: plan() }, options);
  await pass(STANDBY_AFTER);
  const [toServer, toBob] = ScriptedPeerConnection.made;
  const server = /** @type {ScriptedPeerConnection} */ (toServer);
  const peer = /** @type {ScriptedPeerConnection} */ (toBob);
  const sdp = peer.localDescription.sdp;
  await say({ type: 'description', from: 'b', description: { type: 'answer', sdp } });
  peer.become('connected');
  const { id, connection } = ScriptedSocket.last.sentOf('forward').at(-1);
  await say({ type: 'forwarded', re: id, connection, description: { type: 'answer', sdp: 'm=video 9\r\n' } });
  server.become('connected');
  await settle();
  const bob = () => /** @type {import('../../web/lib/call.js').RemoteParticipant} */ (made.call.participants.get('b'));
  return { ...made, server, peer, bob };
}

/** The connection that is only held ready waits so long for a first picture by the others, in milliseconds. */
const STANDBY_AFTER = 1_500;

/** @param {object} members */
const planned = (members) => say({ type: 'plan', ...plan({}, members) });

/** @param {ScriptedPeerConnection} pc @param {number} index of its m-line */
const receiver = (pc, index) => /** @type {any} */ (pc.getTransceivers()[index]).receiver;

/** Whether each of the sources is sent on a connection. @param {ScriptedPeerConnection} pc */
const sent = (pc) =>
  pc.getTransceivers().slice(0, 4).map(({ sender }) => sender.parameters.encodings.some((/** @type {any} */ { active = true }) => active));

const ALL = [true, true, true, true];
const NONE = [false, false, false, false];

test('whoever is not named is direct, and forwarded where nobody is connected to anybody', () => {
  const paths = new Paths();
  assert.deepEqual([paths.of('a'), paths.why('a'), paths.carries('a', 'forward')], ['direct', 'small', false]);
  paths.plan = { ...DEFAULT, forwarded: [{ participant: 'a', reason: 'uplink' }], switches: [{ ...SWITCH, publisher: 'b' }] };
  assert.deepEqual([paths.of('a'), paths.why('a'), paths.wanted('a')], ['forward', 'uplink', 'forward']);
  assert.deepEqual([paths.of('b'), paths.wanted('b')], ['direct', 'forward']);
  assert.ok(paths.carries('b', 'direct') && paths.carries('b', 'forward') && !paths.carries('a', 'direct'));
  assert.deepEqual([paths.name(['b']), paths.name(['a', 'b']), paths.name(['a'])], ['mesh', 'hybrid', 'star']);
  paths.plan = plan({ direct: 'never' });
  assert.equal(paths.of('c'), 'forward');
});

test('in an ordinary room there are connections to everybody and one to the server, and what is sent goes the direct way', async () => {
  const { server, peer, bob } = await pair();
  assert.deepEqual([sent(server), sent(peer)], [NONE, ALL]);
  assert.deepEqual([bob().taken, bob().leg, bob().forwarded], ['direct', 'connected', false]);
});

test('a connection that is only held ready keeps back nothing that is to be seen, and is made at once when it is of use', async () => {
  await forwardedCall({ participants: [live('b')], plan: plan() });
  const offers = () => ScriptedSocket.last.sentOf('forward').length;
  await pass(STANDBY_AFTER - 100);
  assert.equal(offers(), 0);
  await pass(200);
  assert.equal(offers(), 1);
  await forwardedCall({ participants: [live('b')], plan: plan() });
  await pass(100);
  await planned({ version: 2, switches: [SWITCH] });
  assert.equal(offers(), 1);
  await pass(STANDBY_AFTER);
  assert.equal(offers(), 1);
});

test('during a switch of one\'s own both ways are sent on, and afterwards the new one alone', async () => {
  const { server, peer } = await pair();
  const own = { ...SWITCH, publisher: 'me' };
  await say({ type: 'wanted', connection: 1, sources: [] });
  await planned({ version: 2, switches: [own] });
  await say({ type: 'wanted', connection: 1, sources: [{ source: 'camera', rids: ['h'] }] });
  assert.deepEqual(sent(peer), ALL);
  assert.deepEqual([sent(server)[0], sent(server)[1]], [true, true]);
  await planned({ version: 3, forwarded: [{ participant: 'me', reason: 'room-size' }] });
  assert.deepEqual([sent(peer), sent(server)[0]], [NONE, true]);
  await planned({ version: 4, switches: [{ ...own, id: 8, from: 'forward', to: 'direct' }], forwarded: [{ participant: 'me', reason: 'room-size' }] });
  assert.deepEqual(sent(peer), ALL);
  await planned({ version: 5 });
  assert.deepEqual([sent(peer), sent(server)], [ALL, NONE]);
});

test('somebody is taken from the other path once a picture and sound of it have come, and not before', async () => {
  const { call, server, bob } = await pair();
  /** @type {[string, string][]} */ const changes = [];
  call.on('leg', ({ participant: { id, taken } }) => changes.push([id, taken]));
  if (call.forwarding) call.forwarding.shown = [{ participant: 'b', source: 'camera', width: 640, height: 360 }];
  await planned({ version: 2, switches: [SWITCH] });
  await pass(400);
  assert.deepEqual([bob().taken, ScriptedSocket.last.sentOf('switch-ready').length], ['direct', 0], 'nothing has come');
  await say({ type: 'slots', connection: 1, slots: [{ mid: '4', participant: 'b', source: 'mic' }, { mid: '7', participant: 'b', source: 'camera' }], undecodable: [] });
  receiver(server, 4).inbound = { jitterBufferEmittedCount: 48_000 };
  await pass(80);
  receiver(server, 4).inbound = { jitterBufferEmittedCount: 60_000 };
  await pass(400);
  assert.equal(bob().taken, 'direct', 'sound alone is not enough');
  receiver(server, 7).inbound = { framesDecoded: 2, frameWidth: 640 };
  await pass(80);
  assert.equal(bob().taken, 'direct', 'a key frame alone may be older than what is shown');
  receiver(server, 7).inbound = { framesDecoded: 3, frameWidth: 640 };
  await pass(80);
  assert.equal(bob().taken, 'forward');
  assert.deepEqual(ScriptedSocket.last.sentOf('switch-ready').map((message) => message.switch), [7]);
  assert.deepEqual(bob().streams.camera.getTracks(), [receiver(server, 7).track]);
  assert.deepEqual(changes.at(-1), ['b', 'forward']);
  await pass(1_200);
  assert.deepEqual(ScriptedSocket.last.sentOf('switch-gap').map((message) => [message.switch, message.sound]), [[7, 0]]);
  await planned({ version: 3, forwarded: [{ participant: 'b', reason: 'room-size' }] });
  const [record] = call.switches;
  assert.deepEqual([record?.outcome, record?.reason, record?.sound], ['committed', 'room-size', 0]);
  assert.equal(ScriptedSocket.last.sentOf('switch-ready').length, 1);
});

test('what is not shown, and a microphone that is off, are not waited for', async () => {
  const { bob } = await pair();
  await say({ type: 'participant-changed', participant: participant('b', { state: { ...live('b').state, mic: false } }) });
  await planned({ version: 2, switches: [SWITCH] });
  await pass(80);
  assert.equal(bob().taken, 'forward');
});

test('whoever is not among the three who are heard is not waited for either', async () => {
  const { bob } = await pair();
  await planned({ version: 2, switches: [SWITCH] });
  await pass(200);
  assert.equal(bob().taken, 'direct');
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  await pass(80);
  assert.equal(bob().taken, 'forward');
});

test('a source of which nothing comes by the present path either is not waited for', async () => {
  const { call, server, peer, bob } = await pair();
  if (call.forwarding) call.forwarding.shown = [{ participant: 'b', source: 'camera', width: 640, height: 360 }];
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  receiver(peer, 1).inbound = { framesDecoded: 100, frameWidth: 640 };
  await planned({ version: 2, switches: [SWITCH] });
  await pass(900);
  assert.equal(bob().taken, 'direct');
  await pass(300);
  assert.equal(bob().taken, 'forward');
  assert.ok(server);
});

test('a picture much smaller than the present one is given time to grow', async () => {
  const { call, server, peer, bob } = await pair();
  if (call.forwarding) call.forwarding.shown = [{ participant: 'b', source: 'camera', width: 1280, height: 720 }];
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  await planned({ version: 2, switches: [SWITCH] });
  await say({ type: 'slots', connection: 1, slots: [{ mid: '7', participant: 'b', source: 'camera' }], undecodable: [] });
  for (let frames = 0; frames < 20; frames += 1) {
    receiver(peer, 1).inbound = { framesDecoded: frames, frameWidth: 1_280 };
    receiver(server, 7).inbound = { framesDecoded: frames, frameWidth: 320 };
    await pass(40);
  }
  assert.equal(bob().taken, 'direct');
  receiver(server, 7).inbound = { framesDecoded: 30, frameWidth: 640 };
  await pass(80);
  assert.equal(bob().taken, 'forward');
});

test('frames that a slot has shown of somebody else are none of theirs', async () => {
  const { call, server, bob } = await pair();
  if (call.forwarding) call.forwarding.shown = [{ participant: 'b', source: 'camera', width: 640, height: 360 }];
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  receiver(server, 7).inbound = { framesDecoded: 500, frameWidth: 640 };
  await planned({ version: 2, switches: [SWITCH] });
  await say({ type: 'slots', connection: 1, slots: [{ mid: '7', participant: 'b', source: 'camera' }], undecodable: [] });
  await pass(60);
  receiver(server, 7).inbound = { framesDecoded: 503, frameWidth: 640 };
  await pass(500);
  assert.equal(bob().taken, 'direct', 'they were under way');
  receiver(server, 7).inbound = { framesDecoded: 506, frameWidth: 640 };
  await pass(80);
  assert.equal(bob().taken, 'forward');
});

test('pictures are made ready before they take the place of the others, and in no other order', async () => {
  /** @type {string[]} */ const order = [];
  /** @type {(() => void)[]} */ const waiting = [];
  const prepare = async (/** @type {any} */ { id, taken }, /** @type {string} */ path) => {
    order.push(`prepare ${id} ${taken} ${path}`);
    await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    return { gap: async () => 12 };
  };
  const { call } = await pair({ prepare });
  call.on('leg', ({ participant: { taken } }) => order.push(`taken ${taken}`));
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  order.length = 0;
  await planned({ version: 2, switches: [SWITCH] });
  await pass(500);
  assert.deepEqual(order, ['prepare b direct forward']);
  waiting.forEach((go) => go());
  await pass(20);
  assert.deepEqual(order, ['prepare b direct forward', 'taken forward']);
  await pass(1_200);
  assert.equal(ScriptedSocket.last.sentOf('switch-gap')[0].picture, 12);
});

test('what was made ready and is not wanted any more is given up', async () => {
  /** @type {string[]} */ const order = [];
  const prepare = (/** @type {any} */ _, /** @type {string} */ path) => {
    order.push(path);
    return new Promise(() => {});
  };
  const { bob } = await pair({ prepare });
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  await planned({ version: 2, switches: [SWITCH] });
  await pass(400);
  assert.deepEqual(order, ['forward']);
  await planned({ version: 3 });
  await pass(2_000);
  assert.deepEqual([order, bob().taken], [['forward', 'direct'], 'direct']);
});

test('a page that makes nothing ready is waited for only so long, and says how long the old picture stood still then', async () => {
  /** @type {((shown: any) => void)[]} */ const waiting = [];
  const { bob } = await pair({ prepare: () => new Promise((resolve) => waiting.push(resolve)) });
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  await planned({ version: 2, switches: [SWITCH] });
  await pass(1_400);
  assert.equal(bob().taken, 'direct');
  await pass(300);
  assert.equal(bob().taken, 'forward');
  await pass(1_500);
  assert.deepEqual(ScriptedSocket.last.sentOf('switch-gap'), [], 'it is not known yet');
  waiting.forEach((show) => show({ gap: async () => 1_650 }));
  await pass(20);
  assert.equal(ScriptedSocket.last.sentOf('switch-gap')[0].picture, 1_650);
});

test('whoever leaves in the middle is not taken from anywhere any more', async () => {
  const { call, bob } = await pair();
  const before = bob();
  await planned({ version: 2, switches: [SWITCH] });
  await say({ type: 'participant-left', participant: 'b', reason: 'left' });
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  await pass(500);
  assert.deepEqual([before.taken, call.participants.size, ScriptedSocket.last.sentOf('switch-ready')], ['direct', 0, []]);
});

test('whoever comes in the middle of a switch takes the path that it leads to, and says so', async () => {
  const { call } = await pair();
  await say({ type: 'speakers', speaker: 'd', loudest: ['d', 'e', 'f'] });
  await planned({ version: 2, switches: [{ ...SWITCH, publisher: 'c' }] });
  await say({ type: 'participant-joined', participant: live('c') });
  await pass(200);
  assert.equal(call.participants.get('c')?.taken, 'forward');
  assert.deepEqual(ScriptedSocket.last.sentOf('switch-ready').map((message) => message.switch), [7]);
});

test('nothing that comes for 700 ms of somebody who is live and direct is told at once, and not again at once', async () => {
  const { peer } = await pair();
  const stalled = () => ScriptedSocket.last.sentOf('stalled').map(({ publisher }) => publisher);
  const mic = receiver(peer, 0);
  for (let tick = 1; tick <= 20; tick += 1) {
    mic.sources = [{ timestamp: tick, audioLevel: 0 }];
    mic.inbound = { packetsReceived: tick * 5 };
    await pass(100);
  }
  assert.deepEqual(stalled(), []);
  await pass(600);
  assert.deepEqual(stalled(), []);
  await pass(300);
  assert.deepEqual(stalled(), ['b']);
  await pass(2_000);
  assert.deepEqual(stalled(), ['b']);
});

test('packets that still come are no stall, whatever is played of them, nor is one who has nothing on', async () => {
  const { peer } = await pair();
  const mic = receiver(peer, 0);
  mic.sources = [{ timestamp: 1, audioLevel: 0 }];
  for (let tick = 1; tick <= 30; tick += 1) {
    mic.inbound = { packetsReceived: tick };
    await pass(100);
  }
  await say({ type: 'participant-changed', participant: participant('b') });
  await pass(2_000);
  assert.deepEqual(ScriptedSocket.last.sentOf('stalled'), []);
});

test('a switch that is undone leads back as it led there', async () => {
  const { call, peer, bob } = await pair();
  await say({ type: 'speakers', speaker: 'c', loudest: ['c', 'd', 'e'] });
  await planned({ version: 2, switches: [SWITCH] });
  await pass(80);
  assert.equal(bob().taken, 'forward');
  await planned({ version: 3 });
  await pass(200);
  assert.equal(bob().taken, 'forward', 'no sound has come of the old path yet');
  receiver(peer, 0).inbound = { jitterBufferEmittedCount: 9_600 };
  await pass(80);
  assert.deepEqual([bob().taken, call.switches[0]?.outcome], ['direct', 'undone']);
});

test('whoever cannot reach the server is sent to directly, and takes everybody so', async () => {
  const { peer, bob } = await pair();
  await planned({ version: 2, unreached: ['b', 'me'], forwarded: [{ participant: 'me', reason: 'room-size' }, { participant: 'b', reason: 'room-size' }] });
  await pass(200);
  assert.deepEqual([sent(peer), bob().taken], [ALL, 'direct']);
  const [camera] = [peer.getTransceivers()[1]?.sender.parameters.encodings[0]];
  assert.ok(camera.maxBitrate <= 400_000);
});

test('connections to others end when the plan wants none, and are made again when it does', async () => {
  const { peer, bob } = await pair();
  const all = [{ participant: 'me', reason: 'room-size' }, { participant: 'b', reason: 'room-size' }];
  await planned({ version: 2, legs: false, forwarded: all, switches: [SWITCH] });
  assert.equal(peer.closed, false, 'not while a switch is under way');
  await planned({ version: 3, legs: false, forwarded: all });
  assert.deepEqual([peer.closed, bob().peer], [true, null]);
  const offers = () => ScriptedSocket.last.sentOf('description').filter(({ description }) => description.type === 'offer').length;
  const before = offers();
  await planned({ version: 4, forwarded: all });
  // "b" is the lower id, and offers.
  assert.deepEqual([bob().peer?.sending, offers()], [false, before]);
});

test('what is seen of the connections is told every two seconds, and at once when one has come about', async () => {
  const { bob } = await pair();
  await pass(100);
  const facts = () => ScriptedSocket.last.sentOf('facts');
  assert.deepEqual(facts().at(-1).legs, [{ participant: 'b', state: 'direct' }]);
  const before = facts().length;
  await pass(4_000);
  assert.equal(facts().length, before + 2);
  assert.equal(bob().sendsDirectly, true);
});

test('in a room that is only direct no connection is made to the server, and what is seen of it is told all the same', async () => {
  await forwardedCall({ participants: [live('b')], plan: plan({ direct: 'only' }) });
  await connectLeg('b', 2);
  await pass(4_000);
  assert.deepEqual(ScriptedSocket.last.sentOf('forward'), []);
  assert.ok(ScriptedSocket.last.sentOf('facts').length > 0);
});

test('a server that was restarted is told which path one\'s media has', async () => {
  const { server } = await pair();
  await planned({ version: 2, forwarded: [{ participant: 'me', reason: 'room-size' }] });
  const socket = await comeBack({ room: 'r', resumed: false });
  assert.equal(socket.sentOf('hello')[0].path, 'forward');
  assert.equal(server.closed, false);
});

test('a host decides, and the costs are asked for', async () => {
  const { call } = await pair();
  const policy = /** @type {const} */ ({ direct: 'never', mix: 'allowed', direct_max: 4 });
  call.setPolicy(policy);
  assert.deepEqual(ScriptedSocket.last.sentOf('policy')[0].policy, policy);
  const asked = call.costs();
  const { id } = ScriptedSocket.last.sentOf('costs')[0];
  await say({ type: 'costs', re: id, room: 'r', plan: null, participants: [], server: {}, switches: [] });
  assert.equal((await asked)?.room, 'r');
});
