/** @typedef {import('./network-test.js').Results} Results */
/** @typedef {import('./network-test.js').Line} Line */

/**
 * What calls will be like.
 *
 * @typedef {object} Verdict
 * @property {'direct' | 'server' | 'tcp' | 'forward' | 'text' | 'none'} calls `direct`: the direct way is open, as far as it
 *   depends on this side; `server`: over UDP by way of the server; `tcp`: the same over TCP or TLS; `forward`: only where the
 *   server forwards; `text`: no sound and no picture; `none`: no call begins
 * @property {Note[]} notes what is in the way, and what can be done, in this order
 */
/**
 * `noUdp`: nothing came over UDP; `onlyTls`: of relays only the one over TLS works; `noRelay`: of relays none; `noForward`: the
 * server's media port is not reached; `noTls`: the server does not offer what might have got through; `otherNetwork`: only another
 * network helps; `proxy`: media gets through, and the WebSocket does not; `untried`: not all could be tried
 *
 * @typedef {'noUdp' | 'onlyTls' | 'noRelay' | 'noForward' | 'noTls' | 'otherNetwork' | 'proxy' | 'untried'} Note
 */

/** @type {readonly Line[]} */
const RELAYS = ['udp', 'tcp', 'tls'];

/**
 * What follows from what was found. Pure.
 *
 * @param {Results} results of a test that is done
 * @returns {Verdict}
 */
export function verdict(results) {
  const is = (/** @type {import('./network-tries.js').Result['state']} */ state) => (/** @type {Line} */ line) => results[line].state === state;
  const [works, blocked, untried] = [is('works'), is('blocked'), is('untried')];
  const relay = RELAYS.some(works);
  const udp = works('stun') || works('udp') || (works('forward') && results.forward.via === 'udp');
  const media = relay || udp || works('forward');
  const calls = callsOf({ signaling: works('signaling'), stun: works('stun'), udp: works('udp'), relay, forward: works('forward') });
  const lines = /** @type {Line[]} */ (Object.keys(results));
  /** @type {[Note, boolean][]} */
  const notes = [
    ['noUdp', !udp && calls !== 'none' && (blocked('stun') || blocked('udp'))],
    ['onlyTls', works('tls') && blocked('tcp') && !udp],
    ['noRelay', !relay && RELAYS.some(blocked) && (calls === 'direct' || calls === 'forward')],
    ['noForward', blocked('forward') && (calls === 'direct' || calls === 'server' || calls === 'tcp')],
    ['noTls', calls === 'text' && results.tls.state === 'absent'],
    ['proxy', calls === 'none' && media],
    ['otherNetwork', calls === 'text' || (calls === 'none' && !media)],
    ['untried', calls !== 'none' && lines.some(untried)],
  ];
  return { calls, notes: notes.filter(([, holds]) => holds).map(([note]) => note) };
}

/**
 * @param {Record<'signaling' | 'stun' | 'udp' | 'relay' | 'forward', boolean>} works
 * @returns {Verdict['calls']}
 */
function callsOf({ signaling, stun, udp, relay, forward }) {
  if (!signaling) return 'none';
  if (stun) return 'direct';
  if (udp) return 'server';
  if (relay) return 'tcp';
  return forward ? 'forward' : 'text';
}
