import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, figure, legend, list, measured, silences, written } from '../../web/elements/costs-words.js';
import { model } from '../../web/lib/costs.js';
import { costsOf, person, silent } from '../lib/helpers/costs.js';

/** A room in which everybody sends 1.5 Mbit/s to each. @param {number} count */
function room(count) {
  const people = Array.from({ length: count }, (_, index) => person(`p${index}`, { up: 1_500_000 * (count - 1), encoders: count - 1 }));
  return model(costsOf(people));
}

/**
 * @param {import('../../web/lib/costs.js').Model} of
 * @param {'mesh' | 'star' | 'mix'} topology
 */
function costs(of, topology) {
  return of.variants[topology].people.get('p0') ?? assert.fail();
}

test('a formula stands in letters, with its numbers, and with its result', () => {
  assert.deepEqual(written(costs(room(4), 'mesh').up), { steps: ['e × n', '1.5 Mbit/s × 3'], result: '= 4.5 Mbit/s' });
  assert.deepEqual(written(costs(room(4), 'star').up), { steps: ['e × (1 + s)', '1.5 Mbit/s × 1.38'], result: '= 2.1 Mbit/s' });
  assert.deepEqual(written(room(4).variants.star.server.packets).steps, ['(in + out) ÷ (8 b)', '(8.29 + 18) Mbit/s ÷ (8 × 1,000)']);
});

test('a sum has its unit once, and of many parts the first few', () => {
  assert.deepEqual(written(costs(room(4), 'mesh').down), { steps: ['Σ e', '(1.5 + 1.5 + 1.5) Mbit/s'], result: '= 4.5 Mbit/s' });
  assert.deepEqual(written(costs(room(12), 'mesh').down).steps[1], '(1.5 + 1.5 + 1.5 + …) Mbit/s');
  assert.deepEqual(written(costs(room(4), 'mesh').decoders), { steps: ['Σ p', '1 + 1 + 1'], result: '= 3' });
});

test('what says it all at once is not said twice', () => {
  assert.deepEqual(written(costs(room(4), 'mix').up), { steps: ['e'], result: '= 1.5 Mbit/s' });
  assert.deepEqual(written(costs(room(4), 'mix').decoders), { steps: [], result: '1' });
  assert.deepEqual(written(room(4).variants.mesh.server.in), { steps: [], result: '0' });
});

test('what is not known is a dash, and what is known in part is at least that', () => {
  const mixed = model(costsOf([person('p0', { up: 3_000_000, encoders: 2 }), person('b', { up: 3_000_000 }), silent('Guest', 'classic')]));
  assert.deepEqual(written(costs(mixed, 'mesh').down), { steps: ['Σ e', '(1.5 + ?) Mbit/s'], result: '≥ 1.5 Mbit/s' });
  assert.deepEqual(written(mixed.variants.mix.server.cpu), { steps: [], result: '—' });
  assert.deepEqual(written(mixed.variants.star.server.cpu), { steps: ['k × c'], result: '—' });
  assert.deepEqual([figure(null, 'rate'), figure({ value: 2_000, least: true }, 'rate'), measured(null, 'ms'), measured(0, 'rate')], ['—', '≥ 2 kbit/s', '—', '0']);
  assert.deepEqual(silences(mixed.people), ['⁨Guest⁩: a client of the classic protocol says nothing of itself.']);
});

test('the letters are explained, and what is assumed is said to be', () => {
  const lines = new Map(legend(room(4).basis));
  assert.match(lines.get('s') ?? '', /assumed: 38%/);
  assert.match(lines.get('b') ?? '', /assumed.*1,000 bytes/);
  assert.equal(lines.has('c'), false, 'nothing was measured');
  const busy = model(costsOf([person('a')], { server: { packets_in: 100, packets_out: 100, bitrate_in: 800_000, bitrate_out: 800_000, cpu: 0.01 } }));
  assert.match(new Map(legend(busy.basis)).get('b') ?? '', /measured: 1,000 bytes/);
  assert.equal(new Map(legend(busy.basis)).has('c'), true);
});

test('short times are told in milliseconds and long ones in seconds', () => {
  assert.deepEqual([duration(16.5), duration(412), duration(8_000)], ['17 ms', '412 ms', '8.0 s']);
});

test('names are listed as people do', () => {
  assert.equal(list(['Ada', 'Grace', 'Linus']), 'Ada, Grace, and Linus');
});
