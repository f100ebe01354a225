import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatsSampler } from '../../web/lib/stats.js';
import { arrived, undecodedPart } from '../../web/lib/undecoded.js';

const counted = (framesReceived = 0, framesDecoded = 0) => ({ framesReceived, framesDecoded });

test('what was not decoded has arrived in vain', () => {
  assert.deepEqual(arrived(counted(100, 100), counted(130, 120)), { frames: 30, undecoded: 10 });
  assert.deepEqual(arrived(counted(100, 90), counted(110, 110)), { frames: 10, undecoded: 0 }, 'what was waiting was decoded');
  assert.deepEqual(arrived({}, {}), { frames: 0, undecoded: 0 }, 'a browser that does not say');
});

test('all streams count together, as soon as one of them has enough frames to tell', () => {
  assert.equal(undecodedPart([]), null);
  assert.equal(undecodedPart([{ frames: 4, undecoded: 4 }, { frames: 4, undecoded: 0 }]), null);
  assert.equal(undecodedPart([{ frames: 5, undecoded: 0 }, { frames: 3, undecoded: 2 }]), 0.25);
  assert.equal(undecodedPart([{ frames: 10, undecoded: 19 }]), 1);
});

test('a direct connection tells what has arrived since the sample before', () => {
  const sampler = new StatsSampler();
  const lines = /** @type {any} */ (new Map([['camera', { mid: '1', receiver: { track: {} } }], ['screen', { mid: '2', receiver: { track: {} } }]]));
  const sample = (/** @type {object} */ camera, /** @type {object} */ screen) => {
    const entries = [{ type: 'inbound-rtp', mid: '1', ...camera }, { type: 'inbound-rtp', mid: '2', ...screen }];
    return sampler.sample(/** @type {any} */ (new Map(entries.map((entry, index) => [String(index), entry]))), lines).arrived;
  };
  assert.deepEqual(sample(counted(500, 100), counted(5, 5)), { camera: { frames: 0, undecoded: 0 }, screen: { frames: 0, undecoded: 0 } });
  assert.deepEqual(sample(counted(530, 110), counted(6, 6)), { camera: { frames: 30, undecoded: 20 }, screen: { frames: 1, undecoded: 0 } });
});
