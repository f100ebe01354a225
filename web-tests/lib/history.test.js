import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { History, SAMPLES_KEPT } from '../../web/lib/history.js';
import { connectLeg, joinedCall, reset } from './helpers/call.js';
import { participant } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

test('the latest samples are kept, oldest first, and no more', () => {
  /** @type {History<number>} */ const history = new History();
  for (let sample = 0; sample < SAMPLES_KEPT + 3; sample += 1) history.add(sample);
  assert.equal(history.samples.length, SAMPLES_KEPT);
  assert.deepEqual([history.samples[0], history.samples.at(-1)], [3, SAMPLES_KEPT + 2]);
});

test('every second of a call is a sample of each participant, and one of all together', async () => {
  const { call } = await joinedCall({ participants: [participant('b')] });
  const pc = await connectLeg('b', 2);
  pc.statistics.push({ type: 'inbound-rtp', mid: '0', packetsReceived: 5, bytesReceived: 400, jitter: 0.004 });
  for (let second = 0; second < 3; second += 1) {
    mock.timers.tick(1_000);
    await settle();
  }
  const history = call.participants.get('b')?.history;
  assert.equal(history?.length, 3);
  assert.equal(history?.at(-1)?.jitter_ms, 4);
  assert.deepEqual(call.history, Array(3).fill({ up_bps: 0, down_bps: 0 }));
});
