import { DEFAULT, Paths } from './plan.js';
import { DEFAULT_RULES } from './policy.js';

/**
 * The state of a call as one JSON value: for support, who can ask for it, and for tests. Members are only ever added;
 * `version` changes if one changes its meaning.
 *
 * @typedef {object} Snapshot
 * @property {1} version
 * @property {string | null} room null before a call
 * @property {string | null} participant this side's id, null before the server has given one
 * @property {boolean} host whether this side may decide what holds in the room
 * @property {import('./call.js').CallState} state
 * @property {RTCIceTransportPolicy} ice `relay` if the address asks for relayed legs only
 * @property {ParticipantSnapshot[]} participants everybody else
 * @property {{mic: boolean, camera: boolean, screen: boolean}} local which own sources are live
 * @property {{state: string, reconnects: number, resumes: number}} signaling how often the connection to the server was
 *   lost and made again, and how often nothing was lost with it
 * @property {{camera_ready: number | null, joined: number | null, first_frame: number | null}} timings milliseconds
 *   since the page was opened: the own camera, the server's answer, the first picture of anybody else
 * @property {SwitchSnapshot[]} switches changes of paths as they were seen from here, oldest first
 * @property {'direct' | 'forward'} path of this side's own media
 * @property {import('./protocol.js').Reason} reason why it is that one
 * @property {import('./protocol.js').Plan} plan what the server has decided about everybody's
 * @property {MixSnapshot} mix of the room, as it is received here
 * @property {boolean} recording whether the room is being recorded
 * @property {import('./recordings.js').Recording[]} recordings of the room, oldest first, with the keys to them; empty unless this side is
 *   a host
 * @property {import('./protocol.js').Rules} rules what guests may do in the room, who are those that are no hosts
 * @property {import('./protocol.js').Knock[]} knocks who waits to be let in, longest first; empty unless this side is a host
 * @property {{host: boolean} | null} waiting while this side waits to be let in: whether a host is there who could do that
 * @property {ForwardSnapshot | null} forward the connection with the server, used or not; null where the room wants none
 *
 * @typedef {object} SwitchSnapshot
 * @property {number} id
 * @property {string} publisher an id
 * @property {'direct' | 'forward'} from
 * @property {'direct' | 'forward'} to
 * @property {boolean} forced
 * @property {import('./protocol.js').Reason} reason
 * @property {'open' | 'committed' | 'undone'} outcome
 * @property {number | null} taken_ms from its beginning until the new path was shown and heard here; null if it never was
 * @property {number | null} took_ms until its end
 * @property {number | null} picture_ms for how long the picture stood still beyond its usual time between two frames
 * @property {number | null} sound_ms for how long the sound was missing
 *
 * @typedef {object} MixSnapshot
 * @property {boolean} wanted whether the person wants it
 * @property {import('./mixing.js').MixState} state how far this side has got with it
 * @property {import('./protocol.js').MixReason | null} reason why it is received, or was last
 * @property {number} frames of its picture decoded so far, since it was asked for
 * @property {{packets: number, energy: number}} audio received so far, as of a participant
 * @property {number} width of its picture in pixels, 0 while there is none
 * @property {number} height
 * @property {Partial<Record<import('./protocol.js').Source, string>>} slots the mids that carry it
 *
 * @typedef {object} ForwardSnapshot
 * @property {number} connection how many there were, the present one included
 * @property {import('./peer.js').Leg} state
 * @property {boolean} used whether this side sends its media there
 * @property {number} video_slots how many pictures can be received
 * @property {import('./protocol.js').ShownItem[]} shown what is on screen
 * @property {boolean} sound_only
 * @property {Partial<Record<import('./protocol.js').Source, string[]>>} wanted the rids that somebody watches
 * @property {string[]} sending the rids that pictures leave in
 * @property {string | null} speaker
 * @property {string[]} loudest
 * @property {string | null} srtp_cipher null where the browser does not say
 * @property {number | null} rtt_ms to the server
 *
 * @typedef {object} ParticipantSnapshot
 * @property {string} id
 * @property {string} name
 * @property {import('./protocol.js').ParticipantKind} kind
 * @property {boolean} connected whether the server has a connection to them
 * @property {import('./protocol.js').State} state what they say is live
 * @property {import('./peer.js').Leg} leg
 * @property {'direct' | 'relayed' | 'forward' | 'mix' | null} path from which they are seen and heard here; null until it is known
 * @property {'direct' | 'forward'} planned the path that the server's plan gives them
 * @property {import('./protocol.js').Reason} reason why it is that one
 * @property {{camera: number, screen: number}} frames decoded so far, of all paths
 * @property {{packets: number, energy: number}} audio received so far, of all paths; energy as totalAudioEnergy
 * @property {number | null} rtt_ms
 * @property {number} width of the camera's picture in pixels, 0 while there is none
 * @property {number} height
 * @property {{width: number, height: number}} screen the same of the shared screen
 * @property {Partial<Record<import('./protocol.js').Source, string>>} slots the mids that carry what the server forwards
 */

/**
 * @param {import('./call.js').Call | null} call null before there is one
 * @returns {Snapshot}
 */
export function snapshot(call) {
  return {
    version: 1,
    room: call?.room ?? null,
    participant: call?.self.id || null,
    host: call?.self.host ?? false,
    state: call?.state ?? 'new',
    ice: call?.ice ?? 'all',
    participants: [...(call?.participants.values() ?? [])].map((one) => participantSnapshot(one, call?.paths ?? new Paths())),
    local: {
      mic: call?.media.isLive('mic') ?? false,
      camera: call?.media.isLive('camera') ?? false,
      screen: call?.media.isLive('screen') ?? false,
    },
    signaling: call?.signaling ?? { state: 'new', reconnects: 0, resumes: 0 },
    timings: {
      camera_ready: call?.media.cameraReadyAt ?? null,
      joined: call?.timings.joined ?? null,
      first_frame: call?.timings.first_frame ?? null,
    },
    switches: (call?.switches ?? []).map(switchSnapshot),
    path: call?.paths.of(call.self.id) ?? 'direct',
    reason: call?.paths.why(call.self.id) ?? 'small',
    plan: call?.paths.plan ?? DEFAULT,
    mix: mixSnapshot(call),
    recording: call?.paths.plan.recording ?? false,
    recordings: (call?.recordings ?? []).map((recording) => ({ ...recording })),
    rules: call?.rules ?? DEFAULT_RULES,
    knocks: (call?.knocks ?? []).map((knock) => ({ ...knock })),
    waiting: call?.waiting ?? null,
    forward: call?.forwarding ? forwardSnapshot(call.forwarding) : null,
  };
}

/**
 * @param {import('./switching.js').Record} record
 * @returns {SwitchSnapshot}
 */
function switchSnapshot({ id, publisher, from, to, forced, reason, outcome, began, taken, ended, picture, sound }) {
  const since = (/** @type {number | null} */ time) => (time === null ? null : Math.round(time - began));
  const measured = { taken_ms: since(taken), took_ms: since(ended), picture_ms: picture, sound_ms: sound };
  return { id, publisher, from, to, forced, reason, outcome, ...measured };
}

/**
 * @param {import('./call.js').Call | null} call
 * @returns {MixSnapshot}
 */
function mixSnapshot(call) {
  const { stats = null, slots = {} } = call?.mixing.participant ?? {};
  return {
    wanted: call?.wantsMix ?? false,
    state: call?.mixing.state ?? 'off',
    reason: call?.mixing.reason ?? null,
    frames: stats?.frames_decoded.camera ?? 0,
    audio: { packets: stats?.audio_packets ?? 0, energy: stats?.audio_energy ?? 0 },
    width: stats?.width ?? 0,
    height: stats?.height ?? 0,
    slots: { ...slots },
  };
}

/**
 * @param {import('./forward.js').Forwarding} forwarding
 * @returns {ForwardSnapshot}
 */
function forwardSnapshot({ connection, shown, soundOnly, speaker, loudest, stats }) {
  return {
    connection: connection.number,
    state: connection.state,
    used: connection.sending,
    video_slots: connection.videoSlots,
    shown: [...shown],
    sound_only: soundOnly,
    wanted: Object.fromEntries(connection.wanted),
    sending: stats?.sending ?? [],
    speaker,
    loudest: [...loudest],
    srtp_cipher: stats?.srtp_cipher ?? null,
    rtt_ms: stats?.rtt_ms ?? null,
  };
}

/**
 * @param {import('./call.js').RemoteParticipant} participant
 * @param {Paths} paths
 * @returns {ParticipantSnapshot}
 */
function participantSnapshot({ id, name, kind, connected, state, leg, path, slots, stats }, paths) {
  return {
    id,
    name,
    kind,
    connected,
    state: { ...state },
    leg,
    path,
    planned: paths.of(id),
    reason: paths.why(id),
    frames: stats?.frames_decoded ?? { camera: 0, screen: 0 },
    audio: { packets: stats?.audio_packets ?? 0, energy: stats?.audio_energy ?? 0 },
    rtt_ms: stats?.rtt_ms ?? null,
    width: stats?.width ?? 0,
    height: stats?.height ?? 0,
    screen: { width: stats?.screen.width ?? 0, height: stats?.screen.height ?? 0 },
    slots: { ...slots },
  };
}
