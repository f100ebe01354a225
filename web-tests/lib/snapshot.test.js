import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { snapshot } from '../../web/lib/snapshot.js';
import { joinedCall, reset } from './helpers/call.js';
import { participant, state } from './helpers/socket.js';

beforeEach(reset);

test('before a call the snapshot has the same members as in one', async () => {
  const { call } = await joinedCall();
  assert.deepEqual(Object.keys(snapshot(null)), Object.keys(snapshot(call)));
});

test('a snapshot is plain JSON and tells of everyone in the room', async () => {
  const { call, media } = await joinedCall({ participants: [participant('b', { name: 'Bob' })] });
  media.tracks.mic = { kind: 'audio' };
  const value = snapshot(call);
  assert.deepEqual(JSON.parse(JSON.stringify(value)), value);
  assert.deepEqual([value.room, value.participant, value.state], ['r', 'me', 'joined']);
  assert.deepEqual(value.local, { mic: true, camera: false, screen: false });
  assert.deepEqual(value.signaling, { state: 'open', reconnects: 0, resumes: 0 });
  assert.deepEqual(value.participants, [
    {
      id: 'b', name: 'Bob', kind: 'native', connected: true, state: state(), leg: 'new', path: null,
      planned: 'direct', reason: 'small',
      frames: { camera: 0, screen: 0 }, audio: { packets: 0, energy: 0 }, rtt_ms: null, width: 0, height: 0,
      screen: { width: 0, height: 0 }, slots: {},
    },
  ]);
});
