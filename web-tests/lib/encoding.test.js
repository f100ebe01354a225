import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activate, applyEncoding } from '../../web/lib/encoding.js';

const WANTED = { maxBitrate: 1_000_000, maxFramerate: 15, scaleResolutionDownBy: 1 };

/** A sender that repeats its encoding, and nothing else, as some browsers do. */
function makeSender() {
  const sender = {
    /** @type {any[]} */ set: [],
    /** @type {any} */ encoding: {},
    failing: false,
    getParameters: () => ({ encodings: [structuredClone(sender.encoding)] }),
    /** @param {any} parameters */
    async setParameters(parameters) {
      if (sender.failing) throw new DOMException('stale', 'InvalidStateError');
      sender.set.push(parameters);
      sender.encoding = parameters.encodings[0];
    },
  };
  return sender;
}

/** @param {any} sender @param {RTCRtpEncodingParameters} wanted @param {RTCDegradationPreference} [keeps] */
const apply = (sender, wanted, keeps) => applyEncoding(sender, wanted, keeps);

test('what differs little from what there is disturbs nothing', async () => {
  const sender = makeSender();
  await apply(sender, WANTED);
  await apply(sender, { ...WANTED, maxBitrate: 1_050_000 });
  assert.equal(sender.set.length, 1);
});

test('what an encoder holds on to is told once, also where it is not repeated', async () => {
  const sender = makeSender();
  await apply(sender, WANTED, 'maintain-resolution');
  await apply(sender, WANTED, 'maintain-resolution');
  await apply(sender, WANTED, 'maintain-framerate');
  assert.deepEqual(sender.set.map(({ degradationPreference }) => degradationPreference), [
    'maintain-resolution', 'maintain-framerate',
  ]);
});

test('what was refused is told again the next time', async () => {
  const sender = makeSender();
  sender.failing = true;
  await apply(sender, WANTED, 'maintain-resolution');
  sender.failing = false;
  await apply(sender, WANTED, 'maintain-resolution');
  assert.equal(sender.set.length, 1);
});

test('encodings are switched by their rid, and what is as wanted is left alone', async () => {
  const sender = makeSender();
  sender.encoding = { rid: 'q' };
  const wants = (/** @type {string[]} */ ...rids) => activate(/** @type {any} */ (sender), rids);
  await wants('q', 'h');
  assert.equal(sender.set.length, 0);
  await wants('h');
  assert.equal(sender.encoding.active, false);
  await wants('q');
  assert.equal(sender.encoding.active, true);
});

test('an encoding without a rid is meant by the empty one', async () => {
  const sender = makeSender();
  await activate(/** @type {any} */ (sender), ['']);
  assert.equal(sender.set.length, 0);
  await activate(/** @type {any} */ (sender), []);
  assert.equal(sender.encoding.active, false);
});

test('of a small camera there are fewer sizes, and the largest that is sent stands in for what is not', async () => {
  const sender = makeSender();
  const scales = new Map([['q', 2], ['h', 1]]);
  sender.encoding = { rid: 'h', scaleResolutionDownBy: 2, active: false };
  await activate(/** @type {any} */ (sender), ['f'], scales);
  assert.deepEqual([sender.encoding.active, sender.encoding.scaleResolutionDownBy], [true, 1]);
  sender.encoding = { rid: 'f', scaleResolutionDownBy: 1, active: true };
  await activate(/** @type {any} */ (sender), ['f'], scales);
  assert.equal(sender.encoding.active, false);
});
