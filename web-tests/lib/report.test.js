import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { report } from '../../web/lib/report.js';
import { connectLeg, joinedCall, makeCall, reset } from './helpers/call.js';
import { answer, forwardedCall, live, say } from './helpers/forward.js';
import { participant, state } from './helpers/socket.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

const OPTIONS = { now: new Date(0), platform: { userAgent: 'Browser 1.0' } };

/** A call with somebody whose connection has addresses, as all have. */
async function busyCall() {
  const people = [participant('b', { name: 'Bob\n<b>', state: { ...state(), camera: true } })];
  const { call } = await joinedCall({ room: 'secret', participants: people }, { room: 'secret' });
  const pc = await connectLeg('b', 2);
  pc.statistics.push(
    { type: 'inbound-rtp', mid: '1', framesPerSecond: 25, frameWidth: 640, frameHeight: 360, packetsReceived: 9 },
    { type: 'local-candidate', candidateType: 'host', address: '192.0.2.1', ip: '192.0.2.1', port: 9 },
    { type: 'candidate-pair', state: 'succeeded', selected: true, currentRoundTripTime: 0.03 },
  );
  mock.timers.tick(1_000);
  await settle();
  return call;
}

test('a report tells how each leg is, on one line for each fact', async () => {
  const lines = report(await busyCall(), OPTIONS).split('\n');
  assert.deepEqual(lines.slice(1, 4), [
    'Browser 1.0',
    'call: joined, legs: any',
    'server: open, 0 times lost, 0 times resumed',
  ]);
  assert.ok(lines.includes('Bob <b>: native, here, leg connected, direct'));
  assert.ok(lines.includes('  picture: 640x360, screen: none'));
  assert.ok(lines.includes('  frames/s: 25 now; 25 least, 25 median, 25 most in 1 s'));
  assert.ok(lines.includes('  round trip, ms: 30 now; 30 least, 30 median, 30 most in 1 s'));
  assert.ok(lines.includes('  jitter, ms: unknown'));
});

test('a report names no address and not the room', async () => {
  const text = report(await busyCall(), OPTIONS);
  for (const secret of ['192.0.2', 'secret', 'ws://', 'host/ws']) assert.ok(!text.includes(secret), secret);
});

test('a call that has not begun can be reported', () => {
  assert.match(report(makeCall().call, OPTIONS), /call: new/);
});

test('of whom the server forwards it tells what the server says, and nothing sent to them', async () => {
  const { call } = await forwardedCall({ participants: [live('b')] });
  await answer();
  await say({ type: 'slots', connection: 1, slots: [{ mid: '7', participant: 'b', source: 'camera' }] });
  /** @type {import('../../web/lib/protocol.js').ServerStats} */
  const server = {
    type: 'stats',
    seq: 1,
    re: 1,
    estimate: 2_500_000,
    slots: [{ mid: '7', rid: 'h', bitrate: 480_000 }],
    room: { publishers: 2, subscribers: 3, bitrate_in: 1_000_000, bitrate_out: 2_000_000, packets_in: 4, packets_out: 5, packets_lost: 0, key_frame_requests: 6 },
  };
  const lines = report(call, { ...OPTIONS, server }).split('\n');
  assert.ok(lines.includes('the server estimates, kbit/s: 2500'));
  assert.ok(lines.includes('the room: 2 sending, 3 receiving, kbit/s: 1000 in, 2000 out'));
  assert.ok(lines.includes('  packets: 4 in, 5 out, 0 lost, key frames asked for: 6'));
  assert.ok(lines.includes('  from the server, kbit/s: camera h 480'), lines.join('\n'));
  assert.ok(!lines.some((line) => line.startsWith('  sent')));
  assert.ok(!report(call, OPTIONS).includes('the room:'));
});
