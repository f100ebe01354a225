import { ScriptedPeerConnection } from './peer-connection.js';
import { ScriptedSocket, participant, state } from './socket.js';
import { DEFAULT } from '../../../web/lib/plan.js';
import { joinedCall } from './call.js';
import { settle } from './tick.js';

/** Numbers what the server says. */
let seq = 1;

/** @param {object} message from the server, without its number */
export async function say(message) {
  seq += 1;
  ScriptedSocket.last.say({ seq, ...message });
  await settle();
}

/**
 * Which way media goes: by default as in a room of which nothing was decided, and nothing forwarded so far.
 *
 * @param {object} [policy]
 * @param {object} [members]
 * @returns {import('../../../web/lib/protocol.js').Plan}
 */
export function plan(policy = {}, members = {}) {
  const decided = /** @type {import('../../../web/lib/protocol.js').Policy} */ ({ ...DEFAULT.policy, ...policy });
  const [legs, standby] = [decided.direct !== 'never', decided.direct !== 'only'];
  return { ...DEFAULT, version: 1, policy: decided, legs, standby, ...members };
}

/**
 * Somebody native whose camera and microphone are on.
 *
 * @param {string} id
 */
export function live(id) {
  return participant(id, { state: { ...state(), mic: true, camera: true } });
}

/**
 * A call in a room that the server forwards.
 *
 * @param {object} [members] of `joined`
 * @param {object} [options] of the Call
 */
export async function forwardedCall(members = {}, options = {}) {
  seq = 1;
  return joinedCall({ plan: plan({ direct: 'never' }), ...members }, options);
}

/** The server answers the latest offer, and the transport comes up. */
export async function answer() {
  const { id, connection } = latest();
  await say({ type: 'forwarded', re: id, connection, description: { type: 'answer', sdp: 'm=video 9\r\n' } });
  const pc = ScriptedPeerConnection.last;
  pc.become('connected');
  await settle();
  return pc;
}

/** @returns {any} the latest offer to the server */
export function latest() {
  return ScriptedSocket.last.sentOf('forward').at(-1);
}
