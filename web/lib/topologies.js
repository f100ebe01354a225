import { LAYERS } from './forward-lines.js';

/** @typedef {import('./costs.js').Person} Person */
/** @typedef {import('./costs.js').Basis} Basis */

/**
 * What a room costs as a mesh, a star and a mix: formulas, with the numbers in them. Pure.
 *
 * @typedef {{value: number, least: boolean} | null} Amount `least`: it is more, by something that is not known; null: nothing of
 *   it is known
 * @typedef {'rate' | 'count' | 'factor' | 'bytes' | 'bits' | 'perPacket' | 'cpu'} Unit rates in bit/s
 * @typedef {object} Factor
 * @property {string} symbol such as `e`
 * @property {Unit} unit
 * @property {Amount[]} amounts added up, where they are several
 * @property {boolean} [divides]
 *
 * @typedef {object} Formula factors that are multiplied; without any it is nothing at all
 * @property {Factor[]} factors
 * @property {Unit} unit of the result
 * @property {Amount} result
 *
 * @typedef {'mesh' | 'star' | 'mix'} Topology
 * @typedef {Record<'up' | 'down' | 'encoders' | 'decoders', Formula>} PersonCosts
 * @typedef {Record<'in' | 'out' | 'packets' | 'cpu', Formula>} ServerFormulas
 * @typedef {{topology: Topology, people: Map<string, PersonCosts>, server: ServerFormulas}} Variant
 */

const FULL = /** @type {typeof LAYERS[number]} */ (LAYERS.at(-1)).maxBitrate;

/** What is assumed, for it cannot be measured in this room. */
export const ASSUMED = Object.freeze({
  /** What the smaller sizes of a picture take beside the largest, as a part of that: by the bounds that the client sets. */
  simulcast: LAYERS.reduce((sum, { maxBitrate }) => sum + maxBitrate, 0) / FULL - 1,
  /** What a copy of low rate takes, of a whole one: what a classic participant gets of somebody who is forwarded. */
  low: (LAYERS[0]?.maxBitrate ?? 0) / FULL,
  /** Payload of a packet, in bytes, while the server has none to measure. */
  packet: 1_000,
});

/** The smaller sizes that a camera is sent in beside the largest. */
export const SMALLER = LAYERS.length - 1;

/** @type {Amount} */
const NOTHING = Object.freeze({ value: 0, least: false });

/** @param {Person[]} people @returns {Variant} */
export function mesh(people) {
  const costs = (/** @type {Person} */ person, /** @type {Person[]} */ all) => ({
    up: product('rate', once(person.rate), count('n', person.others)),
    down: received(person, all),
    encoders: product('count', count('p', person.pictures), count('n', person.others)),
    decoders: decoded(person, all),
  });
  const nothing = product('rate');
  const server = { in: nothing, out: nothing, packets: product('count'), cpu: product('cpu') };
  return { topology: 'mesh', people: each(people, costs), server };
}

/** @param {Person[]} people @param {Basis} basis @returns {Variant} */
export function star(people, basis) {
  const ups = people.map(sentInSizes);
  const costs = (/** @type {Person} */ person, /** @type {Person[]} */ all) => ({
    up: sentInSizes(person),
    down: received(person, all),
    encoders: encodedInSizes(person),
    decoders: decoded(person, all),
  });
  const symbol = people.some(({ inSizes }) => inSizes) ? 'Σ e (1 + s)' : 'Σ e';
  const into = product('rate', sum(symbol, 'rate', ups.map(({ result }) => result)));
  const out = product('rate', sum('Σ e n', 'rate', people.map(({ rate, others }) => times(rate, known(others)))));
  const packets = packetsOf(into, out, basis);
  return { topology: 'star', people: each(people, costs), server: { in: into, out, packets, cpu: passedOn(packets, basis) } };
}

/** @param {Person[]} people @param {Basis} basis @returns {Variant} */
export function mix(people, basis) {
  const mixed = { symbol: 'm', unit: /** @type {const} */ ('rate'), amounts: [basis.mixed] };
  const listeners = people.filter((person) => hasCompany(person, people)).length;
  const costs = (/** @type {Person} */ person, /** @type {Person[]} */ all) => ({
    up: product('rate', ...(all.length > 1 ? [once(person.rate)] : [])),
    down: product('rate', ...(hasCompany(person, all) ? [mixed] : [])),
    encoders: product('count', ...(all.length > 1 ? [count('p', person.pictures)] : [])),
    decoders: product('count', count('1', hasCompany(person, all) ? 1 : 0)),
  });
  const alone = people.length < 2;
  const into = product('rate', ...(alone ? [] : [sum('Σ e', 'rate', people.map(({ rate }) => rate))]));
  const out = product('rate', mixed, count('r', listeners));
  const packets = packetsOf(into, out, basis);
  // What decoding and encoding take is measured where it is done, and cannot be told from anything else.
  const unknown = { factors: [], unit: /** @type {const} */ ('cpu'), result: null };
  const mixing = product('cpu', sum('(k c + x)', 'cpu', [passedOn(packets, basis).result, basis.mixing]));
  const cpu = alone ? product('cpu') : basis.mixing ? mixing : unknown;
  return { topology: 'mix', people: each(people, costs), server: { in: into, out, packets, cpu } };
}

/**
 * What goes to a server that chooses for each receiver: the smaller sizes of a camera besides.
 *
 * @param {Person} person
 * @returns {Formula}
 */
function sentInSizes({ rate, inSizes, others }) {
  if (others === 0) return product('rate');
  if (!inSizes) return product('rate', once(rate));
  return product('rate', once(rate), { symbol: '(1 + s)', unit: 'factor', amounts: [known(1 + ASSUMED.simulcast)] });
}

/** @param {Person} person @returns {Formula} */
function encodedInSizes({ pictures, inSizes, others }) {
  if (others === 0) return product('count');
  if (!inSizes) return product('count', count('p', pictures));
  return product('count', sum(`(p + ${SMALLER})`, 'count', [known(pictures), known(SMALLER)]));
}

/** @param {Pick<Person, 'id' | 'receives'>} person @param {Person[]} people */
function received(person, people) {
  return product('rate', ...(person.receives ? [sum('Σ e', 'rate', except(person, people).map(({ rate }) => rate))] : []));
}

/** @param {Pick<Person, 'id' | 'receives'>} person @param {Person[]} people */
function decoded(person, people) {
  const pictures = except(person, people).map((other) => known(other.pictures));
  return product('count', ...(person.receives ? [sum('Σ p', 'count', pictures)] : []));
}

/** What passing on takes of the processor. @param {Formula} packets @param {Basis} basis */
function passedOn({ result }, { perPacket }) {
  return product('cpu', { symbol: 'k', unit: 'count', amounts: [result] }, { symbol: 'c', unit: 'perPacket', amounts: [perPacket] });
}

/**
 * @param {Formula} into
 * @param {Formula} out
 * @param {Basis} basis
 */
function packetsOf(into, out, { packet }) {
  const bits = known(packet.bytes * 8);
  return product('count', sum('(in + out)', 'rate', [into.result, out.result]), { symbol: '(8 b)', unit: 'bits', amounts: [bits], divides: true });
}

/** @param {Pick<Person, 'id' | 'receives'>} person @param {Person[]} people */
function hasCompany(person, people) {
  return person.receives && except(person, people).length > 0;
}

/** @param {Pick<Person, 'id'>} person @param {Person[]} people */
function except({ id }, people) {
  return people.filter((other) => other.id !== id);
}

/**
 * @param {Person[]} people
 * @param {(person: Person, people: Person[]) => PersonCosts} costs
 */
function each(people, costs) {
  return new Map(people.map((person) => [person.id, costs(person, people)]));
}

/** @param {Amount} rate @returns {Factor} */
function once(rate) {
  return { symbol: 'e', unit: 'rate', amounts: [rate] };
}

/** @param {string} symbol @param {number | null} number @returns {Factor} */
function count(symbol, number) {
  return { symbol, unit: 'count', amounts: [known(number)] };
}

/** @param {string} symbol @param {Unit} unit @param {Amount[]} amounts @returns {Factor} */
function sum(symbol, unit, amounts) {
  return { symbol, unit, amounts };
}

/**
 * @param {Unit} unit
 * @param {...Factor} factors
 * @returns {Formula}
 */
function product(unit, ...factors) {
  const values = factors.map(({ amounts, divides }) => {
    const total = amounts.length === 1 ? /** @type {Amount} */ (amounts[0]) : added(amounts);
    return divides ? total && { ...total, value: 1 / total.value } : total;
  });
  const [first = NOTHING, ...rest] = values;
  return { factors, unit, result: rest.reduce(times, first) };
}

/** @param {Amount[]} amounts @returns {Amount} */
function added(amounts) {
  const there = amounts.filter((amount) => amount !== null);
  if (there.length === 0 && amounts.length > 0) return null;
  const value = there.reduce((total, amount) => total + amount.value, 0);
  return { value, least: there.length < amounts.length || there.some(({ least }) => least) };
}

/**
 * Nothing times something unknown is nothing.
 *
 * @param {Amount} one
 * @param {Amount} other
 * @returns {Amount}
 */
function times(one, other) {
  if ((one?.value === 0 && !one.least) || (other?.value === 0 && !other.least)) return NOTHING;
  return one && other && { value: one.value * other.value, least: one.least || other.least };
}

/** @param {number | null} value @returns {Amount} */
export function known(value) {
  return value === null ? null : { value, least: false };
}
