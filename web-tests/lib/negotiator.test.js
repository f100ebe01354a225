import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from '../../web/lib/lines.js';
import { Negotiator } from '../../web/lib/negotiator.js';
import { LIMITS } from '../../web/lib/protocol.js';
import { PeerConnectionClass, ScriptedPeerConnection, ScriptedStream } from './helpers/peer-connection.js';
import { settle } from './helpers/tick.js';

/** @typedef {import('../../web/lib/protocol.js').Description} Description */

/**
 * One side, with everything that it has sent.
 *
 * @param {boolean} polite
 */
function side(polite) {
  const streams = /** @type {any} */ ({ camera: new ScriptedStream(), screen: new ScriptedStream() });
  const lines = new Lines('native', streams, {});
  const log = { sent: /** @type {any[]} */ ([]), confused: 0, errors: /** @type {unknown[]} */ ([]) };
  const negotiator = new Negotiator(polite, {
    create: () => new PeerConnectionClass(),
    addSources: (pc) => lines.add(pc, () => null),
    matchSources: (pc) => lines.match(pc),
    beforeGathering: async () => {},
    adjust: (sdp) => sdp,
    sendDescription: (description) => log.sent.push(description),
    sendCandidate: (candidate) => log.sent.push(candidate),
    confused: () => (log.confused += 1),
    failed: (error) => log.errors.push(error),
  });
  const scripted = () => /** @type {ScriptedPeerConnection} */ (/** @type {unknown} */ (negotiator.pc));
  return { negotiator, lines, log, scripted };
}

/** @typedef {ReturnType<typeof side>} Side */

/**
 * Carries what `from` has sent since the last time to `to`.
 *
 * @param {Side} from
 * @param {Side} to
 */
async function carry(from, to) {
  for (const message of from.log.sent.splice(0)) {
    if (message?.type) void to.negotiator.receive(message);
    else void to.negotiator.receiveCandidate(message);
  }
  await settle();
}

/** Two sides that have connected once, the first one's offer answered. */
async function pair() {
  const newcomer = side(true);
  const resident = side(false);
  await newcomer.negotiator.offer();
  await carry(newcomer, resident);
  await carry(resident, newcomer);
  return { newcomer, resident };
}

test('an offer is answered and both sides are stable, with the sources on the same m-lines', async () => {
  const { newcomer, resident } = await pair();
  for (const { negotiator, lines } of [newcomer, resident]) {
    assert.equal(negotiator.pc.signalingState, 'stable');
    assert.deepEqual([...lines.entries()].map(([source, { mid }]) => [source, mid]), [
      ['mic', '0'], ['camera', '1'], ['screen', '2'], ['screen_audio', '3'],
    ]);
  }
});

test('whoever answers sends on every m-line too', async () => {
  const { resident } = await pair();
  const directions = resident.negotiator.pc.getTransceivers().map(({ direction }) => direction);
  assert.deepEqual(directions, Array(4).fill('sendrecv'));
});

test('on a collision the polite side gives way, and the impolite one\'s offer is answered', async () => {
  const { newcomer, resident } = await pair();
  await Promise.all([newcomer.negotiator.offer(), resident.negotiator.offer()]);
  const theirs = resident.log.sent[0];
  await Promise.all([carry(newcomer, resident), carry(resident, newcomer)]);
  await carry(newcomer, resident);
  assert.equal(newcomer.negotiator.pc.remoteDescription?.sdp, theirs.sdp);
  assert.equal(newcomer.negotiator.pc.remoteDescription?.type, 'offer');
  assert.equal(resident.negotiator.pc.remoteDescription?.type, 'answer');
  assert.deepEqual([newcomer.log.errors, resident.log.errors], [[], []]);
});

test('a collision before anything was agreed leaves the fixed m-lines, and none twice', async () => {
  const newcomer = side(true);
  const resident = side(false);
  await Promise.all([newcomer.negotiator.offer(), resident.negotiator.offer()]);
  const first = newcomer.scripted();
  await Promise.all([carry(newcomer, resident), carry(resident, newcomer)]);
  await carry(newcomer, resident);
  assert.equal(first.closed, true);
  assert.equal(newcomer.negotiator.pc.getTransceivers().length, 4);
  assert.deepEqual([...newcomer.lines.entries()].map(([, { mid }]) => mid), ['0', '1', '2', '3']);
  assert.equal(resident.negotiator.pc.signalingState, 'stable');
});

test('candidates of an ignored offer are ignored with it', async () => {
  const { newcomer, resident } = await pair();
  await Promise.all([newcomer.negotiator.offer(), resident.negotiator.offer()]);
  newcomer.scripted().gather('lost');
  await carry(newcomer, resident);
  assert.deepEqual(resident.scripted().candidates, []);
  resident.scripted().gather('kept');
  await carry(resident, newcomer);
  newcomer.scripted().gather('new');
  await carry(newcomer, resident);
  assert.deepEqual(newcomer.scripted().candidates.map(({ candidate }) => candidate), ['kept']);
  assert.deepEqual(resident.scripted().candidates.map(({ candidate }) => candidate), ['new']);
});

test('candidates that come before the description wait for it, in order', async () => {
  const { negotiator, scripted } = side(false);
  for (const candidate of ['a', 'b']) void negotiator.receiveCandidate({ candidate });
  void negotiator.receive({ type: 'offer', sdp: 'm=audio 9\r\na=mid:0\r\n' });
  await negotiator.receiveCandidate(null);
  assert.deepEqual(scripted().candidates, [{ candidate: 'a' }, { candidate: 'b' }, null]);
});

test('no more candidates wait for a description than may be sent', async () => {
  const { negotiator, scripted } = side(false);
  for (let count = 0; count < 2 * LIMITS.candidates; count += 1) await negotiator.receiveCandidate({ candidate: 'x' });
  await negotiator.receive({ type: 'offer', sdp: '' });
  assert.equal(scripted().candidates.length, LIMITS.candidates);
});

test('a description is always sent before its first candidate', async () => {
  const { negotiator, scripted, log } = side(true);
  const offering = negotiator.offer();
  await Promise.resolve();
  await Promise.resolve();
  scripted().gather('early');
  await offering;
  assert.deepEqual(log.sent.map((message) => message.type ?? message.candidate), ['offer', 'early']);
});

test('at most fifty candidates follow a description, the last of them being their end', async () => {
  const { negotiator, scripted, log } = side(true);
  await negotiator.offer();
  for (let count = 0; count < 80; count += 1) scripted().gather('x');
  scripted().gather(null);
  assert.equal(log.sent.length, 1 + LIMITS.candidates);
  assert.equal(log.sent.at(-1), null);
  await negotiator.offer({ restart: true });
  log.sent.length = 0;
  scripted().gather('y');
  assert.equal(log.sent.length, 1);
});

test('an empty candidate string ends one generation only and is not sent', async () => {
  const { negotiator, scripted, log } = side(true);
  await negotiator.offer();
  scripted().gather('');
  assert.equal(log.sent.length, 1);
});

test('of two offers sent one after the other, only the answer to the second counts', async () => {
  const { newcomer, resident } = await pair();
  await newcomer.negotiator.offer({ restart: true });
  await newcomer.negotiator.offer({ restart: true });
  await carry(newcomer, resident);
  const answers = [...resident.log.sent];
  assert.equal(answers.length, 2);
  await newcomer.negotiator.receive(answers[0]);
  assert.equal(newcomer.negotiator.offering, true);
  await newcomer.negotiator.receive(answers[1]);
  assert.equal(newcomer.negotiator.offering, false);
  assert.equal(newcomer.log.confused, 0);
});

test('an answer that nobody waits for is reported and not applied', async () => {
  const { newcomer } = await pair();
  await newcomer.negotiator.receive({ type: 'answer', sdp: '' });
  assert.equal(newcomer.log.confused, 1);
  assert.deepEqual(newcomer.log.errors, []);
});

test('an offer that was lost can be taken back, and the other side\'s accepted', async () => {
  const { newcomer, resident } = await pair();
  await resident.negotiator.offer({ restart: true });
  resident.log.sent.length = 0;
  await resident.negotiator.withdraw();
  await newcomer.negotiator.offer({ restart: true });
  await carry(newcomer, resident);
  await carry(resident, newcomer);
  assert.equal(newcomer.negotiator.offering, false);
  assert.equal(resident.negotiator.pc.signalingState, 'stable');
});

test('beginning anew replaces the peer connection on both sides, with the fixed lines once each', async () => {
  const { newcomer, resident } = await pair();
  const before = [newcomer.scripted(), resident.scripted()];
  await newcomer.negotiator.offer({ restart: true, fresh: true });
  await carry(newcomer, resident);
  await carry(resident, newcomer);
  assert.deepEqual(before.map(({ closed }) => closed), [true, true]);
  for (const { negotiator, log } of [newcomer, resident]) {
    assert.equal(negotiator.pc.signalingState, 'stable');
    assert.equal(negotiator.pc.getTransceivers().length, 4);
    assert.deepEqual(log.errors, []);
  }
});

test('a description that cannot be applied is reported, and the next one is', async () => {
  const { negotiator, log } = side(false);
  await negotiator.receive({ type: 'offer', sdp: 'broken' });
  await negotiator.receive({ type: 'offer', sdp: '' });
  assert.equal(log.errors.length, 1);
  assert.equal(log.sent.length, 1);
});

test('a rollback from the other side finds nothing to roll back', async () => {
  const { newcomer } = await pair();
  await newcomer.negotiator.receive({ type: 'rollback' });
  assert.deepEqual(newcomer.log.errors, []);
});

test('a flood of descriptions is cut off instead of being kept', async () => {
  const { negotiator, log } = side(false);
  for (let count = 0; count < 300; count += 1) void negotiator.receive({ type: 'rollback' });
  assert.equal(log.errors.length, 300 - 256);
});

test('after closing nothing is sent or applied', async () => {
  const { negotiator, log } = side(true);
  const offering = negotiator.offer();
  negotiator.close();
  await offering;
  await negotiator.receive({ type: 'offer', sdp: '' });
  assert.deepEqual([log.sent, log.errors], [[], []]);
});
