import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isTooMuch, model } from '../../web/lib/costs.js';
import { ASSUMED } from '../../web/lib/topologies.js';
import { costsOf, person, silent } from './helpers/costs.js';

/** @typedef {import('../../web/lib/costs.js').Model} Model */
/** @typedef {import('../../web/lib/topologies.js').Topology} Topology */
/** @typedef {import('../../web/lib/topologies.js').Amount} Amount */

const TOPOLOGIES = /** @type {const} */ (['mesh', 'star', 'mix']);

/** With so many there is a mesh whose figures everybody can reckon: each sends 1 Mbit/s to each. @param {number} count */
function mesh(count) {
  const others = count - 1;
  return costsOf(Array.from({ length: count }, (_, index) =>
    person(`p${index}`, { up: others * 1_000_000, down: others * 1_000_000, encoders: others, decoders: others })));
}

/**
 * The results for somebody, rounded, with `≥` where they are at least that.
 *
 * @param {Model} room
 * @param {Topology} topology
 * @param {string} id
 */
function of(room, topology, id) {
  const costs = room.variants[topology].people.get(id) ?? assert.fail(`nobody is ${id}`);
  return Object.fromEntries(Object.entries(costs).map(([what, { result }]) => [what, short(result)]));
}

/** @param {Model} room @param {Topology} topology */
function server(room, topology) {
  const { in: into, out } = room.variants[topology].server;
  return { in: short(into.result), out: short(out.result) };
}

/** @param {Amount} amount */
function short(amount) {
  return amount && (amount.least ? `≥ ${Math.round(amount.value)}` : Math.round(amount.value));
}

test('an empty room costs nothing, whatever it is', () => {
  const room = model({ ...costsOf([]), plan: null });
  assert.deepEqual([room.topology, room.people], [null, []]);
  for (const topology of TOPOLOGIES) assert.deepEqual(server(room, topology), { in: 0, out: 0 });
  assert.deepEqual(TOPOLOGIES.map((topology) => short(room.variants[topology].server.cpu.result)), [0, 0, 0]);
});

test('whoever is alone costs nothing, though it is not known what one copy would take', () => {
  const room = model(costsOf([person('a', { up: 0, encoders: 0, decoders: 0 })]));
  assert.equal(room.people[0]?.rate, null);
  for (const topology of TOPOLOGIES) {
    assert.deepEqual(of(room, topology, 'a'), { up: 0, down: 0, encoders: 0, decoders: 0 }, topology);
    assert.deepEqual(server(room, topology), { in: 0, out: 0 }, topology);
  }
});

test('for two a mesh costs everybody the least and the server nothing', () => {
  const room = model(mesh(2));
  assert.equal(room.topology, 'mesh');
  assert.deepEqual(of(room, 'mesh', 'p0'), { up: 1_000_000, down: 1_000_000, encoders: 1, decoders: 1 });
  assert.deepEqual(of(room, 'star', 'p0'), { up: Math.round((1 + ASSUMED.simulcast) * 1_000_000), down: 1_000_000, encoders: 3, decoders: 1 });
  assert.deepEqual(of(room, 'mix', 'p0'), { up: 1_000_000, down: 1_000_000, encoders: 1, decoders: 1 });
  assert.deepEqual(server(room, 'mesh'), { in: 0, out: 0 });
  assert.deepEqual(server(room, 'mix'), { in: 2_000_000, out: 2_000_000 });
});

test('for twelve a mesh sends a copy to each, a star once in all sizes, and a mix makes one picture of all', () => {
  const room = model(mesh(12));
  assert.deepEqual(of(room, 'mesh', 'p3'), { up: 11_000_000, down: 11_000_000, encoders: 11, decoders: 11 });
  assert.deepEqual(of(room, 'star', 'p3'), { up: 1_382_353, down: 11_000_000, encoders: 3, decoders: 11 });
  assert.deepEqual(of(room, 'mix', 'p3'), { up: 1_000_000, down: 1_000_000, encoders: 1, decoders: 1 });
  assert.deepEqual(server(room, 'star'), { in: Math.round(12 * 1_382_352.94), out: 132_000_000 });
  assert.deepEqual(server(room, 'mix'), { in: 12_000_000, out: 12_000_000 });
});

test('a mesh that is reckoned from a mesh costs what is measured', () => {
  for (const count of [2, 3, 5, 12]) {
    const { participants, ...rest } = mesh(count);
    const room = model({ ...rest, participants });
    for (const { participant: id, up, down, encoders, decoders } of participants) assert.deepEqual(of(room, 'mesh', id), { up, down, encoders, decoders });
  }
});

test('a star that is reckoned from a star costs what is measured, in however many sizes', () => {
  const people = [person('a', { path: 'forward', up: 1_800_000, encoders: 3 }), person('b', { path: 'forward', up: 600_000, encoders: 1 }), person('c', { path: 'forward', up: 40_000, encoders: 0 })];
  const room = model(costsOf(people));
  assert.equal(room.topology, 'star');
  for (const { participant, up, encoders } of people) {
    const { up: sent, encoders: encoded } = of(room, 'star', participant);
    assert.deepEqual([sent, encoded], [up, encoders]);
  }
});

test('of everybody the own copies are counted, and a room of both kinds is a hybrid', () => {
  const room = model(costsOf([person('a', { up: 3_000_000, encoders: 2 }), person('b', { path: 'forward', up: 1_382_353, encoders: 3 }), person('c', { path: 'forward', up: 40_000, encoders: 0 })]));
  assert.equal(room.topology, 'hybrid');
  assert.deepEqual(room.people.map(({ rate }) => short(rate)), [1_500_000, 1_000_000, 40_000]);
  assert.deepEqual(room.people.map(({ pictures }) => pictures), [1, 1, 0]);
  assert.deepEqual(of(room, 'mix', 'c'), { up: 40_000, down: 1_500_000, encoders: 0, decoders: 1 });
});

test('who shares a screen sends two pictures, of which one has several sizes', () => {
  const room = model(costsOf([person('a', { up: 4_000_000, encoders: 4 }), person('b'), person('c')]));
  assert.deepEqual(of(room, 'mesh', 'a'), { up: 4_000_000, down: 1_000_000, encoders: 4, decoders: 2 });
  assert.equal(of(room, 'star', 'a')['encoders'], 4);
  assert.equal(of(room, 'star', 'b')['decoders'], 3);
});

test('during a switch both ways are sent on', () => {
  const change = /** @type {const} */ ({ id: 1, publisher: 'a', from: 'direct', to: 'forward', forced: false, reason: 'uplink' });
  const room = model(costsOf([person('a', { up: 3_382_353, encoders: 5 }), person('b'), person('c')], { plan: { switches: [change] } }));
  assert.equal(short(room.people[0]?.rate ?? null), 1_000_000);
});

test('who is forwarded sends to classic participants and to those the server does not reach as well', () => {
  const people = [person('a', { path: 'forward', up: 2_382_353 + ASSUMED.low * 1_000_000, encoders: 5 }), person('b'), silent('g', 'classic')];
  const room = model(costsOf(people, { plan: { unreached: ['b', 'g'] } }));
  assert.equal(short(room.people[0]?.rate ?? null), 1_000_000);
});

test('what a classic participant sends is not known, and sums are at least what the others send', () => {
  const room = model(costsOf([person('a', { up: 2_000_000, encoders: 2 }), person('b', { up: 2_000_000, encoders: 2 }), silent('g', 'classic')]));
  assert.equal(room.people[2]?.silent, 'classic');
  assert.deepEqual(of(room, 'mesh', 'g'), { up: null, down: 2_000_000, encoders: 2, decoders: 2 });
  assert.deepEqual(of(room, 'mesh', 'a'), { up: 2_000_000, down: '≥ 1000000', encoders: 2, decoders: 2 });
  assert.deepEqual(server(room, 'mix'), { in: '≥ 2000000', out: '≥ 3000000' });
});

test('what WHIP publishers send is what the server gets beyond the others, and they receive nothing', () => {
  const people = [person('a', { path: 'forward', up: 1_382_353, encoders: 3 }), silent('w', 'whip'), silent('x', 'whip')];
  const room = model(costsOf(people, { server: { bitrate_in: 5_382_353 } }));
  assert.deepEqual(room.people.map(({ rate }) => short(rate)), [1_000_000, 2_000_000, 2_000_000]);
  assert.deepEqual(of(room, 'star', 'w'), { up: 2_000_000, down: 0, encoders: 1, decoders: 0 });
  assert.deepEqual(of(room, 'star', 'a'), { up: 0, down: 4_000_000, encoders: 0, decoders: 2 });
  assert.deepEqual(server(room, 'star'), { in: 4_000_000, out: 4_000_000 });
});

test('while a forwarded participant does not say what it sends, it is not known what WHIP publishers do', () => {
  const people = [person('a', { path: 'forward', up: null }), silent('w', 'whip')];
  const room = model(costsOf(people, { server: { bitrate_in: 5_000_000 } }));
  assert.deepEqual(room.people.map(({ rate, silent: why }) => [rate, why]), [[null, 'silent'], [null, 'whip']]);
  assert.deepEqual(server(room, 'mix'), { in: null, out: null });
});

test('packets and processor time are taken from what the server measures, and else assumed or not known', () => {
  const quiet = model(mesh(3));
  assert.deepEqual(quiet.basis.packet, { bytes: ASSUMED.packet, measured: false });
  assert.deepEqual([short(quiet.variants.star.server.packets.result), quiet.variants.star.server.cpu.result], [1_268, null]);
  assert.deepEqual(short(quiet.variants.mesh.server.cpu.result), 0);
  const people = ['a', 'b', 'c'].map((id) => person(id, { path: 'forward', up: 1_382_353, encoders: 3 }));
  const busy = model(costsOf(people, { server: { packets_in: 500, packets_out: 500, bitrate_in: 4_147_059, bitrate_out: 6_000_000, cpu: 0.01 } }));
  assert.equal(busy.basis.packet.measured, true);
  assert.equal(short(busy.variants.star.server.packets.result), 1_000);
  assert.equal(busy.variants.star.server.cpu.result?.value.toFixed(4), '0.0100');
  assert.equal(busy.variants.mix.server.cpu.result, null, 'nobody mixes here');
  const mixed = model(costsOf(people, { server: { packets_in: 500, packets_out: 500, bitrate_in: 4_147_059, bitrate_out: 6_000_000, cpu: 0.01, mix: 0.2 } }));
  const { packets, cpu } = mixed.variants.mix.server;
  const passing = (packets.result?.value ?? NaN) * 0.01 / 1_000;
  assert.equal(cpu.result?.value.toFixed(6), (0.2 + passing).toFixed(6), 'what was measured, and what passing on takes');
});

test('it is told whose uplink would not take it', () => {
  const room = model(costsOf([person('a', { up: 2_000_000, uplink: 1_900_000 }), person('b', { uplink: null }), person('c')]));
  const [ada, bob] = room.people;
  assert.ok(ada && bob);
  assert.deepEqual(TOPOLOGIES.map((topology) => isTooMuch(ada, room.variants[topology])), [true, false, false]);
  assert.equal(isTooMuch(bob, room.variants.mesh), false, 'an unknown one is not blamed');
});

test('a formula is its factors multiplied, and every factor has a letter', () => {
  const { up } = model(mesh(4)).variants.mesh.people.get('p0') ?? assert.fail();
  assert.deepEqual(up.factors.map(({ symbol, amounts }) => [symbol, ...amounts.map(short)]), [['e', 1_000_000], ['n', 3]]);
  assert.equal(short(up.result), 3_000_000);
});

test('what the server says is understood', () => {
  const fixture = JSON.parse(readFileSync(new URL('../../crates/protocol/fixtures/server/costs.json', import.meta.url), 'utf8'));
  const topologies = fixture.valid.map((/** @type {import('../../web/lib/protocol.js').Costs} */ costs) => model(costs).topology);
  assert.deepEqual(topologies, [null, 'hybrid']);
});
