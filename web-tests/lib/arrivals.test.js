import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { MIX } from '../../web/lib/protocol.js';
import { connectLeg, joinedCall, reset } from './helpers/call.js';
import { answer, forwardedCall, live, plan, say } from './helpers/forward.js';
import { ScriptedSocket } from './helpers/socket.js';

beforeEach(reset);

/** @param {import('../../web/lib/call.js').Call} call */
const heard = ({ sounds }) => sounds.filter(({ muted }) => !muted).map(({ participant, source, path }) => [participant, source, path]);

test('whoever comes directly is heard from there, until they leave', async () => {
  const { call } = await joinedCall({ participants: [live('b')] });
  let told = 0;
  call.on('sounds', () => (told += 1));
  await connectLeg('b', 2);
  assert.deepEqual(heard(call), [['b', 'mic', 'direct'], ['b', 'screen_audio', 'direct']]);
  assert.ok(told > 0);
  told = 0;
  ScriptedSocket.last.say({ type: 'participant-left', seq: 3, participant: 'b', reason: 'left' });
  assert.deepEqual([call.sounds, told], [[], 1]);
});

test('what the server forwards is heard from its slots, of which the empty ones are silent', async () => {
  const { call } = await forwardedCall({ participants: [live('b')] });
  await answer();
  assert.deepEqual([call.sounds.length, heard(call)], [3, []]);
  await say({ type: 'slots', connection: 1, slots: [{ mid: '4', participant: 'b', source: 'mic' }], undecodable: [] });
  assert.deepEqual(heard(call), [['b', 'mic', 'forward']]);
  await say({ type: 'slots', connection: 1, slots: [{ mid: '4', participant: MIX, source: 'mic' }], undecodable: [] });
  assert.deepEqual(heard(call), [[MIX, 'mic', 'forward']]);
});

test('whoever is heard directly is not heard from a slot as well', async () => {
  const { call } = await joinedCall({ participants: [live('b')], plan: plan() });
  await say({ type: 'slots', connection: 1, slots: [{ mid: '4', participant: 'b', source: 'mic' }], undecodable: [] });
  const b = call.participants.get('b') ?? assert.fail();
  assert.deepEqual(heard(call).map(([, , path]) => path), ['direct', 'direct']);
  b.take('forward');
  assert.ok(heard(call).every(([, , path]) => path === 'forward'));
});

test('when the call is over nothing is to be played any more, and that is told', async () => {
  const { call } = await joinedCall({ participants: [live('b')] });
  await connectLeg('b', 2);
  /** @type {number[]} */ const told = [];
  call.on('sounds', () => told.push(call.sounds.length));
  void call.leave();
  assert.equal(told.at(-1), 0);
});
