import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEG, TRAFFIC, layerWords, roomWords, runs, series, summary } from '../../web/elements/measures.js';

/** @type {import('../../web/lib/stats.js').LegStats} */
const SAMPLE = {
  path: 'direct',
  rtt_ms: 41.6,
  up_bps: 1_234_000,
  down_bps: 250_400,
  loss: 0.015,
  frames_decoded: { camera: 30, screen: 0 },
  arrived: { camera: { frames: 30, undecoded: 0 }, screen: { frames: 0, undecoded: 0 } },
  audio_packets: 50,
  audio_energy: 0.1,
  jitter_ms: 3.21,
  fps: 29.97,
  width: 1280,
  height: 720,
  screen: { fps: 0, width: 0, height: 0 },
  available_outgoing_bps: null,
  encoding: 1,
  limited: null,
};

test('every measure has its newest value in words, with its unit', () => {
  const now = LEG.map((measure) => series(measure, [SAMPLE]).now);
  assert.deepEqual(now, ['1.2 Mbit/s', '250 kbit/s', '42 ms', '3.2 ms', '1.5%', '30', '720p']);
});

test('what is not known is said to be none, and is no zero', () => {
  const [, , rtt] = LEG;
  assert.ok(rtt);
  const { values, now } = series(rtt, [{ ...SAMPLE, rtt_ms: null }]);
  assert.deepEqual([values, now], [[null], 'none']);
});

test('a plot is described by its newest and its highest value', () => {
  const [up] = TRAFFIC;
  assert.ok(up);
  const history = [900_000, 100_000].map((bps) => ({ up_bps: bps, down_bps: 0 }));
  assert.equal(series(up, history).description, 'Sent: 100 kbit/s now, 900 kbit/s at most in the last minute');
});

test('a leg is summed up in a line, without a picture where there is none', () => {
  assert.equal(summary(SAMPLE), '42 ms · 1.5% · 1280×720 · 30 fps');
  assert.equal(summary({ ...SAMPLE, width: 0, height: 0 }), '42 ms · 1.5%');
  assert.equal(summary(undefined), '');
});

test('a line is broken where nothing is known', () => {
  assert.deepEqual(runs([1, 2, null, 3]), [
    [0, 2],
    [3, 4],
  ]);
  assert.deepEqual(runs([null, null]), []);
  assert.deepEqual(runs([]), []);
});

test('the layer that comes is told by its size, where there are several', () => {
  assert.equal(layerWords({ mid: '7', rid: 'h', bitrate: 480_000 }), 'medium picture, 480 kbit/s');
  assert.equal(layerWords({ mid: '7', rid: null, bitrate: 1_200_000 }), '1.2 Mbit/s');
});

test('what the server does not know of a room is not told as zero', () => {
  const room = { publishers: 2, subscribers: 3, bitrate_in: 1_000, bitrate_out: 2_000, packets_in: 4, packets_out: 5, key_frame_requests: 6 };
  const unknown = roomWords({ type: 'stats', seq: 1, re: 1, estimate: null, slots: [], room });
  assert.equal(unknown[0]?.[1], 'none');
  const known = roomWords({ type: 'stats', seq: 1, re: 1, estimate: 900_000, slots: [], room: { ...room, packets_lost: 0 } });
  assert.deepEqual([known[0]?.[1], known.length], ['900 kbit/s', unknown.length + 1]);
});
