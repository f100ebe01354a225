import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { recordingLink } from '../../web/lib/links.js';
import { RECORDINGS_KEPT } from '../../web/lib/recordings.js';
import { snapshot } from '../../web/lib/snapshot.js';
import { comeBack, joinedCall, reset } from './helpers/call.js';
import { plan } from './helpers/forward.js';
import { ScriptedSocket, joined } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

/**
 * @param {number} began
 * @param {object} [members]
 */
function recording(began, members = {}) {
  return { id: `r${began}`, key: 'k', began, state: 'running', seconds: null, bytes: null, problem: null, ...members };
}

/** @param {number} began */
const done = (began) => recording(began, { state: 'done', seconds: 5, bytes: 1_000 });

/** @param {number} seq @param {...object} items */
function tell(seq, ...items) {
  ScriptedSocket.last.say({ type: 'recordings', seq, items });
}

/** @param {import('../../web/lib/call.js').Call} call */
const states = (call) => call.recordings.map(({ id, state }) => `${id} ${state}`);

/** A host's call. */
const hosting = () => joinedCall({ host: true, plan: plan() });

test('a host asks for a recording, and knows that the server has agreed', async () => {
  const { call, log } = await hosting();
  const asked = call.record(true);
  const [{ id, ...message }] = ScriptedSocket.last.sentOf('record');
  assert.deepEqual(message, { type: 'record', on: true });
  ScriptedSocket.last.say({ type: 'pong', time: 0, last_id: id });
  await asked;
  assert.deepEqual(log.errors, []);
});

test('a refusal is told to whoever asked, once', async () => {
  const { call, log } = await hosting();
  const refused = assert.rejects(call.record(true), { code: 'not-recorded', message: 'No mix.' });
  const [{ id: re }] = ScriptedSocket.last.sentOf('record');
  ScriptedSocket.last.say({ type: 'error', seq: 2, re, code: 'not-recorded', message: 'No mix.' });
  await refused;
  assert.deepEqual(log.errors, []);
});

test('whether the call is recorded, the plan says', async () => {
  const { call } = await hosting();
  assert.equal(snapshot(call).recording, false);
  ScriptedSocket.last.say({ type: 'plan', seq: 2, ...plan({}, { recording: true }) });
  assert.equal(snapshot(call).recording, true);
});

test('the snapshot of a host has the recordings, as the server tells them', async () => {
  const { call } = await hosting();
  const seen = { times: 0 };
  call.on('recordings', () => (seen.times += 1));
  tell(2, recording(1));
  assert.deepEqual(snapshot(call).recordings, [recording(1)]);
  tell(3, done(1), recording(2));
  assert.deepEqual([snapshot(call).recordings, seen.times], [[done(1), recording(2)], 2]);
});

test('a session that goes on without what was under way hears of the recordings after it has joined', async () => {
  const { call } = await hosting();
  tell(2, done(1), recording(2));
  await comeBack({ room: 'r', resumed: false });
  assert.deepEqual(states(call), ['r1 done', 'r2 lost']);
  ScriptedSocket.last.say(joined({ re: undefined, host: true, plan: plan({}, { recording: true }) }));
  tell(2, done(1), recording(2));
  assert.deepEqual(states(call), ['r1 done', 'r2 running']);
});

test('a server that was restarted knows nothing of recordings, which are there all the same', async () => {
  const { call } = await hosting();
  tell(2, done(1), recording(2));
  await comeBack({ room: 'r', resumed: false });
  ScriptedSocket.last.say(joined({ re: undefined, host: true, plan: plan() }));
  tell(2, recording(3));
  assert.deepEqual(states(call), ['r1 done', 'r2 lost', 'r3 running']);
});

test('a session that loses nothing has nothing to forget', async () => {
  const { call } = await hosting();
  tell(2, recording(1));
  await comeBack({ room: 'r', resumed: true, last_id: 2 });
  assert.deepEqual(states(call), ['r1 running']);
});

test('whoever is no host any more knows of no recording', async () => {
  const { call } = await hosting();
  tell(2, done(1));
  ScriptedSocket.last.say(joined({ seq: 3, re: undefined, host: false, plan: plan() }));
  await settle();
  assert.deepEqual(snapshot(call).recordings, []);
});

test('of very many recordings the oldest are forgotten', async () => {
  const { call } = await hosting();
  for (let time = 1; time <= RECORDINGS_KEPT + 3; time += 1) tell(time + 1, done(time));
  assert.deepEqual([call.recordings.length, call.recordings[0]?.began], [RECORDINGS_KEPT, 4]);
});

test('the link to a recording has its key', () => {
  assert.equal(recordingLink('https://host/r/a?name=b', { id: 'ab-c', key: 'k_1' }), 'https://host/recordings/ab-c?key=k_1');
});
