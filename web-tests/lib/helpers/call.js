import { mock } from 'node:test';
import { Call } from '../../../web/lib/call.js';
import { ScriptedMedia } from './media.js';
import { PeerConnectionClass, ScriptedPeerConnection, StreamClass } from './peer-connection.js';
import { ScriptedSocket, SocketClass, joined, welcome } from './socket.js';
import { settle } from './tick.js';

/** What time it is, in milliseconds. */
const clock = { now: 0 };

/**
 * Time goes on, and with it what waits for it.
 *
 * @param {number} milliseconds
 */
export async function pass(milliseconds) {
  for (let passed = 0; passed < milliseconds; passed += 20) {
    clock.now += 20;
    mock.timers.tick(20);
    await settle();
  }
}

/** Forgets what earlier tests have made, and stops the clock. */
export function reset() {
  ScriptedSocket.opened = [];
  ScriptedPeerConnection.made = [];
  ScriptedPeerConnection.refused = new Set();
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
}

/** A call that is not joined yet, and what it emits. @param {object} [options] */
export function makeCall(options = {}) {
  const media = new ScriptedMedia();
  const window = new EventTarget();
  const call = new Call({
    url: 'ws://host/ws',
    room: 'r',
    name: 'Ada',
    media: /** @type {any} */ (media),
    ...options,
    platform: {
      WebSocket: SocketClass,
      RTCPeerConnection: PeerConnectionClass,
      MediaStream: StreamClass,
      videoCodecs: () => ['VP8', 'rtx', 'AV1'].map((name) => ({ mimeType: `video/${name}`, clockRate: 90_000 })),
      window,
      connection: undefined,
      fetch: async () => new Response('', { status: 500 }),
      random: () => 0,
      now: () => clock.now,
    },
  });
  /** @type {Record<'states' | 'people' | 'errors' | 'reactions' | 'muted' | 'asked' | 'knocks', any[]>} */
  const log = { states: [], people: [], errors: [], reactions: [], muted: [], asked: [], knocks: [] };
  call.on('state', ({ state, reason }) => log.states.push(reason ? [state, reason] : state));
  call.on('participants', ({ type, participant }) => log.people.push([type, participant.id]));
  call.on('reaction', ({ emoji }) => log.reactions.push(emoji));
  call.on('error', ({ code }) => log.errors.push(code));
  call.on('muted', (muted) => log.muted.push(muted));
  call.on('asked', (asked) => log.asked.push(asked));
  call.on('knocks', () => log.knocks.push(call.knocks.map(({ id }) => id)));
  return { call, media, window, log };
}

/**
 * A call that the server has let in.
 *
 * @param {object} [members] of `joined`
 * @param {object} [options] of the Call
 */
export async function joinedCall(members = {}, options = {}) {
  const made = makeCall(options);
  const joining = made.call.join();
  ScriptedSocket.last.accept().say(welcome()).say(joined(members));
  await joining;
  await settle();
  return made;
}

/**
 * Comes back on a new connection after the present one was lost.
 *
 * @param {object} members of the welcome
 */
export async function comeBack(members) {
  ScriptedSocket.last.lose(1012);
  mock.timers.tick(500);
  ScriptedSocket.last.accept().say(welcome(members));
  await settle();
  return ScriptedSocket.last;
}

/** Makes a scripted leg healthy: its offer answered, its transport up. @param {string} id @param {number} seq */
export async function connectLeg(id, seq) {
  const pc = ScriptedPeerConnection.last;
  const sdp = pc.localDescription.sdp;
  ScriptedSocket.last.say({ type: 'description', seq, from: id, description: { type: 'answer', sdp } });
  await settle();
  pc.become('connected');
  await settle();
  return pc;
}
