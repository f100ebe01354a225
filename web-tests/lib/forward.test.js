import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { snapshot } from '../../web/lib/snapshot.js';
import { UNREACHABLE_MS } from '../../web/lib/forward-connection.js';
import { scalesFor, within } from '../../web/lib/forward-lines.js';
import { policyOfPath } from '../../web/lib/policy.js';
import { comeBack, makeCall, reset } from './helpers/call.js';
import { answer, forwardedCall, latest, live, plan, say } from './helpers/forward.js';
import { ScriptedPeerConnection } from './helpers/peer-connection.js';
import { ScriptedSocket, joined, participant } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

const VIDEO = 4 + 3; // the mid of the first slot for pictures: after what is sent, and the slots for sound

/** @param {number} index @param {string} participant @param {string} [source] */
const slot = (index, participant, source = 'camera') => ({ mid: String(index), participant, source });

/** @param {any} call @param {string} id */
const cameraOf = (call, id) => call.participants.get(id)?.streams.camera.getTracks() ?? [];

/** @param {any[]} slots */
const carry = (slots, connection = 1) => say({ type: 'slots', connection, slots, undecodable: [] });

/** @param {string} participant */
const shown = (participant) => ({ participant, source: /** @type {const} */ ('camera'), width: 640, height: 360 });

test('a link that asks for it opens a forwarded room, and one that does not says nothing', () => {
  for (const [path, expected] of /** @type {const} */ ([['forward', 'never'], ['direct', 'only'], [null, undefined]])) {
    void makeCall({ roomPolicy: policyOfPath(path) }).call.join();
    assert.equal(ScriptedSocket.last.accept().sentOf('join')[0].policy?.direct, expected);
  }
});

test('the room\'s plan is followed, whatever the link says', async () => {
  await forwardedCall({ participants: [live('b')] }, { roomPolicy: policyOfPath('direct') });
  assert.equal(ScriptedSocket.last.sentOf('description').length, 0);
  assert.equal(ScriptedSocket.last.sentOf('forward').length, 1);
  reset();
  const { call } = await forwardedCall({ participants: [live('b')], plan: plan({ direct: 'only' }) }, { roomPolicy: policyOfPath('forward') });
  assert.equal(ScriptedSocket.last.sentOf('forward').length, 0);
  assert.equal(ScriptedSocket.last.sentOf('description').length, 1);
  assert.equal(call.policy.direct, 'only');
});

test('one connection serves the whole room: what is sent first, then slots for sound and pictures', async () => {
  await forwardedCall({ participants: [live('b'), live('c')] });
  assert.equal(ScriptedPeerConnection.made.length, 1);
  const lines = ScriptedPeerConnection.last.getTransceivers().map(({ kind, direction }) => `${kind} ${direction}`);
  const sent = ['audio sendonly', 'video sendonly', 'video sendonly', 'audio sendonly'];
  const received = [...Array(3).fill('audio recvonly'), ...Array(4).fill('video recvonly')];
  assert.deepEqual(lines, [...sent, ...received]);
  const { connection, description, sources } = latest();
  assert.deepEqual([connection, description.type], [1, 'offer']);
  assert.deepEqual(sources, { mic: '0', camera: '1', screen: '2', screen_audio: '3' });
  assert.deepEqual(ScriptedPeerConnection.last.channels, []);
});

test('the camera is sent in three sizes, the screen in one', async () => {
  await forwardedCall();
  const [, camera, screen] = ScriptedPeerConnection.last.getTransceivers().map(({ sender }) => sender.parameters.encodings);
  assert.deepEqual(camera.map((/** @type {any} */ { rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy]), [['q', 4], ['h', 2], ['f', 1]]);
  assert.deepEqual(screen.map((/** @type {any} */ { rid }) => rid), [undefined]);
});

test('a codec that the browser has replaces the sizes, and one that it lacks does not', async () => {
  const encodings = async (/** @type {string} */ codec) => {
    reset();
    await forwardedCall({}, { codec });
    return ScriptedPeerConnection.last.getTransceivers()[1]?.sender.parameters.encodings.length;
  };
  assert.deepEqual([await encodings('av1'), await encodings('h264')], [1, 3]);
});

test('a slot gives its track to whoever it carries, without negotiation, and to nobody else', async () => {
  const { call } = await forwardedCall({ participants: [live('b'), live('c')] });
  const pc = await answer();
  const track = pc.getTransceivers()[VIDEO]?.receiver.track;
  await carry([slot(VIDEO, 'b')]);
  assert.deepEqual([cameraOf(call, 'b'), cameraOf(call, 'c')], [[track], []]);
  /** @type {number[]} */ const holders = [];
  call.on('leg', () => holders.push([...cameraOf(call, 'b'), ...cameraOf(call, 'c')].length));
  await carry([slot(VIDEO, 'c')]);
  assert.deepEqual([cameraOf(call, 'b'), cameraOf(call, 'c')], [[], [track]]);
  assert.ok(holders.every((count) => count <= 1));
  await carry([]);
  assert.deepEqual([cameraOf(call, 'b'), cameraOf(call, 'c')], [[], []]);
  assert.equal(ScriptedSocket.last.sentOf('forward').length, 1);
});

test('whoever comes after their slot was announced finds it', async () => {
  const { call } = await forwardedCall();
  await answer();
  await carry([slot(VIDEO, 'b')]);
  await say({ type: 'participant-joined', participant: live('b') });
  assert.equal(cameraOf(call, 'b').length, 1);
});

test('sound comes apart from the participants, who are heard and seen to speak', async () => {
  const { call, log } = await forwardedCall({ participants: [live('b')] });
  const pc = await answer();
  await carry([slot(4, 'b', 'mic'), slot(VIDEO, 'b')]);
  assert.deepEqual(cameraOf(call, 'b').map((/** @type {any} */ { kind }) => kind), ['video']);
  const sounds = call.forwarding?.sounds ?? [];
  assert.deepEqual(sounds.map(({ participant }) => participant), ['b', null, null]);
  pc.getTransceivers()[4]?.receiver.sources.push({ audioLevel: 0.5 });
  assert.equal(call.participants.get('b')?.level, 0.5);
  await say({ type: 'speakers', speaker: 'b', loudest: ['b'] });
  assert.deepEqual([call.forwarding?.speaker, call.forwarding?.loudest], ['b', ['b']]);
  assert.deepEqual(log.errors, []);
});

test('what is on screen is told once it has settled, and once only', async () => {
  const { call } = await forwardedCall({ participants: [live('b')] });
  const forwarding = call.forwarding ?? assert.fail();
  forwarding.shown = [shown('b')];
  mock.timers.tick(200);
  assert.equal(ScriptedSocket.last.sentOf('shows').length, 0, 'before the server has the connection');
  await answer();
  const told = () => ScriptedSocket.last.sentOf('shows').map(({ items }) => items);
  assert.deepEqual(told(), [[shown('b')]]);
  for (const items of [[], [shown('b')]]) forwarding.shown = items;
  mock.timers.tick(200);
  assert.equal(told().length, 1);
  forwarding.soundOnly = true;
  mock.timers.tick(200);
  assert.deepEqual(told().at(-1), []);
  forwarding.shown = Array.from({ length: 70 }, (_, index) => shown(`p${index}`));
  forwarding.soundOnly = false;
  mock.timers.tick(200);
  assert.equal(told().at(-1)?.length, 64);
});

test('more slots are negotiated once every slot has a camera to show, so that one is to spare, on the same connection', async () => {
  const ids = Array.from({ length: 30 }, (_, index) => `p${index}`);
  const { call } = await forwardedCall({ participants: ids.map((id) => participant(id)) });
  const forwarding = call.forwarding ?? assert.fail();
  const pc = await answer();
  const slots = () => pc.getTransceivers().filter(({ kind, direction }) => kind === 'video' && direction === 'recvonly').length;
  for (const id of ids.slice(0, 6)) await say({ type: 'participant-changed', participant: live(id) });
  forwarding.shown = ids.slice(0, 3).map(shown);
  await settle();
  assert.deepEqual([slots(), ScriptedSocket.last.sentOf('forward').length], [4, 1]);
  forwarding.shown = ids.slice(0, 4).map(shown);
  await settle();
  assert.deepEqual([slots(), latest().connection, ScriptedSocket.last.sentOf('forward').length], [9, 1, 2]);
  await answer();
  for (const id of ids) await say({ type: 'participant-changed', participant: live(id) });
  forwarding.shown = ids.map(shown);
  await settle();
  assert.equal(slots(), 25);
  assert.equal(ScriptedPeerConnection.made.length, 1);
});

test('whoever comes into a room of many cameras offers more slots at once', async () => {
  await forwardedCall({ participants: Array.from({ length: 30 }, (_, index) => live(`p${index}`)) });
  assert.equal(ScriptedPeerConnection.last.getTransceivers().filter(({ kind }) => kind === 'video').length, 2 + 9);
});

test('encodings that nobody watches are switched off, and on again', async () => {
  await forwardedCall();
  const pc = await answer();
  const active = (/** @type {number} */ line) =>
    pc.getTransceivers()[line]?.sender.parameters.encodings.map(({ active = true }) => active);
  await say({ type: 'wanted', connection: 1, sources: [{ source: 'camera', rids: ['q'] }, { source: 'screen', rids: [] }] });
  assert.deepEqual([active(1), active(2)], [[true, false, false], [false]]);
  await say({ type: 'wanted', connection: 1, sources: [{ source: 'camera', rids: ['q', 'f'] }, { source: 'screen', rids: [''] }] });
  assert.deepEqual([active(1), active(2)], [[true, false, true], [true]]);
});

test('what is said of an earlier connection does not concern this one', async () => {
  const { call } = await forwardedCall({ participants: [live('b')] });
  await answer();
  await carry([slot(VIDEO, 'b')], 7);
  await say({ type: 'forward-ended', connection: 7, reason: 'lost' });
  mock.timers.tick(20_000);
  await settle();
  assert.deepEqual([cameraOf(call, 'b'), ScriptedPeerConnection.made.length], [[], 1]);
});

test('a connection that the server gives up is replaced, and its slots carry nothing', async () => {
  const { call } = await forwardedCall({ participants: [live('b')] });
  const first = await answer();
  (call.forwarding ?? assert.fail()).shown = [shown('b')];
  await carry([slot(VIDEO, 'b')]);
  await say({ type: 'forward-ended', connection: 1, reason: 'lost' });
  mock.timers.tick(0);
  await settle();
  assert.deepEqual([first.closed, latest().connection, cameraOf(call, 'b')], [true, 2, []]);
  await answer();
  const { connection, participants } = { ...snapshot(call), connection: snapshot(call).forward?.connection };
  assert.deepEqual([connection, participants[0]?.leg, participants[0]?.path], [2, 'connected', 'forward']);
  assert.deepEqual(ScriptedSocket.last.sentOf('shows').at(-1).items, [shown('b')]);
});

test('a connection that breaks is restarted, and replaced if that does not help', async () => {
  const { call } = await forwardedCall({ participants: [live('b')] });
  const first = await answer();
  first.become('failed');
  mock.timers.tick(0);
  await settle();
  assert.deepEqual([first.restarts, latest().connection, call.participants.get('b')?.leg], [1, 1, 'failed']);
  mock.timers.tick(5_000);
  await settle();
  assert.deepEqual([first.closed, latest().connection], [true, 2]);
});

test('an offer that is refused is told once, and made again', async () => {
  const { log } = await forwardedCall();
  const refuse = () => say({ type: 'error', re: latest().id, code: 'busy', message: 'Too much to do.' });
  await refuse();
  mock.timers.tick(12_000);
  await settle();
  await refuse();
  assert.deepEqual([ScriptedSocket.last.sentOf('forward').length, log.errors], [2, ['busy']]);
});

test('more slots that are refused are asked for again, while what there is goes on', async () => {
  const ids = Array.from({ length: 10 }, (_, index) => `p${index}`);
  const { call } = await forwardedCall({ participants: ids.map((id) => live(id)) });
  const pc = await answer();
  const before = ScriptedSocket.last.sentOf('forward').length;
  const { forwarding } = call;
  assert.ok(forwarding);
  forwarding.shown = ids.map((id) => ({ participant: id, source: /** @type {const} */ ('camera'), width: 320, height: 180 }));
  await settle();
  await say({ type: 'error', re: latest().id, code: 'busy', message: 'Too much to do.' });
  assert.equal(ScriptedSocket.last.sentOf('forward').length, before + 1);
  mock.timers.tick(5_000);
  await settle();
  assert.deepEqual([ScriptedSocket.last.sentOf('forward').length, pc.closed], [before + 2, false]);
});

test('a camera that is large, or whose size is not known, is sent in three sizes, a smaller one in two or one', () => {
  const sizes = (/** @type {object} */ camera) => Object.fromEntries(scalesFor(camera));
  assert.deepEqual(sizes({}), { q: 4, h: 2, f: 1 });
  assert.deepEqual(sizes({ width: 1280, height: 720 }), { q: 4, h: 2, f: 1 });
  assert.deepEqual(sizes({ width: 640, height: 480 }), { q: 2, h: 1 });
  assert.deepEqual(sizes({ width: 320, height: 240 }), { q: 1 });
});

test('media that cannot be reached is told after a while, and again when it can', async () => {
  const { call } = await forwardedCall();
  /** @type {boolean[]} */ const told = [];
  call.on('reachable', (reachable) => told.push(reachable));
  mock.timers.tick(UNREACHABLE_MS);
  assert.deepEqual(told, [false]);
  await settle();
  await answer();
  assert.deepEqual(told, [false, true]);
});

test('a restarted server is offered another connection', async () => {
  const { call } = await forwardedCall({ participants: [live('b')] });
  const first = await answer();
  const socket = await comeBack({ room: 'r', resumed: false });
  socket.say(joined({ re: undefined, participants: [live('b')], plan: plan({ direct: 'never' }) }));
  await settle();
  assert.deepEqual([first.closed, latest().connection, call.participants.size], [true, 2, 1]);
});

test('after the room was lost it is joined as it was, and everything begins anew', async () => {
  await forwardedCall({ participants: [live('b')] });
  const first = await answer();
  const socket = await comeBack({ room: null, resumed: false });
  assert.equal(socket.sentOf('join')[0].policy.direct, 'never');
  socket.say(joined({ participants: [], plan: plan({ direct: 'never' }) }));
  await settle();
  assert.deepEqual([first.closed, latest().connection, ScriptedPeerConnection.made.length], [true, 1, 2]);
});

test('classic participants have a connection of their own', async () => {
  const { call } = await forwardedCall({ participants: [live('b'), participant('c', { kind: 'classic' })] });
  assert.deepEqual(ScriptedSocket.last.sentOf('description').map(({ to }) => to), ['c']);
  assert.deepEqual([...call.participants.values()].map(({ forwarded }) => forwarded), [true, false]);
});

test('whoever publishes by WHIP is forwarded, and never connected to', async () => {
  const { call } = await forwardedCall({ participants: [participant('b', { kind: 'whip' })] });
  assert.deepEqual(ScriptedSocket.last.sentOf('description'), []);
  assert.deepEqual([...call.participants.values()].map(({ forwarded }) => forwarded), [true]);
});

test('what the browser cannot decode is known of whoever sends it', async () => {
  const { call } = await forwardedCall({ participants: [live('b')] });
  await answer();
  const of = () => call.participants.get('b')?.undecodable;
  const undecodable = [{ participant: 'b', source: 'camera', codec: 'AV1' }];
  await say({ type: 'slots', connection: 1, slots: [], undecodable });
  assert.deepEqual(of(), { camera: 'AV1' });
  await carry([]);
  assert.deepEqual(of(), {});
});

test('the server\'s figures are asked for', async () => {
  const { call } = await forwardedCall();
  const asked = call.forwarding?.serverStats();
  const room = { publishers: 1, subscribers: 1, bitrate_in: 0, bitrate_out: 0, packets_in: 0, packets_out: 0, key_frame_requests: 0 };
  await say({ type: 'stats', re: ScriptedSocket.last.sentOf('stats')[0].id, estimate: 5, slots: [], room });
  assert.equal((await asked)?.estimate, 5);
});

test('a microphone that comes later travels without negotiation, as everywhere', async () => {
  const { call } = await forwardedCall();
  await answer();
  await call.setLive('mic', true);
  assert.equal(ScriptedPeerConnection.last.getTransceivers()[0]?.sender.track?.kind, 'audio');
  assert.equal(ScriptedSocket.last.sentOf('forward').length, 1);
});

test('leaving closes the connection', async () => {
  const { call } = await forwardedCall({ participants: [live('b')] });
  void call.leave();
  assert.deepEqual([ScriptedPeerConnection.last.closed, call.forwarding], [true, null]);
});

test('beside another path only so much of the camera is sent as fits, and the smallest size in any case', () => {
  assert.deepEqual(within(['q', 'h', 'f'], Infinity), ['q', 'h', 'f']);
  assert.deepEqual(within(['q', 'h', 'f'], 700_000), ['q', 'h']);
  assert.deepEqual(within(['f'], 700_000), ['h'], 'in place of what is too large');
  assert.deepEqual(within(['h', 'f'], 10_000), ['q']);
  assert.deepEqual([within([], 10_000), within([''], 10_000)], [[], ['']]);
});
