import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chime } from '../../web/pages/chime.js';

test('the test sound is a WAV file as long as its header says', async () => {
  const blob = chime();
  const bytes = new DataView(await blob.arrayBuffer());
  const word = (/** @type {number} */ at) => String.fromCharCode(...[0, 1, 2, 3].map((i) => bytes.getUint8(at + i)));
  assert.deepEqual([word(0), word(8), word(12), word(36)], ['RIFF', 'WAVE', 'fmt ', 'data']);
  assert.equal(bytes.getUint32(4, true), blob.size - 8);
  assert.equal(bytes.getUint32(40, true), blob.size - 44);
});

test('the test sound begins and ends in silence and never overdrives', async () => {
  const samples = new Int16Array((await chime().arrayBuffer()).slice(44));
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  assert.ok(loudest > 3_000 && loudest < 20_000, `${loudest}`);
  assert.equal(samples[0], 0);
  assert.ok(Math.abs(samples.at(-1) ?? 0) < 10);
});
