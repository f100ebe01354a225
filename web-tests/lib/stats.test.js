import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatsSampler } from '../../web/lib/stats.js';

/**
 * @param {any[]} entries
 * @returns {RTCStatsReport}
 */
const report = (entries) =>
  /** @type {any} */ (new Map(entries.map((entry, index) => [entry.id ?? `x${index}`, entry])));

/** @param {Record<string, any>} transceivers */
const lines = (transceivers) => ({ get: (/** @type {string} */ source) => transceivers[source] });

const CAMERA = { mid: '1', receiver: { track: { id: 'cam' } } };
const SCREEN = { mid: '2', receiver: { track: { id: 'scr' } } };

test('frames are told apart by m-line, and by track where the browser names no m-line', () => {
  const sampler = new StatsSampler();
  const { frames_decoded: frames, width, height } = sampler.sample(
    report([
      { type: 'inbound-rtp', mid: '2', framesDecoded: 3 },
      { type: 'inbound-rtp', trackIdentifier: 'cam', framesDecoded: 7, frameWidth: 640, frameHeight: 360 },
    ]),
    lines({ camera: CAMERA, screen: SCREEN }),
  );
  assert.deepEqual(frames, { camera: 7, screen: 3 });
  assert.deepEqual([width, height], [640, 360]);
});

test('frames never count backwards, not even when the browser begins anew', () => {
  const sampler = new StatsSampler();
  const counts = [10, 20, 4, 9].map((framesDecoded) => {
    const entries = report([{ type: 'inbound-rtp', mid: '1', framesDecoded }]);
    return sampler.sample(entries, lines({ camera: CAMERA })).frames_decoded.camera;
  });
  assert.deepEqual(counts, [10, 20, 24, 29]);
});

for (const [local, remote, path] of [
  ['host', 'host', 'direct'],
  ['srflx', 'prflx', 'direct'],
  ['relay', 'host', 'relayed'],
  ['host', 'relay', 'relayed'],
]) {
  test(`a pair of ${local} and ${remote} is ${path}`, () => {
    const entries = report([
      { id: 't', type: 'transport', selectedCandidatePairId: 'p' },
      { id: 'p', type: 'candidate-pair', localCandidateId: 'l', remoteCandidateId: 'r', currentRoundTripTime: 0.02 },
      { id: 'l', type: 'local-candidate', candidateType: local },
      { id: 'r', type: 'remote-candidate', candidateType: remote },
    ]);
    const stats = new StatsSampler().sample(entries, lines({}));
    assert.deepEqual([stats.path, stats.rtt_ms], [path, 20]);
  });
}

test('without a transport entry the selected pair is the one that Firefox marks', () => {
  const ends = { localCandidateId: 'l', remoteCandidateId: 'r' };
  const pair = { type: 'candidate-pair', state: 'succeeded', nominated: true, ...ends };
  const entries = report([
    { ...pair, id: 'old', localCandidateId: 'relay' },
    { ...pair, id: 'new', selected: true },
    { id: 'l', type: 'local-candidate', candidateType: 'host' },
    { id: 'relay', type: 'local-candidate', candidateType: 'relay' },
    { id: 'r', type: 'remote-candidate', candidateType: 'host' },
  ]);
  assert.equal(new StatsSampler().sample(entries, lines({})).path, 'direct');
});

test('a selected pair that is gone is not trusted', () => {
  const ends = { localCandidateId: 'l', remoteCandidateId: 'r' };
  const entries = report([
    { id: 't', type: 'transport', selectedCandidatePairId: 'gone' },
    { ...ends, id: 'p', type: 'candidate-pair', state: 'succeeded', selected: true },
    { id: 'l', type: 'local-candidate', candidateType: 'relay' },
  ]);
  assert.equal(new StatsSampler().sample(entries, lines({})).path, 'relayed');
});

test('before anything is connected there is no path and no rate', () => {
  const stats = new StatsSampler().sample(report([]), lines({}));
  assert.deepEqual([stats.path, stats.rtt_ms, stats.up_bps, stats.loss], [null, null, 0, 0]);
});

test('loss is that of the time since the sample before', () => {
  const sampler = new StatsSampler();
  const [first, second] = [[5, 95], [15, 185]].map(([packetsLost, packetsReceived]) =>
    sampler.sample(report([{ type: 'inbound-rtp', packetsLost, packetsReceived }]), lines({})));
  assert.equal(first?.loss, 0);
  assert.equal(second?.loss, 0.1);
});

test('jitter is that of the sound, or of the picture while there is no sound', () => {
  const mic = { mid: '0', receiver: { track: { id: 'mic' } } };
  const camera = { type: 'inbound-rtp', mid: '1', packetsReceived: 9, jitter: 0.02 };
  const sampler = new StatsSampler();
  const jitters = [0, 9].map((packetsReceived) => {
    const sound = { type: 'inbound-rtp', mid: '0', packetsReceived, jitter: 0.003 };
    return sampler.sample(report([sound, camera]), lines({ mic, camera: CAMERA })).jitter_ms;
  });
  assert.deepEqual(jitters, [20, 3]);
  assert.equal(sampler.sample(report([]), lines({ mic, camera: CAMERA })).jitter_ms, null);
});

test('a shared picture has its own size and rate', () => {
  const shared = { type: 'inbound-rtp', mid: '2', framesPerSecond: 5, frameWidth: 1_920, frameHeight: 1_080 };
  const stats = new StatsSampler().sample(report([shared]), lines({ camera: CAMERA, screen: SCREEN }));
  assert.deepEqual(stats.screen, { fps: 5, width: 1_920, height: 1_080 });
  assert.deepEqual([stats.fps, stats.width, stats.height], [0, 0, 0]);
});
