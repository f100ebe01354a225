// English: which way media goes, what that costs, and who decides it.

import { apart, counting } from './counting.js';

/** @type {(count: number, forms: {one: string, other: string}) => string} */
const count = counting('en');

export const enCosts = {
  paths: {
    /** Why a publisher's media takes its path. */
    reason: {
      policy: (/** @type {string} */ name) => `The host has decided which way the media of ${apart(name)} goes.`,
      whip: (/** @type {string} */ name) => `${apart(name)} publishes by WHIP, which goes to the server only.`,
      watched: (/** @type {string} */ name) => `Somebody watches ${apart(name)} by WHEP, which comes from the server only.`,
      'leg-failed': (/** @type {string} */ name) => `A direct connection between ${apart(name)} and somebody else failed.`,
      'room-size': (/** @type {string} */ name) =>
        `More people send than are connected directly here, so ${apart(name)} sends once, to the server.`,
      screen: (/** @type {string} */ name) => `${apart(name)} shares a screen with several people, and sends it once.`,
      uplink: (/** @type {string} */ name) => `The uplink of ${apart(name)} does not carry a copy for everybody.`,
      cpu: (/** @type {string} */ name) => `The computer of ${apart(name)} cannot encode a copy for everybody.`,
      'leg-poor': (/** @type {string} */ name) => `The direct connections of ${apart(name)} lose too much, or take too long.`,
      unreached: (/** @type {string} */ name) => `The server cannot be reached from where ${apart(name)} is.`,
      small: (/** @type {string} */ name) => `Nothing speaks against connecting ${apart(name)} directly any more.`,
    },
  },

  policy: {
    heading: 'How pictures and sound travel',
    options: 'Options',
    auto: 'Automatically',
    only: 'Only directly',
    never: 'Only through the server',
    hints: {
      auto: 'Directly for as long as that is good for the call',
      only: 'The server never sees the media; everybody can learn your address',
      never: 'Nobody learns your address; the server sees the media',
    },
    most: 'Directly, if at most so many send',
    people: (/** @type {number} */ people) => count(people, { one: '1 person', other: '# people' }),
    means: {
      auto: (/** @type {number} */ people) =>
        count(people, {
          one: 'Directly between browsers for as long as that is good for the call and only one sends; otherwise through the server. Whoever is connected directly can learn your address.',
          other:
            'Directly between browsers for as long as that is good for the call and at most # people send; otherwise through the server. Whoever is connected directly can learn your address.',
        }),
      only: 'Only directly between browsers: the server never sees the media. Everybody here can learn your address.',
      never: 'Only through the server: nobody here learns your address; the server sees the media.',
    },
    change: 'Change',
    apply: 'Apply for everybody',
    note: 'It holds from now on, for everybody in the room, and nobody is interrupted.',
  },

  costs: {
    title: (/** @type {string} */ room) => `${room}: costs · visavis`,
    heading: 'What this call costs',
    lead: 'Measured now, and beside it what the same room would cost with other ways for its media.',
    tab: 'Costs',
    connections: 'Connections',
    toCall: 'To the call',
    openPage: 'On a page of its own',
    loading: 'Asking the server…',
    lost: 'The server does not answer. What you see is the last it said. Trying again…',
    empty: 'Nobody is in this room',
    emptyAdvice: 'As soon as somebody joins, this shows what the call costs everybody, and the server.',

    now: 'Now',
    mesh: 'Mesh',
    star: 'Star',
    mix: 'Mix',
    hybrid: 'Hybrid',
    is: {
      mesh: 'Mesh: everybody sends to everybody.',
      star: 'Star: everybody sends once, to the server.',
      hybrid: 'Hybrid: some send to everybody, some once to the server.',
    },
    means: {
      mesh: 'Everybody sends a copy to each of the others. The server has nothing to do.',
      star: 'Everybody sends once, in several sizes. The server passes on to each what fits (SFU).',
      mix: 'Everybody sends once. The server makes one picture of all, and sends that to each (MCU).',
    },

    measured: 'Measured now',
    who: 'Who',
    way: 'Way',
    up: 'Sends',
    down: 'Receives',
    uplink: 'Uplink, est.',
    encoders: 'Encodes',
    decoders: 'Decodes',
    rtt: 'Round trip',
    server: 'Server',
    serverHeading: 'The server, for this room',
    in: 'Comes in',
    out: 'Goes out',
    packets: 'Packets',
    packetsIn: 'Packets in',
    packetsOut: 'Packets out',
    cpu: 'Processor',
    perSecond: (/** @type {string} */ number) => `${number}/s`,
    ofCore: (/** @type {string} */ part) => `${part} of a core`,
    bytes: (/** @type {string} */ number) => `${number} bytes`,
    micros: (/** @type {string} */ number) => `${number} µs`,
    unknown: 'not known',
    silent: {
      classic: (/** @type {string} */ names) => `${names}: a client of the classic protocol says nothing of itself.`,
      whip: (/** @type {string} */ names) => `${names}: a WHIP publisher says nothing of itself.`,
      silent: (/** @type {string} */ names) => `${names}: has not said everything yet, or its browser does not know.`,
    },
    kinds: { classic: 'Classic', whip: 'WHIP' },

    compared: 'The same room, other ways',
    seenFrom: 'Seen from',
    person: (/** @type {string} */ name) => `What it costs ${apart(name)}`,
    encodes: 'Encodes pictures',
    decodes: 'Decodes pictures',
    packetsPerSecond: 'Packets a second',
    tooMuch: (/** @type {string} */ uplink) => `more than the uplink takes: ${uplink}`,
    atLeast: (/** @type {string} */ figure) => `≥ ${figure}`,
    why: {
      rate: 'not known: nothing is sent now, or nobody says how much',
      cpu: 'not known: too little goes through the server now to tell',
      mix: 'not known: what decoding and encoding takes is not measured',
    },

    formulas: 'How it is reckoned',
    formulaOf: {
      up: 'sends',
      down: 'receives',
      encoders: 'encodes',
      decoders: 'decodes',
      in: 'server in',
      out: 'server out',
      packets: 'packets/s, k',
      cpu: 'processor',
    },
    symbols: {
      e: 'picture and sound of one person, once: what they send, divided by the copies that they send now',
      n: 'to how many others that goes',
      p: 'how many pictures they send',
      s: (/** @type {string} */ part) => `the smaller sizes of a camera beside the largest; assumed: ${part} of that`,
      m: 'the mixed picture and sound; assumed: as much as the largest e',
      r: 'how many receive it',
      b: (/** @type {string} */ size) => `payload of a packet, measured: ${size}`,
      bAssumed: (/** @type {string} */ size) => `payload of a packet; assumed, for the server has none to measure: ${size}`,
      c: 'processor time for a packet, measured',
    },
    asIf: 'Clients of the classic protocol connect directly only, and WHIP publishers to a server only: they are reckoned as if they could do both, with one picture each.',
    leastNote: '≥: at least that; of somebody it is not known what they send.',

    switches: 'Switches',
    noSwitches: 'None yet. Everybody is on the way that they began with.',
    outcomes: { open: 'under way', committed: 'done', undone: 'taken back' },
    forced: 'at once, whoever was ready',
    took: (/** @type {string} */ time) => `took ${time}`,
    takes: (/** @type {string} */ time) => `for ${time} now`,
    gap: (/** @type {string} */ name) => `${apart(name)} missed`,
    picture: (/** @type {string} */ time) => `picture ${time}`,
    sound: (/** @type {string} */ time) => `sound ${time}`,
    noGaps: 'Nobody has said yet what they missed.',
    late: (/** @type {string} */ names) => `Not ready in time: ${names}`,
    gone: 'somebody who has left',
    fromTo: (/** @type {string} */ from, /** @type {string} */ to) => `from ${from} to ${to}`,
    ways: { direct: 'direct', forward: 'server' },
  },
};
