import { CLIENT } from './client.js';
import { platform } from './platform.js';
import { snapshot } from './snapshot.js';

/** @typedef {import('./call.js').Call} Call */
/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */
/** @typedef {import('./stats.js').LegStats} LegStats */
/** @typedef {import('./protocol.js').ServerStats} ServerStats */

/**
 * The call as plain text, in English, for whoever helps. It names no address of anybody, and not the room: its name
 * lets people in.
 *
 * @param {Call} call
 * @param {{now?: Date, platform?: Partial<import('./platform.js').Platform>, server?: ServerStats | null}} [options]
 *   `server`: what a server that forwards said last
 */
export function report(call, { now = new Date(), platform: replaced, server = null } = {}) {
  const { state, ice, signaling, timings, forward, mix } = snapshot(call);
  const { tracks } = call.media;
  const lines = [
    `${CLIENT}, ${now.toISOString()}`,
    platform(replaced).userAgent,
    `call: ${state}, legs: ${ice === 'relay' ? 'relayed only' : 'any'}`,
    `server: ${signaling.state}, ${signaling.reconnects} times lost, ${signaling.resumes} times resumed`,
    ...(forward ? [forwarding(forward)] : []),
    ...(mix.state === 'off' ? [] : [`mix: ${mix.state}, ${mix.reason}, ${size(mix)}, ${mix.frames} frames`]),
    `first times: camera ${ms(timings.camera_ready)}, joined ${ms(timings.joined)}, picture ${ms(timings.first_frame)}`,
    `own camera: ${capture(tracks.camera)}, screen: ${capture(tracks.screen)}, microphone: ${capture(tracks.mic)}`,
    `sent, kbit/s: ${spread(call.history.map(({ up_bps: rate }) => rate / 1_000))}`,
    `received, kbit/s: ${spread(call.history.map(({ down_bps: rate }) => rate / 1_000))}`,
    ...(server ? roomFigures(server) : []),
  ];
  const people = [...call.participants.values()].flatMap((participant) => describe(participant, server));
  return `${[...lines, ...people].join('\n')}\n`;
}

/** @param {ServerStats} stats */
function roomFigures({ estimate, room }) {
  const lost = room.packets_lost === undefined ? '' : `, ${room.packets_lost} lost`;
  return [
    `the server estimates, kbit/s: ${estimate === null ? 'nothing' : round(estimate / 1_000)}`,
    `the room: ${room.publishers} sending, ${room.subscribers} receiving, kbit/s: ${round(room.bitrate_in / 1_000)} in, ${round(room.bitrate_out / 1_000)} out`,
    `  packets: ${room.packets_in} in, ${room.packets_out} out${lost}, key frames asked for: ${room.key_frame_requests}`,
  ];
}

/** @param {import('./snapshot.js').ForwardSnapshot} forward */
function forwarding({ state, connection, rtt_ms: rtt, srtp_cipher: cipher, sending, shown, sound_only: soundOnly }) {
  const rids = sending.map((rid) => rid || 'one size').join(' ') || 'no picture';
  const asked = soundOnly ? 'sound only' : `${shown.length} on screen`;
  return `forwarded: ${state}, connection ${connection}, ${ms(rtt)} to the server, ${cipher ?? 'cipher unknown'}, sending ${rids}, ${asked}`;
}

/**
 * What the server forwards of somebody, by its own account.
 *
 * @param {RemoteParticipant['slots']} slots
 * @param {ServerStats} server
 */
function layers(slots, server) {
  const carried = Object.entries(slots).flatMap(([source, slot]) => {
    const figures = server.slots.find(({ mid }) => mid === slot);
    return figures ? [[source, figures.rid, round(figures.bitrate / 1_000)].filter(Boolean).join(' ')] : [];
  });
  return carried.join(', ') || 'nothing';
}

/**
 * @param {RemoteParticipant} participant
 * @param {ServerStats | null} server
 */
function describe({ name, kind, connected, state, leg, path, forwarded, slots, stats, history }, server) {
  const on = Object.entries(state).filter(([, live]) => live).map(([source]) => source);
  const member = (/** @type {(sample: LegStats) => number | null} */ of) =>
    spread(history.map(of).filter((value) => value !== null));
  return [
    '',
    `${plain(name)}: ${kind}, ${connected ? 'here' : 'away'}, leg ${leg}, ${path ?? 'no path'}`,
    `  on: ${on.join(', ') || 'nothing'}`,
    `  picture: ${size(state.camera ? stats : null)}, screen: ${size(state.screen ? stats?.screen : null)}`,
    `  frames/s: ${member(({ fps }) => fps)}`,
    // A server that forwards is sent everything once: none of it is for one person.
    ...(forwarded ? [] : [`  sent, kbit/s: ${member(({ up_bps: rate }) => rate / 1_000)}`]),
    `  received, kbit/s: ${member(({ down_bps: rate }) => rate / 1_000)}`,
    ...(forwarded && server ? [`  from the server, kbit/s: ${layers(slots, server)}`] : []),
    `  round trip, ms: ${member(({ rtt_ms: rtt }) => rtt)}`,
    `  jitter, ms: ${member(({ jitter_ms: jitter }) => jitter)}`,
    `  lost, %: ${member(({ loss }) => loss * 100)}`,
  ];
}

/** @param {{width: number, height: number} | null | undefined} picture */
function size(picture) {
  return picture?.width ? `${picture.width}x${picture.height}` : 'none';
}

/**
 * Where a minute's values lie.
 *
 * @param {number[]} values
 */
function spread(values) {
  if (values.length === 0) return 'unknown';
  const sorted = [...values].sort((one, other) => one - other);
  const at = (/** @type {number} */ part) => round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
  return `${round(values.at(-1) ?? 0)} now; ${at(0)} least, ${at(0.5)} median, ${at(1)} most in ${values.length} s`;
}

/** @param {MediaStreamTrack | null} track */
function capture(track) {
  if (!track) return 'off';
  const { width = 0, height = 0, frameRate = 0 } = track.getSettings();
  return `${track.enabled ? 'on' : 'muted'}${width > 0 ? ` ${size({ width, height })} at ${round(frameRate)}/s` : ''}`;
}

/** @param {number | null} time */
function ms(time) {
  return time === null ? 'never' : `${Math.round(time)} ms`;
}

/** @param {number} value */
function round(value) {
  return String(Math.round(value * 10) / 10);
}

/** A name is the other person's text: it gets one line. @param {string} name */
function plain(name) {
  return name.replace(/\s+/g, ' ').trim() || 'Guest';
}
