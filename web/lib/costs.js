import { ASSUMED, SMALLER, known, mesh, mix, star } from './topologies.js';

/**
 * What a room costs now, as measured, and what the same room would cost if its media went other ways: as a mesh (everybody to
 * everybody), a star (once to a server that passes it on) and a mix (the server makes one picture of all). Pure.
 * How the three are reckoned is in topologies.js.
 */

/** @typedef {import('./protocol.js').Costs} Costs */
/** @typedef {import('./protocol.js').ParticipantCosts} ParticipantCosts */
/** @typedef {import('./protocol.js').ServerCosts} ServerCosts */
/** @typedef {import('./protocol.js').Plan} Plan */
/** @typedef {import('./topologies.js').Amount} Amount */
/** @typedef {import('./topologies.js').Topology} Topology */
/** @typedef {import('./topologies.js').Variant} Variant */

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {ParticipantCosts['kind']} kind
 * @property {ParticipantCosts} now as measured
 * @property {Amount} rate of what they publish, once
 * @property {number | null} pictures that they publish
 * @property {boolean} inSizes whether a server gets the smaller sizes of their camera besides the largest
 * @property {number} others to how many it goes
 * @property {boolean} receives
 * @property {'classic' | 'whip' | 'silent' | null} silent why nothing is known of them
 *
 * @typedef {object} Model
 * @property {'mesh' | 'star' | 'hybrid' | null} topology what the room is now; null while nobody is there
 * @property {Person[]} people
 * @property {Record<'in' | 'out' | 'packets' | 'cpu', Amount>} server as measured
 * @property {Record<Topology, Variant>} variants
 * @property {Basis} basis
 *
 * @typedef {object} Basis what all variants are reckoned with
 * @property {number} simulcast see ASSUMED
 * @property {{bytes: number, measured: boolean}} packet its payload
 * @property {Amount} perPacket processor time, in core-seconds
 * @property {Amount} mixed the rate of a mixed picture
 * @property {Amount} mixing processor time of mixing this room, in cores, where that is done now
 */

/** So many packets in a second are enough to tell from them what a packet is like. */
const ENOUGH_PACKETS = 20;

/**
 * @param {Pick<Costs, 'plan' | 'participants' | 'server'>} costs
 * @returns {Model}
 */
export function model({ plan, participants, server }) {
  const people = peopleOf(participants, plan, server);
  const basis = basisOf(people, server);
  return {
    topology: topologyOf(participants),
    people,
    server: {
      in: known(server.bitrate_in),
      out: known(server.bitrate_out),
      packets: known(server.packets_in + server.packets_out),
      cpu: known(server.cpu + server.mix),
    },
    variants: { mesh: mesh(people), star: star(people, basis), mix: mix(people, basis) },
    basis,
  };
}

/**
 * Whether more would have to be sent than somebody's way out is estimated to take.
 *
 * @param {Person} person
 * @param {Variant} variant
 */
export function isTooMuch({ id, now }, { people }) {
  const up = people.get(id)?.up.result;
  return now.uplink !== null && up !== null && up !== undefined && up.value > now.uplink;
}

/**
 * What the media of a room looks like now.
 *
 * @param {ParticipantCosts[]} participants
 * @returns {Model['topology']}
 */
function topologyOf(participants) {
  const paths = new Set(participants.map(({ path }) => path));
  if (paths.size > 1) return 'hybrid';
  return paths.has('forward') ? 'star' : paths.has('direct') ? 'mesh' : null;
}

/**
 * @param {ParticipantCosts[]} participants
 * @param {Plan | null} plan
 * @param {ServerCosts} server
 * @returns {Person[]}
 */
function peopleOf(participants, plan, server) {
  const people = participants.map((now) => {
    const receives = now.kind !== 'whip';
    const others = participants.filter((other) => other !== now && other.kind !== 'whip').length;
    const inSizes = isInSizes(now);
    const copies = copiesOf(now, inSizes, participants, plan);
    const rate = now.up === null || copies === 0 ? null : known(now.up / copies);
    const { participant: id, name, kind } = now;
    return { id, name, kind, now, rate, pictures: picturesOf(now, others), inSizes, others, receives, silent: silenceOf(now) };
  });
  return people.map((person) => (person.kind === 'whip' ? { ...person, rate: restOf(people, server) } : person));
}

/**
 * How many times over somebody sends what they publish, by the plan: one for each copy in full.
 *
 * @param {ParticipantCosts} now
 * @param {boolean} inSizes
 * @param {ParticipantCosts[]} participants
 * @param {Plan | null} plan
 */
function copiesOf({ participant, path }, inSizes, participants, plan) {
  const others = participants.filter((other) => other.participant !== participant && other.kind !== 'whip');
  const isSwitching = plan?.switches.some(({ publisher }) => publisher === participant) ?? false;
  const direct = path === 'direct' || isSwitching;
  const toServer = path === 'direct' && !isSwitching ? 0 : inSizes ? 1 + ASSUMED.simulcast : 1;
  if (direct) return others.length + toServer;
  const classic = others.filter(({ kind }) => kind === 'classic').length;
  const unreached = others.filter((other) => plan?.unreached.includes(other.participant) && other.kind === 'native').length;
  return toServer + unreached + classic * ASSUMED.low;
}

/**
 * @param {ParticipantCosts} now
 * @param {number} others
 * @returns {number | null}
 */
function picturesOf({ kind, path, encoders }, others) {
  if (kind !== 'native') return 1; // a classic client counts as one whose camera is on, and nobody publishes sound alone by WHIP
  if (encoders === null || encoders === 0) return encoders;
  // Of what is sent to a server, the camera has several sizes.
  return Math.max(1, path === 'direct' ? Math.round(encoders / Math.max(1, others)) : encoders - SMALLER);
}

/**
 * A camera goes to the server in several sizes, if any; while somebody is forwarded it is known how many of them anybody watches.
 *
 * @param {ParticipantCosts} now
 */
function isInSizes({ kind, path, encoders }) {
  if (kind === 'whip' || encoders === 0) return false;
  return path === 'direct' || encoders === null || encoders > 1;
}

/** @param {ParticipantCosts} now @returns {Person['silent']} */
function silenceOf({ kind, up, down, encoders, decoders }) {
  if (kind !== 'native') return kind;
  return [up, down, encoders, decoders].includes(null) ? 'silent' : null;
}

/**
 * Nobody says what WHIP publishers send; it is what the server gets beyond what all others send to it.
 *
 * @param {Person[]} people
 * @param {ServerCosts} server
 * @returns {Amount} for each of them
 */
function restOf(people, server) {
  const publishers = people.filter(({ kind }) => kind === 'whip').length;
  const others = people.filter(({ kind, now }) => kind === 'native' && now.path === 'forward');
  if (others.some(({ now }) => now.up === null)) return null;
  const rest = server.bitrate_in - others.reduce((sum, { now }) => sum + (now.up ?? 0), 0);
  return known(Math.max(0, rest) / publishers);
}

/**
 * @param {Person[]} people
 * @param {ServerCosts} server
 * @returns {Basis}
 */
function basisOf(people, server) {
  const packets = server.packets_in + server.packets_out;
  const measured = packets >= ENOUGH_PACKETS;
  const rates = people.map(({ rate }) => rate);
  const largest = rates.reduce((most, rate) => (rate && rate.value > (most?.value ?? -1) ? rate : most), null);
  return {
    simulcast: ASSUMED.simulcast,
    packet: { measured, bytes: measured ? (server.bitrate_in + server.bitrate_out) / packets / 8 : ASSUMED.packet },
    perPacket: measured && server.cpu > 0 ? known(server.cpu / packets) : null,
    mixed: largest && { ...largest, least: rates.includes(null) },
    mixing: server.mix > 0 ? known(server.mix) : null,
  };
}

