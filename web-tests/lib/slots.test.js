import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlotSampler } from '../../web/lib/slot-stats.js';
import { Slots } from '../../web/lib/slots.js';

/** @param {string} mid @param {string} participant @param {'camera' | 'mic' | 'screen'} [source] */
const slot = (mid, participant, source = 'camera') => ({ mid, participant, source });

test('only those are concerned whose slots carry something else than before', () => {
  const slots = new Slots();
  assert.deepEqual([...slots.update([slot('1', 'a'), slot('2', 'b')])].sort(), ['a', 'b']);
  assert.deepEqual([...slots.update([slot('1', 'a'), slot('2', 'c')])].sort(), ['b', 'c']);
  assert.deepEqual([...slots.update([slot('1', 'a'), slot('2', 'c')])], []);
  assert.deepEqual([...slots.update([slot('1', 'a', 'screen'), slot('2', 'c')])], ['a']);
  assert.deepEqual(slots.of('a'), { screen: '1' });
});

/** @param {any[]} entries */
const report = (entries) => /** @type {RTCStatsReport} */ (new Map(entries.map((entry, index) => [String(index), entry])));

/** @param {object} counters */
const inbound = (counters) => ({ type: 'inbound-rtp', kind: 'video', mid: '7', framesPerSecond: 30, frameWidth: 640, frameHeight: 360, ...counters });

test('what a slot counted while it carried somebody else is nobody\'s', () => {
  const sampler = new SlotSampler();
  let holder = 'a';
  const sample = (/** @type {object} */ counters, /** @type {number} */ now) =>
    sampler.sample(report([inbound(counters)]), () => slot('7', holder), now);
  sample({ framesDecoded: 100, bytesReceived: 1_000, packetsReceived: 10 }, 0);
  const { of } = sample({ framesDecoded: 130, bytesReceived: 2_000, packetsReceived: 20 }, 1_000);
  assert.deepEqual([of('a').frames_decoded.camera, of('a').down_bps, of('a').width], [30, 8_000, 640]);
  holder = 'b';
  const moved = sample({ framesDecoded: 150, bytesReceived: 3_000, packetsReceived: 30 }, 2_000);
  assert.deepEqual([moved.of('a').frames_decoded.camera, moved.of('b').frames_decoded.camera], [30, 0]);
  const later = sample({ framesDecoded: 160, bytesReceived: 4_000, packetsReceived: 40 }, 3_000);
  assert.deepEqual([later.of('a').frames_decoded.camera, later.of('b').frames_decoded.camera], [30, 10]);
});

test('a picture that pauses has no size, and keeps its count', () => {
  const sampler = new SlotSampler();
  const counters = { framesDecoded: 5, bytesReceived: 10, packetsReceived: 1 };
  for (const now of [0, 1_000]) sampler.sample(report([inbound(counters)]), () => slot('7', 'a'), now);
  const { of } = sampler.sample(report([inbound({ ...counters, framesDecoded: 6, packetsReceived: 2 })]), () => slot('7', 'a'), 2_000);
  assert.deepEqual([of('a').width, of('a').frames_decoded.camera], [640, 1]);
  const paused = sampler.sample(report([inbound({ ...counters, framesDecoded: 6, packetsReceived: 2 })]), () => slot('7', 'a'), 3_000);
  assert.deepEqual([paused.of('a').width, paused.of('a').frames_decoded.camera], [0, 1]);
});

test('what comes once more, headers and padding are no part of the bitrate', () => {
  const sampler = new SlotSampler();
  const sample = (/** @type {object} */ counters, /** @type {number} */ now) =>
    sampler.sample(report([inbound(counters)]), () => slot('7', 'a'), now);
  sample({ bytesReceived: 1_000, headerBytesReceived: 100, retransmittedBytesReceived: 50 }, 0);
  const { of } = sample({ bytesReceived: 3_000, headerBytesReceived: 900, retransmittedBytesReceived: 1_050 }, 1_000);
  assert.equal(of('a').down_bps, 8_000);
});

test('energy and packets of sound are those of the microphone', () => {
  const sampler = new SlotSampler();
  const sound = (/** @type {number} */ energy) => ({ type: 'inbound-rtp', kind: 'audio', mid: '4', totalAudioEnergy: energy, packetsReceived: energy * 10, jitter: 0.002 });
  sampler.sample(report([sound(1)]), () => slot('4', 'a', 'mic'), 0);
  const { of } = sampler.sample(report([sound(3)]), () => slot('4', 'a', 'mic'), 1_000);
  assert.deepEqual([of('a').audio_energy, of('a').audio_packets, of('a').jitter_ms], [2, 20, 2]);
});

test('the connection tells what is sent, in which encodings, and how it is encrypted', () => {
  const sampler = new SlotSampler();
  const sent = (/** @type {number} */ bytesSent) => [
    { id: 'q', type: 'outbound-rtp', kind: 'video', rid: 'q', framesEncoded: bytesSent, bytesSent, qualityLimitationReason: 'cpu' },
    { type: 'candidate-pair', state: 'succeeded', nominated: true, availableOutgoingBitrate: 900 },
    { id: 'f', type: 'outbound-rtp', kind: 'video', rid: 'f', framesEncoded: 1, bytesSent: 0 },
    { type: 'transport', srtpCipher: 'AEAD_AES_128_GCM' },
  ];
  sampler.sample(report(sent(0)), () => undefined, 0);
  const { own } = sampler.sample(report(sent(500)), () => undefined, 1_000);
  assert.deepEqual(own, {
    up_bps: 4_000, rtt_ms: null, srtp_cipher: 'AEAD_AES_128_GCM', available_outgoing_bps: 900, encoding: 1, limited: 'cpu',
    sending: ['q'],
  });
});
