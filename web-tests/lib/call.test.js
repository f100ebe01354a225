import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { comeBack, connectLeg, joinedCall, makeCall, reset } from './helpers/call.js';
import { ScriptedPeerConnection } from './helpers/peer-connection.js';
import { ScriptedSocket, joined, participant, state, welcome } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

/** @param {any[]} messages */
const types = (messages) => messages.map(({ type }) => type);

test('joining says hello and join at once, with what is live already', () => {
  const { call, media } = makeCall({ hostKey: 'key' });
  media.tracks.mic = { kind: 'audio' };
  void call.join();
  const [hello, join] = ScriptedSocket.last.accept().sent;
  assert.deepEqual(types([hello, join]), ['hello', 'join']);
  const state = { mic: true, camera: false, screen: false, screen_audio: false, hand: false };
  assert.deepEqual(join, { type: 'join', id: 1, room: 'r', name: 'Ada', host_key: 'key', state });
});

test('nobody is sent a name that gives the text around it a direction', () => {
  const { call } = makeCall({ name: '\u202eAda\u200f' });
  void call.join();
  assert.equal(ScriptedSocket.last.accept().sentOf('join')[0].name, 'Ada');
  assert.equal(call.self.name, 'Ada');
});

test('the newcomer offers to everyone listed, and those who come later offer to us', async () => {
  await joinedCall({ participants: [participant('b'), participant('c')] });
  assert.deepEqual(ScriptedSocket.last.sentOf('description').map(({ to, description }) => [to, description.type]), [
    ['b', 'offer'], ['c', 'offer'],
  ]);
  ScriptedSocket.last.say({ type: 'participant-joined', seq: 2, participant: participant('d') });
  await settle();
  assert.equal(ScriptedSocket.last.sentOf('description').length, 2);
  assert.equal(ScriptedPeerConnection.made.length, 3);
});

test('the offer has the fixed lines and one channel, before there is any camera', async () => {
  await joinedCall({ participants: [participant('b')] });
  const pc = ScriptedPeerConnection.last;
  assert.deepEqual(pc.getTransceivers().map(({ kind }) => kind), ['audio', 'video', 'video', 'audio']);
  assert.deepEqual(pc.channels, ['visavis']);
  assert.equal(pc.configuration.bundlePolicy, 'max-bundle');
  const [mic, camera, screen, sound] = pc.getTransceivers().map(({ streams }) => streams);
  assert.equal(mic[0], camera[0]);
  assert.equal(screen[0], sound[0]);
  assert.notEqual(mic[0], screen[0]);
});

test('towards a classic participant there are only microphone and camera, and no end of candidates', async () => {
  await joinedCall({ participants: [participant('b', { kind: 'classic' })] });
  const pc = ScriptedPeerConnection.last;
  assert.deepEqual(pc.getTransceivers().map(({ kind }) => kind), ['audio', 'video']);
  assert.deepEqual(pc.channels, []);
  pc.gather('x');
  pc.gather(null);
  assert.equal(ScriptedSocket.last.sentOf('candidate').length, 1);
});

test('a classic offer that begins with the picture is matched by kind', async () => {
  const { media } = await joinedCall();
  const sound = { kind: 'audio' };
  media.tracks.mic = sound;
  const socket = ScriptedSocket.last;
  socket.say({ type: 'participant-joined', seq: 2, participant: participant('b', { kind: 'classic' }) });
  const sdp = 'm=video 9\r\na=mid:v\r\nm=audio 9\r\na=mid:a\r\n';
  socket.say({ type: 'description', seq: 3, from: 'b', description: { type: 'offer', sdp } });
  await settle();
  const [video, audio] = ScriptedPeerConnection.last.getTransceivers();
  assert.deepEqual([video?.sender.track, audio?.sender.track], [null, sound]);
  assert.equal(socket.sentOf('description')[0].description.type, 'answer');
});

test('a camera that comes later travels without negotiation, and the others are told', async () => {
  const { call } = await joinedCall({ participants: [participant('b')] });
  await call.setLive('camera', true);
  const camera = ScriptedPeerConnection.last.getTransceivers()[1];
  assert.equal(camera?.sender.track.kind, 'video');
  assert.equal(ScriptedSocket.last.sentOf('description').length, 1);
  assert.deepEqual(ScriptedSocket.last.sentOf('state').map(({ state }) => state), [{ camera: true }]);
});

test('a share travels without negotiation, is told, and meets whoever comes later', async () => {
  const { call } = await joinedCall({ participants: [participant('b')] });
  const [b] = ScriptedPeerConnection.made;
  await connectLeg('b', 2);
  await call.setLive('screen', true);
  await settle();
  const screen = b?.getTransceivers()[2]?.sender;
  assert.equal(screen?.track.kind, 'video');
  assert.equal(screen?.parameters.degradationPreference, 'maintain-resolution');
  const socket = ScriptedSocket.last;
  assert.deepEqual(socket.sentOf('state').at(-1).state, { screen: true });
  socket.say({ type: 'participant-joined', seq: 3, participant: participant('c') });
  const lines = ['audio', 'video', 'video', 'audio'].map((kind, mid) => `m=${kind} 9\r\na=mid:${mid}\r\n`);
  socket.say({ type: 'description', seq: 4, from: 'c', description: { type: 'offer', sdp: lines.join('') } });
  await settle();
  assert.equal(ScriptedPeerConnection.last.getTransceivers()[2]?.sender.track, screen?.track);
  await call.setLive('screen', false);
  assert.equal(screen?.track, null);
  assert.deepEqual(socket.sentOf('state').at(-1).state, { screen: false });
  assert.equal(socket.sentOf('description').filter(({ to }) => to === 'b').length, 1);
});

test('what did not change is not told again', async () => {
  const { call } = await joinedCall();
  call.setHand(true);
  call.setHand(true);
  assert.equal(ScriptedSocket.last.sentOf('state').length, 1);
});

test('the streams of a participant hold their tracks from the beginning, and keep their identity', async () => {
  const { call } = await joinedCall({ participants: [participant('b')] });
  const streams = call.participants.get('b')?.streams;
  assert.deepEqual(streams?.camera.getTracks().map(({ kind }) => kind), ['audio', 'video']);
  assert.deepEqual(streams?.screen.getTracks().map(({ kind }) => kind), ['video', 'audio']);
});

test('how loud somebody is can be asked at any time', async () => {
  const { call } = await joinedCall({ participants: [participant('b')] });
  const level = () => call.participants.get('b')?.level;
  assert.equal(level(), 0);
  ScriptedPeerConnection.last.getTransceivers()[0]?.receiver.sources.push({ audioLevel: 0.25 });
  assert.equal(level(), 0.25);
});

test('whoever leaves is gone with the connection', async () => {
  const { call, log } = await joinedCall({ participants: [participant('b')] });
  ScriptedSocket.last.say({ type: 'participant-left', seq: 2, participant: 'b', reason: 'left' });
  assert.equal(call.participants.size, 0);
  assert.equal(ScriptedPeerConnection.last.closed, true);
  assert.deepEqual(log.people, [['joined', 'b'], ['left', 'b']]);
});

test('a refusal fails the call with its code', async () => {
  const { call, log } = makeCall();
  const refused = assert.rejects(call.join(), { code: 'room-full' });
  ScriptedSocket.last.accept().say(welcome());
  ScriptedSocket.last.say({ type: 'error', seq: 1, re: 1, code: 'room-full', message: 'Full.' });
  await refused;
  assert.deepEqual(log.states, ['joining', ['failed', 'room-full']]);
  assert.equal(ScriptedSocket.last.closedWith, 1000);
});

/** A relay with one address that the browser takes and one that it does not. */
const RELAY = { urls: ['turn:host:8080', 'turn:host:6000'], username: 'u', credential: 'c' };

test('relays that the browser does not take are left out, which is said once, and the call goes on', async () => {
  ScriptedPeerConnection.refused = new Set(['turn:host:6000', 'stun:']);
  const { call, log } = makeCall();
  const joining = call.join();
  ScriptedSocket.last.accept().say(welcome({ ice_servers: [RELAY, { urls: 'stun:' }] }));
  ScriptedSocket.last.say(joined({ participants: [participant('b'), participant('c')] }));
  await joining;
  await settle();
  const open = ScriptedPeerConnection.made.filter(({ closed }) => !closed);
  const usable = [{ ...RELAY, urls: ['turn:host:8080'] }];
  assert.deepEqual(open.map(({ configuration }) => configuration.iceServers), [usable, usable]);
  assert.equal(ScriptedSocket.last.sentOf('description').length, 2);
  assert.deepEqual([log.states, log.errors], [['joining', 'joined'], ['ice-server']]);
});

test('a leg is repaired also if the server hands out a relay that the browser does not take', async () => {
  const { log } = await joinedCall({ participants: [participant('b')] });
  const pc = await connectLeg('b', 2);
  ScriptedPeerConnection.refused = new Set(['turn:host:6000']);
  const socket = await comeBack({ room: 'r', resumed: true, last_id: 2, ice_servers: [RELAY], ice_ttl: -1 });
  pc.become('failed');
  mock.timers.tick(500);
  await settle();
  assert.deepEqual(pc.configuration.iceServers, [{ ...RELAY, urls: ['turn:host:8080'] }]);
  assert.equal(socket.sentOf('description').length, 1);
  assert.deepEqual(log.errors, ['ice-server']);
});

test('final close codes end the call with a reason', async () => {
  for (const [code, reason] of [[4000, 'outdated'], [4003, 'taken-over'], [1008, 'broken']]) {
    const { log } = await joinedCall({ participants: [participant('b')] });
    ScriptedSocket.last.lose(/** @type {number} */ (code));
    assert.deepEqual(log.states.at(-1), ['failed', reason]);
    assert.equal(ScriptedPeerConnection.last.closed, true);
  }
});

test('a resume without loss changes nothing but the state', async () => {
  const { log } = await joinedCall({ participants: [participant('b')] });
  const made = ScriptedPeerConnection.made.length;
  const socket = await comeBack({ room: 'r', resumed: true, last_id: 2 });
  assert.deepEqual(log.states, ['joining', 'joined', 'reconnecting', 'joined']);
  assert.equal(ScriptedPeerConnection.made.length, made);
  assert.deepEqual(types(socket.sent), ['hello']);
});

test('a server that was restarted: legs that work are kept, and the own state is stated anew', async () => {
  const { call, log } = await joinedCall({ participants: [participant('b')] });
  const pc = await connectLeg('b', 2);
  await call.setLive('mic', true);
  const socket = await comeBack({ room: 'r', resumed: false });
  assert.equal(log.states.at(-1), 'reconnecting');
  socket.say(joined({ re: undefined, participants: [participant('b')] }));
  await settle();
  assert.equal(log.states.at(-1), 'joined');
  assert.deepEqual([pc.closed, pc.restarts, ScriptedPeerConnection.made.length], [false, 0, 1]);
  assert.deepEqual(socket.sentOf('description'), []);
  const state = { mic: true, camera: false, screen: false, screen_audio: false, hand: false };
  assert.deepEqual(socket.sentOf('state'), [{ type: 'state', id: 1, state }]);
});

test('a server that was restarted: whoever is listed is offered to if the leg does not work', async () => {
  await joinedCall({ participants: [participant('b')] });
  const socket = await comeBack({ room: 'r', resumed: false });
  socket.say(joined({ re: undefined, participants: [participant('b'), participant('c')] }));
  await settle();
  assert.deepEqual(socket.sentOf('description').map(({ to, description }) => [to, description.type]), [
    ['b', 'offer'], ['c', 'offer'],
  ]);
});

test('a server that was restarted: who is not back yet is waited for, and their media is not touched', async () => {
  const { call, log } = await joinedCall({ participants: [participant('b')] });
  const pc = await connectLeg('b', 2);
  const socket = await comeBack({ room: 'r', resumed: false });
  socket.say(joined({ re: undefined, settling: 28_000 }));
  assert.equal(call.participants.get('b')?.connected, false);
  mock.timers.tick(27_999);
  assert.equal(pc.closed, false);
  socket.say({ type: 'participant-joined', seq: 2, participant: participant('b') });
  mock.timers.tick(60_000);
  assert.equal(pc.closed, false);
  assert.equal(call.participants.get('b')?.connected, true);
  assert.deepEqual(log.people.filter(([type]) => type !== 'changed'), [['joined', 'b']]);
});

test('a server that was restarted: who is not back when the room has settled is gone', async () => {
  const { call, log } = await joinedCall({ participants: [participant('b')] });
  const socket = await comeBack({ room: 'r', resumed: false });
  socket.say(joined({ re: undefined, settling: 2_000 }));
  mock.timers.tick(1_999);
  assert.equal(call.participants.size, 1);
  mock.timers.tick(1);
  assert.equal(call.participants.size, 0);
  assert.deepEqual(log.people.at(-1), ['left', 'b']);
});

test('a full picture of a room that is not settling: who is not listed has left', async () => {
  const { call } = await joinedCall({ participants: [participant('b'), participant('c')] });
  const socket = await comeBack({ room: 'r', resumed: false });
  socket.say(joined({ re: undefined, participants: [participant('c')] }));
  assert.deepEqual([...call.participants.keys()], ['c']);
});

test('whoever finds the other listed after a restart gives way, and the other does not', async () => {
  const { call } = await joinedCall({ participants: [participant('b'), participant('c')] });
  const socket = await comeBack({ room: 'r', resumed: false });
  socket.say(joined({ re: undefined, participants: [participant('b')] }));
  socket.say({ type: 'participant-joined', seq: 2, participant: participant('c') });
  const polite = [...call.participants.values()].map(({ id, peer }) => [id, peer?.polite]);
  assert.deepEqual(polite, [['b', true], ['c', false]]);
});

test('a full picture that nobody asked for changes rights, and nothing about legs and roles', async () => {
  const { call, log } = await joinedCall({ host: true });
  const socket = ScriptedSocket.last;
  for (const [seq, id] of [[2, 'b'], [3, 'c']]) {
    socket.say({ type: 'participant-joined', seq, participant: participant(String(id), { host: id === 'b' }) });
  }
  const known = log.people.length;
  socket.say(joined({ seq: 4, re: undefined, resume: 'newer', settling: 9_000, participants: [participant('b')] }));
  await settle();
  const people = [...call.participants.values()].map(({ id, host, peer }) => [id, host, peer?.polite]);
  assert.deepEqual([call.self.host, people], [false, [['b', false, false], ['c', false, false]]]);
  assert.deepEqual([socket.sentOf('description'), socket.sentOf('state')], [[], []]);
  mock.timers.tick(9_000);
  assert.equal(call.participants.size, 2);
  assert.deepEqual(log.people.slice(known), [['changed', 'b']]);
});

test('a refused secret makes a newcomer of us, with the host key that we had', async () => {
  const { call, log } = await joinedCall({ participants: [participant('b')], host_key: 'key', host: true });
  const old = ScriptedPeerConnection.last;
  const socket = await comeBack({ participant: 'me2' });
  socket.say({ type: 'error', seq: 1, code: 'resume-refused', message: 'Too old.' });
  assert.equal(socket.sentOf('join')[0].host_key, 'key');
  socket.say(joined({ seq: 2, participant: 'me2', participants: [participant('b')] }));
  await settle();
  assert.equal(old.closed, true);
  assert.equal(call.self.id, 'me2');
  assert.equal(socket.sentOf('description').length, 1);
  assert.deepEqual(log.states.at(-1), 'joined');
  assert.deepEqual(log.errors, []);
});

/**
 * The network changes and, a second later, has been looked at.
 *
 * @param {EventTarget} window
 * @param {() => void} meanwhile
 */
async function changeNetwork(window, meanwhile = () => {}) {
  window.dispatchEvent(new Event('online'));
  mock.timers.tick(300);
  await settle();
  meanwhile();
  mock.timers.tick(1_000);
  await settle();
}

test('after a network change a leg without packets is restarted, once the server is back within reach', async () => {
  const { window } = await joinedCall({ participants: [participant('b')] });
  const pc = await connectLeg('b', 2);
  await changeNetwork(window);
  assert.equal(pc.restarts, 0);
  ScriptedSocket.last.accept().say(welcome({ room: 'r', resumed: true, last_id: 2 }));
  await settle();
  assert.equal(pc.restarts, 1);
  assert.equal(ScriptedSocket.last.sentOf('description').length, 1);
});

test('after a network change a leg whose packets still arrive is left alone', async () => {
  const { window } = await joinedCall({ participants: [participant('b')] });
  const pc = await connectLeg('b', 2);
  await changeNetwork(window, () => pc.statistics.push({ type: 'inbound-rtp', packetsReceived: 5 }));
  ScriptedSocket.last.accept().say(welcome({ room: 'r', resumed: true, last_id: 2 }));
  await settle();
  assert.equal(pc.restarts, 0);
});

/** @param {number} count */
async function samples(count) {
  for (let second = 0; second < count; second += 1) {
    mock.timers.tick(1_000);
    await settle();
  }
}

test('a leg that is up while nothing arrives from a live source is repaired, then begun anew', async () => {
  const live = { ...state(), mic: true };
  await joinedCall({ participants: [participant('b', { state: live })] });
  const pc = await connectLeg('b', 2);
  pc.statistics.push({ type: 'inbound-rtp', mid: '0', packetsReceived: 5, bytesReceived: 400 });
  await samples(4); // the polite side waits a moment longer
  assert.equal(pc.restarts, 1);
  await connectLeg('b', 3);
  await samples(5);
  assert.equal(ScriptedPeerConnection.made.length, 2);
  assert.equal(pc.closed, true);
});

test('a classic participant, who cannot say what is on, may be silent', async () => {
  const people = [participant('b'), participant('c', { kind: 'classic', state: { ...state(), mic: true } })];
  await joinedCall({ participants: people });
  const pc = await connectLeg('c', 2);
  pc.statistics.push({ type: 'inbound-rtp', mid: '0', packetsReceived: 5, bytesReceived: 400 });
  await samples(20);
  assert.equal(pc.restarts, 0);
});

test('a leg that is lost while the other side is away is repaired when it is back', async () => {
  await joinedCall({ participants: [participant('b')] });
  const pc = await connectLeg('b', 2);
  const socket = ScriptedSocket.last;
  socket.say({ type: 'participant-changed', seq: 3, participant: participant('b', { connected: false }) });
  pc.become('failed');
  mock.timers.tick(4_000);
  assert.equal(pc.restarts, 0);
  socket.say({ type: 'participant-changed', seq: 4, participant: participant('b') });
  await settle();
  assert.equal(pc.restarts, 1);
});

test('chat arrives in order and once, also what was said while the connection was lost', async () => {
  const chat = [1, 2].map((id) => ({ id, from: 'b', name: 'B', text: `${id}`, time: 1 }));
  const { call } = await joinedCall({ chat: chat.slice(0, 1) });
  const socket = await comeBack({ room: 'r', resumed: false });
  socket.say(joined({ re: undefined, chat }));
  assert.deepEqual(call.chat.map(({ text }) => text), ['1', '2']);
});

test('chat of a server that was restarted counts from 1 again: what there is stays, and the new is heard', async () => {
  const old = [1, 2, 3].map((id) => ({ id, from: 'b', name: 'B', text: `old ${id}`, time: id }));
  const { call } = await joinedCall({ chat: old });
  const socket = await comeBack({ room: 'r', resumed: false });
  const [first, second] = [1, 2].map((id) => ({ id, from: 'b', name: 'B', text: `new ${id}`, time: 10 + id }));
  socket.say(joined({ re: undefined, chat: [first] }));
  socket.say({ type: 'chat', seq: 2, message: second });
  assert.deepEqual(call.chat.map(({ text }) => text), ['old 1', 'old 2', 'old 3', 'new 1', 'new 2']);
});

test('a reaction goes out once, and everyone\'s comes back with a name, the own one too', async () => {
  const { call } = await joinedCall({ participants: [participant('b', { name: 'Bob' })] });
  /** @type {any[]} */ const seen = [];
  call.on('reaction', (reaction) => seen.push(reaction));
  call.react('👏');
  assert.deepEqual(ScriptedSocket.last.sentOf('react').map(({ emoji }) => emoji), ['👏']);
  for (const [index, from] of ['me', 'b', 'gone'].entries()) {
    ScriptedSocket.last.say({ type: 'reaction', seq: 2 + index, from, emoji: '👏' });
  }
  assert.deepEqual(seen, [{ from: 'me', name: 'Ada', emoji: '👏' }, { from: 'b', name: 'Bob', emoji: '👏' }]);
});

test('a reaction that cannot be sent now is not sent later', async () => {
  const { call } = await joinedCall();
  ScriptedSocket.last.lose();
  call.react('👏');
  const socket = await comeBack({ room: 'r', resumed: true, last_id: 1 });
  assert.deepEqual(socket.sentOf('react'), []);
});

test('the own hand is known, and told', async () => {
  const { call } = await joinedCall();
  assert.equal(call.hand, false);
  call.setHand(true);
  assert.equal(call.hand, true);
  assert.deepEqual(ScriptedSocket.last.sentOf('state').at(-1).state, { hand: true });
});

test('leaving says so, and ends with the server\'s answer', async () => {
  const { call, log } = await joinedCall({ participants: [participant('b')] });
  const left = call.leave();
  const leave = ScriptedSocket.last.sentOf('leave')[0];
  ScriptedSocket.last.say({ type: 'left', seq: 2, re: leave.id });
  await left;
  assert.equal(ScriptedSocket.last.closedWith, 1000);
  assert.deepEqual(log.states.at(-1), ['left', 'left']);
});

test('leaving does not wait for a server that is away', async () => {
  const { call } = await joinedCall();
  ScriptedSocket.last.lose();
  const left = call.leave();
  mock.timers.tick(1_000);
  await left;
  const opened = ScriptedSocket.opened.length;
  mock.timers.tick(60_000);
  assert.equal(ScriptedSocket.opened.length, opened);
  assert.equal(ScriptedSocket.last.closed, true);
});

test('a page that goes away leaves at once, without waiting for anything', async () => {
  const { window, log } = await joinedCall({ participants: [participant('b')] });
  window.dispatchEvent(new Event('pagehide'));
  assert.equal(ScriptedSocket.last.sentOf('leave').length, 1);
  assert.equal(ScriptedSocket.last.closedWith, 1000);
  assert.deepEqual(log.states.at(-1), ['left', 'left']);
});

test('a message about somebody unknown changes nothing', async () => {
  const { log } = await joinedCall();
  const socket = ScriptedSocket.last;
  socket.say({ type: 'description', seq: 2, from: 'x', description: { type: 'offer', sdp: '' } });
  socket.say({ type: 'candidate', seq: 3, from: 'x', candidate: null });
  socket.say({ type: 'participant-changed', seq: 4, participant: participant('x') });
  socket.say({ type: 'participant-left', seq: 5, participant: 'x', reason: 'lost' });
  socket.say({ type: 'error', seq: 6, code: 'unknown-participant', message: 'Nobody.' });
  await settle();
  assert.deepEqual([log.people, log.errors, socket.sentOf('description')], [[], [], []]);
});

test('every further participant makes the share of each smaller', async () => {
  await joinedCall({ participants: [participant('b')] });
  const rate = () => ScriptedPeerConnection.made[0]?.getTransceivers()[1]?.sender.parameters.encodings[0].maxBitrate;
  const alone = rate();
  for (const [index, id] of ['c', 'd', 'e'].entries()) {
    ScriptedSocket.last.say({ type: 'participant-joined', seq: 2 + index, participant: participant(id) });
  }
  await settle();
  assert.ok(rate() < alone / 2);
});
