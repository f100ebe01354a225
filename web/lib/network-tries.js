import { CLIENT } from './client.js';
import { towardsServer } from './ice.js';
import { withEssentials } from './sdp.js';
import { Signaling } from './signaling.js';
import { selectedPair } from './stats.js';

/** @typedef {import('./platform.js').Platform} Platform */
/** @typedef {'udp' | 'tcp' | 'tls'} Transport */

/**
 * What came of one try.
 *
 * @typedef {object} Result
 * @property {'trying' | 'works' | 'blocked' | 'absent' | 'untried'} state `absent`: the server does not offer it;
 *   `untried`: what it takes to try it was missing
 * @property {number | null} ms until the answer, or the connection, was there
 * @property {Transport | null} [via] how it got through, where that is not settled beforehand
 */

/**
 * @typedef {object} Tools of one try
 * @property {Platform} platform
 * @property {<T extends {close(): void}>(opened: T) => T} use what is opened with it is closed when the try ends, however it does
 * @property {(late: Result) => void} expect what it means if nothing more comes
 */

/** @type {Readonly<Record<Result['state'], Result>>} */
export const PLAIN = Object.freeze({
  trying: { state: 'trying', ms: null },
  works: { state: 'works', ms: null },
  blocked: { state: 'blocked', ms: null },
  absent: { state: 'absent', ms: null },
  untried: { state: 'untried', ms: null },
});

/**
 * Gives a try its time. One that fails, is late or is given up leaves nothing open.
 *
 * @param {object} options
 * @param {number} options.patience milliseconds
 * @param {AbortSignal} options.signal gives it up
 * @param {Platform} options.platform
 * @param {(tools: Tools) => Promise<Result>} run
 * @returns {Promise<Result>} `trying` if it was given up
 */
export function attempt({ patience, signal, platform }, run) {
  return new Promise((resolve) => {
    let late = PLAIN.blocked;
    let over = signal.aborted;
    /** @type {{close(): void}[]} */ const opened = [];
    const end = (/** @type {Result} */ result) => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      for (const one of opened.splice(0)) one.close();
      resolve(result);
    };
    const giveUp = () => end(PLAIN.trying);
    const timer = setTimeout(() => end(late), patience);
    if (over) return giveUp();
    signal.addEventListener('abort', giveUp);
    const tools = {
      platform,
      use: (/** @type {any} */ one) => {
        if (over) one.close();
        else opened.push(one);
        return one;
      },
      expect: (/** @type {Result} */ result) => (late = result),
    };
    run(tools).then(end, () => end(late));
  });
}

/**
 * A question to the server and its answer, by way of the WebSocket.
 *
 * @param {string} url
 * @param {string} room that nobody is in
 * @param {Tools} tools
 */
export async function trySignaling(url, room, { platform, use }) {
  const signaling = use(new Signaling(url, { client: CLIENT, platform }));
  const greeted = new Promise((resolve) => signaling.on('welcome', resolve));
  signaling.open();
  await greeted;
  const began = platform.now();
  await signaling.request({ type: 'peek', room });
  return { ...PLAIN.works, ms: platform.now() - began };
}

/**
 * Whether the server says where we are, over UDP. A browser that knows that address already, because there is no NAT, does not
 * say it again: then gathering ends without a complaint, which it otherwise does after many seconds and with one; and nobody can
 * tell when the answer came.
 *
 * @param {RTCIceServer} server
 * @param {Tools} tools
 * @returns {Promise<Result>}
 */
export async function tryStun(server, { platform, use, expect }) {
  expect(PLAIN.untried); // the browser may not take its address
  const pc = use(new platform.RTCPeerConnection({ iceServers: [server] }));
  expect(PLAIN.blocked);
  const began = platform.now();
  /** @type {Promise<number | null>} */
  const answered = new Promise((resolve, reject) => {
    let udp = false;
    let complained = false;
    pc.onicecandidateerror = () => (complained = true);
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.type === 'srflx') resolve(platform.now() - began);
      udp ||= candidate?.protocol === 'udp';
      if (candidate === null) (udp && !complained ? resolve : reject)(null);
    };
  });
  pc.createDataChannel('');
  const [ms] = await Promise.all([answered, pc.setLocalDescription()]);
  return { ...PLAIN.works, ms };
}

/**
 * A message from one end of the page to the other and back, through relays that both ends have asked this server for.
 *
 * @param {RTCIceServer} server
 * @param {Tools} tools
 * @returns {Promise<Result>}
 */
export async function tryRelay(server, { platform, use, expect }) {
  expect(PLAIN.untried);
  /** @type {RTCConfiguration} */ const configuration = { iceServers: [server], iceTransportPolicy: 'relay' };
  const near = use(new platform.RTCPeerConnection(configuration));
  const far = use(new platform.RTCPeerConnection(configuration));
  expect(PLAIN.blocked);
  const answered = echo(near, far, platform.now);
  const ms = await Promise.race([introduce(near, far).then(() => answered), pass(near, far), pass(far, near)]);
  return { ...PLAIN.works, ms };
}

/**
 * A connection with the server's media port, made as in a room whose media it forwards; so it is made in a room, of whose name
 * nobody knows, and which ends by itself.
 *
 * @param {{url: string, room: string, ice: import('./ice.js').IceServers}} server
 * @param {Tools} tools
 * @returns {Promise<Result>}
 */
export async function tryForward({ url, room, ice }, { platform, use, expect }) {
  expect(PLAIN.untried);
  const signaling = use(new Signaling(url, { client: CLIENT, platform }));
  signaling.open();
  await signaling.request({ type: 'join', room, name: '' });
  const pc = use(ice.use((servers) => new platform.RTCPeerConnection({ iceServers: towardsServer(servers, 'all') })));
  const up = connected(pc);
  pc.addTransceiver('audio', { direction: 'recvonly' });
  await pc.setLocalDescription();
  const { type, sdp } = /** @type {RTCSessionDescription} */ (pc.localDescription);
  const description = { type, sdp: withEssentials(sdp) };
  const reply = await signaling.request({ type: 'forward', connection: 1, description, sources: {} });
  if (reply?.type !== 'forwarded') return PLAIN.untried;
  expect(PLAIN.blocked);
  const began = platform.now();
  await Promise.all([up, pc.setRemoteDescription(/** @type {RTCSessionDescriptionInit} */ (reply.description))]);
  return { state: 'works', ms: platform.now() - began, via: await transport(pc) };
}

/** @param {RTCPeerConnection} pc */
function connected(pc) {
  return new Promise((resolve, reject) => {
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === 'connected') resolve(null);
      if (pc.connectionState === 'failed') reject(new Error('no way'));
    };
  });
}

/**
 * @param {RTCPeerConnection} pc that is connected
 * @returns {Promise<Transport | null>} null where the browser does not say it
 */
async function transport(pc) {
  const report = await pc.getStats();
  const pair = selectedPair(report, [...report.values()]);
  const local = /** @type {any} */ (pair && report.get(pair.localCandidateId));
  return local?.relayProtocol ?? local?.protocol ?? null;
}

/**
 * @param {RTCPeerConnection} near sends a message as soon as it can
 * @param {RTCPeerConnection} far sends it back
 * @param {() => number} now
 * @returns {Promise<number>} the milliseconds that takes
 */
function echo(near, far, now) {
  far.ondatachannel = ({ channel }) => (channel.onmessage = ({ data }) => channel.send(data));
  const channel = near.createDataChannel('');
  return new Promise((resolve) => {
    channel.onopen = () => {
      const began = now();
      channel.onmessage = () => resolve(now() - began);
      channel.send('there and back');
    };
  });
}

/**
 * @param {RTCPeerConnection} near
 * @param {RTCPeerConnection} far
 */
async function introduce(near, far) {
  await near.setLocalDescription();
  await far.setRemoteDescription(/** @type {RTCSessionDescription} */ (near.localDescription));
  await far.setLocalDescription();
  await near.setRemoteDescription(/** @type {RTCSessionDescription} */ (far.localDescription));
}

/**
 * Passes the candidates of one on to the other. Rejects once it is clear that there are none, and otherwise says nothing.
 *
 * @param {RTCPeerConnection} from
 * @param {RTCPeerConnection} to
 * @returns {Promise<never>}
 */
function pass(from, to) {
  return new Promise((_, reject) => {
    let none = true;
    from.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) {
        none = false;
        to.addIceCandidate(candidate).catch(() => {}); // of several ones another may do
      } else if (candidate === null && none) reject(new Error('no relay'));
    };
  });
}
