import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { MIX } from '../../web/lib/protocol.js';
import { report } from '../../web/lib/report.js';
import { snapshot } from '../../web/lib/snapshot.js';
import { pass, reset } from './helpers/call.js';
import { answer, forwardedCall, latest, live, plan, say } from './helpers/forward.js';
import { ScriptedPeerConnection } from './helpers/peer-connection.js';
import { ScriptedSocket, participant } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

/** The mids of slots for pictures: of two people, and of the mix. */
const [BOB, EVE, MIXED] = [7, 8, 9];
/** The mid of the first slot for sound. */
const SOUND = 4;

/** @param {string} id */
const picture = (id) => ({ participant: id, source: /** @type {const} */ ('camera'), width: 640, height: 360 });

/** @param {number} mid @param {string} id @param {string} [source] */
const slot = (mid, id, source = 'camera') => ({ mid: String(mid), participant: id, source });

const EVERYBODY = [slot(BOB, 'b'), slot(EVE, 'e')];
const PICTURES = [picture('b'), picture('e')];

/** @param {any[]} slots */
const carry = (...slots) => say({ type: 'slots', connection: 1, slots, undecodable: [] });

/** @param {object} [members] */
const planned = (members = {}) => say({ type: 'plan', ...plan({ direct: 'never' }, members) });

const CHOSEN = { mix: 'on', mixed: [{ participant: 'me', reason: 'choice' }] };

/** What the server was told last to be on screen. */
function told() {
  const { items, mix = false } = ScriptedSocket.last.sentOf('shows').at(-1);
  return { shows: items.map((/** @type {any} */ item) => item.participant), mix };
}

/**
 * A room of three, and a page that shows whoever may be shown.
 *
 * @param {object} [options] of the Call
 * @param {object} [members] of `joined`
 */
async function room(options = {}, members = {}) {
  const made = await forwardedCall({ participants: [live('b'), live('e')], ...members }, options);
  const { call } = made;
  const pc = await answer();
  const forwarding = call.forwarding ?? assert.fail();
  forwarding.shown = PICTURES;
  call.on('mix', () => (forwarding.shown = call.mixing.state === 'off' ? PICTURES : [...PICTURES, picture(MIX)]));
  await carry(...EVERYBODY);
  await pass(300);
  /** @param {number} mid @param {number} frames */
  const decode = async (mid, frames) => {
    const { receiver } = /** @type {any} */ (pc.getTransceivers()[mid]);
    receiver.inbound = { framesDecoded: frames, frameWidth: 640 };
    await pass(80);
  };
  return { ...made, pc, forwarding, decode };
}

/** The same, and the mix is received. @param {object} [options] @param {object} [members] */
async function mixedRoom(options, members) {
  const made = await room(options, members);
  await planned(CHOSEN);
  await carry(...EVERYBODY, slot(MIXED, MIX));
  await made.decode(MIXED, 0);
  await made.decode(MIXED, 3);
  await carry(slot(MIXED, MIX), slot(SOUND, MIX, 'mic'));
  return made;
}

test('the mix is asked for beside everybody, and takes their place once three frames of it were decoded', async () => {
  const { call, decode } = await room();
  assert.deepEqual(told(), { shows: ['b', 'e'], mix: false });
  await planned(CHOSEN);
  assert.deepEqual([call.mixing.state, told()], ['coming', { shows: ['b', 'e', MIX], mix: false }]);
  await pass(3_000);
  await carry(...EVERYBODY, slot(MIXED, MIX));
  await decode(MIXED, 0);
  await decode(MIXED, 2);
  assert.deepEqual([call.mixing.state, call.participants.get('b')?.path, told().mix], ['coming', 'forward', false]);
  await decode(MIXED, 3);
  assert.deepEqual([call.mixing.state, told()], ['on', { shows: [MIX], mix: true }]);
  assert.deepEqual([...call.participants.values()].map(({ path }) => path), ['mix', 'mix']);
});

test('what a slot has shown of somebody else are no frames of the mix', async () => {
  const { call, decode } = await room();
  await planned(CHOSEN);
  await decode(MIXED, 500);
  await carry(...EVERYBODY, slot(MIXED, MIX));
  await pass(60);
  await decode(MIXED, 502);
  await pass(300);
  assert.equal(call.mixing.state, 'coming');
  await decode(MIXED, 505);
  assert.equal(call.mixing.state, 'on');
});

test('there is a slot for the mix beside everybody, and one to spare', async () => {
  const ids = ['b', 'c', 'd'];
  const { call } = await forwardedCall({ participants: ids.map(live) });
  await answer();
  const forwarding = call.forwarding ?? assert.fail();
  forwarding.shown = [...ids, MIX].map(picture);
  const slots = () => [ScriptedSocket.last.sentOf('forward').length, forwarding.connection.videoSlots];
  assert.deepEqual(slots(), [1, 4]);
  await planned(CHOSEN);
  assert.deepEqual([slots(), latest().connection], [[2, 9], 1]);
});

test('the page makes the mix ready before it takes the place of everybody, and everybody before they get it back', async () => {
  /** @type {string[]} */ const order = [];
  /** @type {(() => void)[]} */ const waiting = [];
  const prepareMix = (/** @type {boolean} */ on) => {
    order.push(on ? 'prepare the mix' : 'prepare everybody');
    return new Promise((resolve) => waiting.push(() => resolve(undefined)));
  };
  const { call, decode } = await room({ prepareMix });
  call.on('mix', () => order.at(-1) !== call.mixing.state && order.push(call.mixing.state));
  await planned(CHOSEN);
  await carry(...EVERYBODY, slot(MIXED, MIX));
  await decode(MIXED, 0);
  await decode(MIXED, 3);
  await pass(400);
  assert.deepEqual(order, ['coming', 'prepare the mix']);
  waiting.forEach((go) => go());
  await settle();
  await planned();
  await carry(...EVERYBODY);
  for (const frames of [0, 3]) for (const mid of [BOB, EVE]) await decode(mid, frames);
  assert.deepEqual(order, ['coming', 'prepare the mix', 'on', 'going', 'prepare everybody']);
  waiting.forEach((go) => go());
  await settle();
  assert.deepEqual([order.at(-1), told()], ['off', { shows: ['b', 'e'], mix: false }]);
});

test('the mix is heard from its slot, and nobody in it in any other way', async () => {
  const { call } = await mixedRoom();
  const { sounds = [] } = call.forwarding ?? {};
  assert.deepEqual(sounds.map((sound) => [sound.participant, sound.source]), [[MIX, 'mic'], [null, null], [null, null]]);
  assert.ok([...call.participants.values()].every(({ mixed }) => mixed));
});

test('on the way back everybody is asked for while the mix is seen and heard, until their frames have come', async () => {
  const { call, decode } = await mixedRoom();
  await planned();
  assert.deepEqual([call.mixing.state, told()], ['going', { shows: ['b', 'e', MIX], mix: true }]);
  await carry(...EVERYBODY);
  await decode(BOB, 0);
  await decode(BOB, 3);
  await decode(EVE, 2);
  assert.deepEqual([call.mixing.state, told().mix], ['going', true], 'of one of them too little has come');
  await decode(EVE, 3);
  assert.deepEqual([call.mixing.state, told()], ['off', { shows: ['b', 'e'], mix: false }]);
  assert.deepEqual([...call.participants.values()].map(({ path }) => path), ['forward', 'forward']);
});

test('for everybody it is waited only so long, and not at all for whoever has no picture', async () => {
  const { call } = await mixedRoom();
  await planned();
  await pass(1_400);
  assert.equal(call.mixing.state, 'going');
  await pass(200);
  assert.deepEqual([call.mixing.state, told().mix], ['off', false]);
  reset();
  const dark = await mixedRoom({}, { participants: [participant('b'), participant('e')] });
  await planned();
  await pass(80);
  assert.equal(dark.call.mixing.state, 'off');
});

test('who is to receive it no longer before it is there goes on as before', async () => {
  const { call, decode } = await room();
  await planned(CHOSEN);
  await carry(...EVERYBODY, slot(MIXED, MIX));
  await planned();
  assert.deepEqual([call.mixing.state, call.mixing.participant, told()], ['off', null, { shows: ['b', 'e'], mix: false }]);
  for (const frames of [0, 3]) await decode(MIXED, frames);
  await pass(2_000);
  assert.deepEqual([call.mixing.state, told()], ['off', { shows: ['b', 'e'], mix: false }]);
});

test('who is to receive it again on the way back stays with it, or takes it anew where it has ended', async () => {
  const { call, decode } = await mixedRoom();
  await planned();
  await planned(CHOSEN);
  assert.deepEqual([call.mixing.state, told()], ['on', { shows: [MIX], mix: true }]);
  await pass(2_000);
  assert.equal(call.mixing.state, 'on');
  await planned();
  await carry(...EVERYBODY);
  await planned(CHOSEN);
  assert.equal(call.mixing.state, 'going', 'there is nothing to stay with');
  await pass(1_700);
  assert.deepEqual([call.mixing.state, told()], ['coming', { shows: ['b', 'e', MIX], mix: false }]);
  await carry(...EVERYBODY, slot(MIXED, MIX));
  await pass(200);
  await decode(MIXED, 9);
  assert.equal(call.mixing.state, 'on');
});

test('whoever leaves on the way back is not waited for', async () => {
  const { call, decode } = await mixedRoom();
  await planned();
  await carry(slot(BOB, 'b'));
  for (const frames of [0, 3]) await decode(BOB, frames);
  assert.equal(call.mixing.state, 'going');
  await say({ type: 'participant-left', participant: 'e', reason: 'left' });
  await pass(80);
  assert.equal(call.mixing.state, 'off');
});

test('leaving in the middle ends it, and tells the server nothing more', async () => {
  const { call } = await room();
  await planned(CHOSEN);
  const before = ScriptedSocket.last.sent.length;
  void call.leave();
  await pass(3_000);
  assert.deepEqual([call.mixing.state, call.mixing.participant], ['off', null]);
  assert.deepEqual(ScriptedSocket.last.sent.slice(before).map(({ type }) => type), ['leave']);
});

test('without a connection with the server there is no mix', async () => {
  const { call } = await mixedRoom();
  await say({ type: 'plan', ...plan({ direct: 'only' }) });
  assert.deepEqual([call.mixing.state, call.forwarding], ['off', null]);
  assert.ok([...call.participants.values()].every(({ mixed }) => !mixed));
});

test('a connection that is replaced asks for what it had asked for', async () => {
  const { call } = await mixedRoom();
  await say({ type: 'forward-ended', connection: 1, reason: 'lost' });
  await pass(40);
  assert.equal(call.mixing.participant?.by('forward').receiver('camera'), null);
  await answer();
  assert.deepEqual([latest().connection, told()], [2, { shows: [MIX], mix: true }]);
});

test('where no picture is looked at, none is waited for', async () => {
  const { call, forwarding } = await room();
  forwarding.soundOnly = true;
  await pass(300);
  await planned(CHOSEN);
  await pass(80);
  assert.deepEqual([call.mixing.state, told()], ['on', { shows: [], mix: true }]);
});

test('whoever does not send to the server is none of the mix', async () => {
  const forwarded = ['b', 'e', 'me'].map((id) => ({ participant: id, reason: 'mixed' }));
  const { call } = await mixedRoom();
  await say({ type: 'participant-joined', participant: participant('k', { kind: 'classic' }) });
  assert.equal(call.participants.get('k')?.mixed, false);
  await say({ type: 'plan', ...plan({}, { ...CHOSEN, forwarded: forwarded.slice(1) }) });
  assert.deepEqual([...call.participants.values()].map(({ id, mixed }) => [id, mixed]), [['b', false], ['e', true], ['k', false]]);
  await say({ type: 'plan', ...plan({}, { ...CHOSEN, forwarded }) });
  assert.equal(call.participants.get('b')?.mixed, true);
});

test('no switch waits for whoever shows the mix alone', async () => {
  const { call } = await mixedRoom({}, { participants: [live('b')] });
  const back = /** @type {const} */ ({ id: 7, publisher: 'b', from: 'forward', to: 'direct', forced: false, reason: 'small' });
  const ready = () => ScriptedSocket.last.sentOf('switch-ready').map((message) => message.switch);
  const forwarded = ['b', 'me'].map((id) => ({ participant: id, reason: 'mixed' }));
  await say({ type: 'plan', ...plan({}, { ...CHOSEN, forwarded, switches: [back] }) });
  await pass(200);
  assert.deepEqual(ready(), [], 'the connection is not up');
  call.participants.get('b')?.peer?.receive({ type: 'offer', sdp: 'v=0\r\n' });
  await settle();
  ScriptedPeerConnection.last.become('connected');
  await pass(80);
  assert.deepEqual(ready(), [7]);
  const there = { ...back, id: 8, from: 'direct', to: 'forward' };
  await say({ type: 'plan', ...plan({}, { ...CHOSEN, forwarded: forwarded.slice(1), switches: [there] }) });
  await pass(80);
  assert.deepEqual([ready(), call.mixing.state], [[7, 8], 'on'], 'of nothing that is shown or heard');
});

test('what the person wants is told at once, and with every report', async () => {
  const { call } = await room({ mix: false });
  const facts = () => ScriptedSocket.last.sentOf('facts').map(({ mix }) => mix);
  await pass(4_000);
  assert.ok(facts().length > 1 && facts().every((mix) => mix === false));
  const before = facts().length;
  call.setMix(true);
  assert.deepEqual(facts().slice(before), [true]);
  call.setMix(true);
  assert.equal(facts().length, before + 1);
  await pass(4_000);
  assert.ok(facts().length > before + 2 && facts().slice(before).every((mix) => mix === true));
});

test('a wish that was there before is told on joining, and the connection with the server is made at once', async () => {
  const joined = { participants: [live('b')], plan: plan() };
  await forwardedCall(joined, { mix: true });
  assert.deepEqual(ScriptedSocket.last.sentOf('facts').map(({ mix }) => mix), [true]);
  assert.equal(ScriptedSocket.last.sentOf('forward').length, 1);
  reset();
  await forwardedCall(joined, { mix: false });
  assert.deepEqual([ScriptedSocket.last.sentOf('facts'), ScriptedSocket.last.sentOf('forward')], [[], []]);
});

test('a server that mixes as many rooms as it can changes nothing of what is shown', async () => {
  const { call } = await room({ mix: true });
  await planned({ mix: 'busy' });
  await pass(2_100);
  assert.deepEqual([call.mixing.state, call.paths.plan.mix, told()], ['off', 'busy', { shows: ['b', 'e'], mix: false }]);
  assert.equal(ScriptedSocket.last.sentOf('facts').at(-1).mix, true, 'it is wanted still');
});

test('the mix counts as one picture, in figures and in a snapshot', async () => {
  const { call, pc } = await mixedRoom({ mix: true });
  const inbound = { type: 'inbound-rtp', kind: 'video', mid: String(MIXED), framesPerSecond: 30, frameWidth: 1280, frameHeight: 720 };
  for (const frames of [100, 130, 160]) {
    pc.statistics = [{ ...inbound, framesDecoded: frames, framesReceived: frames, packetsReceived: frames, bytesReceived: frames * 1_000 }];
    await pass(1_000);
  }
  const { mix, participants } = snapshot(call);
  const figures = { frames: 60, audio: { packets: 0, energy: 0 }, width: 1280, height: 720 };
  assert.deepEqual(mix, { wanted: true, state: 'on', reason: 'choice', ...figures, slots: { camera: '9', mic: '4' } });
  assert.deepEqual(participants.map(({ path, slots }) => [path, slots]), [['mix', {}], ['mix', {}]]);
  assert.ok((call.history.at(-1)?.down_bps ?? 0) > 0);
  assert.match(report(call), /^mix: on, choice, 1280x720, 60 frames$/m);
});

test('the mix counts among what is decoded', async () => {
  const { pc } = await mixedRoom();
  const inbound = { type: 'inbound-rtp', kind: 'video', mid: String(MIXED), framesPerSecond: 30 };
  for (let frames = 30; frames <= 150; frames += 30) {
    pc.statistics = [{ ...inbound, framesDecoded: frames, packetsReceived: frames }];
    await pass(1_000);
  }
  assert.equal(ScriptedSocket.last.sentOf('facts').at(-1).decoders, 1);
});

test('frames that were not decoded are told as the best of five seconds, and only of what is shown', async () => {
  const { pc, forwarding } = await room();
  const undecoded = () => ScriptedSocket.last.sentOf('facts').at(-1).undecoded;
  let received = 0;
  let decoded = 0;
  const second = async (/** @type {number} */ part) => {
    received += 30;
    decoded += 30 * (1 - part);
    const slotOf = (/** @type {number} */ mid) => ({ type: 'inbound-rtp', kind: 'video', mid: String(mid), packetsReceived: received });
    pc.statistics = [
      { ...slotOf(BOB), framesReceived: received, framesDecoded: decoded },
      { ...slotOf(EVE), framesReceived: received, framesDecoded: received },
    ];
    await pass(1_000);
    // A server that says nothing for long is taken for lost.
    await say({ type: 'speakers', speaker: null, loudest: [] });
  };
  await pass(1_000);
  for (let seconds = 0; seconds < 5; seconds += 1) await second(0.8);
  assert.equal(undecoded(), undefined, 'not so long');
  for (let seconds = 0; seconds < 2; seconds += 1) await second(0.8);
  assert.ok(Math.abs(undecoded() - 0.4) < 0.01, `${undecoded()} of both together`);
  forwarding.shown = [picture('b')];
  for (let seconds = 0; seconds < 6; seconds += 1) await second(0.8);
  assert.ok(Math.abs(undecoded() - 0.8) < 0.01, `${undecoded()} of the one that is shown`);
  for (const part of [0.1, 0.8, 0.8, 0.8]) await second(part);
  assert.ok(Math.abs(undecoded() - 0.1) < 0.01, `${undecoded()}: one second was better`);
  forwarding.shown = [];
  for (let seconds = 0; seconds < 2; seconds += 1) await second(0.8);
  assert.equal(undecoded(), undefined, 'nobody looks');
});

test('a participant who comes while the mix is shown is in it', async () => {
  const { call } = await mixedRoom();
  await say({ type: 'participant-joined', participant: live('n') });
  assert.equal(call.participants.get('n')?.mixed, true);
  assert.deepEqual(told(), { shows: [MIX], mix: true });
});
