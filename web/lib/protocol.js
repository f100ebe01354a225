/**
 * The signaling protocol's words: constants, and the type of every message of docs/protocol.md. No behaviour.
 */

/** The version spoken here. */
export const PROTOCOL = 1;

/** The sources of a participant, in the order of their m-lines. */
export const SOURCES = /** @type {const} */ (['mic', 'camera', 'screen', 'screen_audio']);

/** What a classic participant takes part with, in the order of its m-lines. */
export const CLASSIC_SOURCES = /** @type {const} */ (['mic', 'camera']);

/** The kind of media that each source is. */
export const KIND = /** @type {const} */ ({ mic: 'audio', camera: 'video', screen: 'video', screen_audio: 'audio' });

/** What the mix of a room goes by, as if it were a participant. */
export const MIX = 'mix';

/** Sizes in bytes of UTF-8, counts, and times in milliseconds. */
export const LIMITS = Object.freeze({
  frame: 65_536,
  client: 64,
  room: 128,
  name: 128,
  chat: 4_096,
  chatKept: 200,
  candidates: 50,
  ackAfterMessages: 32,
  ackAfterMs: 5_000,
  pingAfterMs: 10_000,
  deadAfterPingMs: 5_000,
  shown: 64,
});

/** The close codes that the client tells apart. */
export const CLOSE = Object.freeze({
  normal: 1000,
  protocolError: 1002,
  notText: 1003,
  notUtf8: 1007,
  tooManyErrors: 1008,
  tooLarge: 1009,
  restart: 1012,
  tryLater: 1013,
  unsupportedProtocol: 4000,
  helloMissing: 4001,
  tooSlow: 4002,
  resumedElsewhere: 4003,
  silent: 4004,
  removed: 4005,
});

/** A refusal by the server, or the end of the session that a request belonged to. */
export class ProtocolError extends Error {
  /**
   * @param {string} code a code of docs/protocol.md; or `void` (the session that the request belonged to is over),
   *   `closed` (the connection is closed for good), `overloaded` (too much is waiting for the connection)
   * @param {string} message a sentence for a person, in English
   */
  constructor(code, message) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
  }
}

/**
 * @typedef {'mic' | 'camera' | 'screen' | 'screen_audio'} Source
 * @typedef {{mic: boolean, camera: boolean, screen: boolean, screen_audio: boolean, hand: boolean}} State
 * @typedef {'native' | 'classic' | 'whip'} ParticipantKind `whip`: publishes through the server, and has no signaling
 * @typedef {{id: string, name: string, kind: ParticipantKind, host: boolean, connected: boolean, state: State}}
 *   ParticipantInfo
 * @typedef {'direct' | 'forward'} Path how a publisher's media reaches the others: from browser to browser, or through the server
 * @typedef {{direct: 'auto' | 'only' | 'never', mix: 'allowed' | 'never', direct_max: number, rules?: Rules}} Policy what the host
 *   has decided; `rules` where they are not those that hold by themselves
 * @typedef {'open' | 'knock' | 'closed'} Entry who may come in: everybody, whom a host lets in, nobody but hosts
 * @typedef {{entry: Entry, mic: boolean, camera: boolean, screen: boolean, chat: boolean}} Rules what guests may do, who are those
 *   that are no hosts; `screen` with its sound
 * @typedef {{mic: boolean, camera: boolean, screen: boolean}} Switches sources that somebody else switches; `screen` with its sound
 * @typedef {'policy' | 'rules' | 'whip' | 'watched' | 'mixed' | 'leg-failed' | 'room-size' | 'screen' | 'uplink' | 'cpu' | 'leg-poor'
 *   | 'unreached' | 'small'} Reason why a publisher's media takes the path that it takes
 * @typedef {{id: number, publisher: string, from: Path, to: Path, forced: boolean, reason: Reason}} Switch
 * @typedef {{version: number, policy: Policy, legs: boolean, standby: boolean,
 *   forwarded: {participant: string, reason: Reason}[], switches: Switch[], unreached: string[],
 *   mix: 'off' | 'on' | 'busy', mixed: {participant: string, reason: MixReason}[], recording: boolean, tracks?: boolean}} Plan `mixed`: who is to
 *   receive the mix; `recording`: whether the room is being recorded; `tracks`: and what each sends as well
 * @typedef {'choice' | 'decoder' | 'downlink'} MixReason they want it, their decoder does not keep up, or the way to them does not
 *   carry everybody's pictures
 * @typedef {{participant: string, state: 'connecting' | 'direct' | 'relayed' | 'failed', rtt?: number, loss?: number,
 *   fps?: number}} LegFacts
 * @typedef {{participant: string, source: 'camera' | 'screen', width: number, height: number}} ShownItem a picture that
 *   is on screen, in device pixels
 * @typedef {{mid: string, participant: string, source: Source}} SlotItem what a receive m-line carries
 * @typedef {{id: number, from: string, name: string, text: string, time: number}} ChatMessage `time` in milliseconds
 *   since the epoch, by the server's clock
 * @typedef {{type: RTCSdpType, sdp?: string}} Description
 * @typedef {{id: string, key: string, began: number, state: 'running' | 'done' | 'failed', seconds: number | null,
 *   bytes: number | null, problem: string | null, parts?: RecordingPart[]}} RecordingInfo `key`: what it is handed out for; `failed`:
 *   there is nothing; `problem`: why it did not begin, or ended before it was to, for a person, in English; `parts`: what each person sent
 * @typedef {{id: string, key: string, name: string, screen: boolean, bytes: number | null}} RecordingPart `bytes`: once it has ended;
 *   `screen`: of their screen, and not of their camera and microphone
 */

/**
 * From the client; `id` is filled in on sending.
 *
 * @typedef {{type: 'hello', protocol: number, client: string, resume?: string, last_seq?: number,
 *   path?: Path}} HelloMessage
 * @typedef {{type: 'join', room: string, name: string, host_key?: string, token?: string, state?: Partial<State>,
 *   policy?: Partial<Policy>}} JoinMessage
 * @typedef {{type: 'leave'}} LeaveMessage
 * @typedef {{type: 'description', to: string, description: Description}} DescriptionMessage
 * @typedef {{type: 'candidate', to: string, candidate: RTCIceCandidateInit | null}} CandidateMessage
 * @typedef {{type: 'state', state: Partial<State>}} StateMessage
 * @typedef {{type: 'chat', text: string}} ChatRequest
 * @typedef {{type: 'react', emoji: string}} ReactMessage
 * @typedef {{type: 'peek', room: string}} PeekMessage
 * @typedef {{type: 'forward', connection: number, description: Description, sources: Partial<Record<Source, string>>}}
 *   ForwardMessage `connection` counts this side's peer connections with the server; `sources`: which mid sends what
 * @typedef {{type: 'shows', items: ShownItem[], mix?: boolean}} ShowsMessage
 * @typedef {{type: 'stats'}} StatsMessage
 * @typedef {{type: 'policy', policy: Policy}} PolicyMessage
 * @typedef {{type: 'record', on: boolean, tracks?: boolean}} RecordMessage `tracks`: what each person sends is kept as well
 * @typedef {{type: 'mute', participant?: string} & Partial<Switches>} MuteMessage no `participant`: all guests
 * @typedef {{type: 'ask', participant: string, mic?: boolean, camera?: boolean}} AskMessage
 * @typedef {{type: 'remove' | 'appoint', participant: string}} PersonMessage
 * @typedef {{type: 'admit', participant: string, on: boolean}} AdmitMessage
 * @typedef {{type: 'end'}} EndMessage
 * @typedef {{type: 'facts', uplink?: number, up?: number, down?: number, encoders?: number, decoders?: number, rtt?: number,
 *   limited?: 'none' | 'cpu' | 'bandwidth', device?: 'desktop' | 'phone', mix?: boolean, undecoded?: number,
 *   legs?: LegFacts[]}} FactsMessage
 * @typedef {{type: 'stalled', publisher: string}} StalledMessage
 * @typedef {{type: 'switch-ready', switch: number}} SwitchReadyMessage
 * @typedef {{type: 'switch-gap', switch: number, picture?: number, sound?: number}} SwitchGapMessage in milliseconds
 * @typedef {{type: 'costs', room: string}} CostsMessage
 * @typedef {{type: 'ack', seq: number}} AckMessage
 * @typedef {{type: 'ping', time: number}} PingMessage
 * @typedef {JoinMessage | LeaveMessage | DescriptionMessage | CandidateMessage | StateMessage | ChatRequest
 *   | ReactMessage | PeekMessage | ForwardMessage | ShowsMessage | StatsMessage | PolicyMessage | RecordMessage
 *   | MuteMessage | AskMessage | PersonMessage | AdmitMessage | EndMessage | FactsMessage | StalledMessage | SwitchReadyMessage
 *   | SwitchGapMessage | CostsMessage} ClientMessage
 */

/**
 * From the server.
 *
 * @typedef {{type: 'welcome', protocol: number, server: string, participant: string, room: string | null,
 *   resumed: boolean, last_id: number, ice_servers: RTCIceServer[], ice_ttl: number, time: number}} Welcome
 * @typedef {{type: 'joined', seq: number, re?: number, room: string, participant: string, resume: string,
 *   host: boolean, host_key?: string, settling?: number, participants: ParticipantInfo[], chat: ChatMessage[],
 *   plan?: Plan}} Joined
 * @typedef {{type: 'left', seq: number, re: number}} Left
 * @typedef {{type: 'participant-joined', seq: number, participant: ParticipantInfo}} ParticipantJoined
 * @typedef {{type: 'participant-changed', seq: number, participant: ParticipantInfo}} ParticipantChanged
 * @typedef {{type: 'participant-left', seq: number, participant: string, reason: 'left' | 'lost' | 'removed'}} ParticipantLeft
 * @typedef {{type: 'description', seq: number, from: string, description: Description}} DescriptionFrom
 * @typedef {{type: 'candidate', seq: number, from: string, candidate: RTCIceCandidateInit | null}} CandidateFrom
 * @typedef {{type: 'reaction', seq: number, from: string, emoji: string}} Reaction
 * @typedef {{type: 'room', seq: number, re: number, room: string, participants: ParticipantInfo[],
 *   recording: boolean, tracks?: boolean, entry?: Entry}} RoomReply `entry` where it is not open; then nobody is listed
 * @typedef {{type: 'forwarded', seq: number, re: number, connection: number, description: Description}} Forwarded
 * @typedef {{type: 'forward-ended', seq: number, connection: number, reason: string}} ForwardEnded
 * @typedef {{type: 'slots', seq: number, connection: number, slots: SlotItem[],
 *   undecodable: {participant: string, source: Source, codec: string}[]}} SlotsMessage
 * @typedef {{type: 'wanted', seq: number, connection: number, sources: {source: Source, rids: string[]}[]}} Wanted
 *   `rids`: which encodings somebody watches; `['']` for one without a rid
 * @typedef {{type: 'speakers', seq: number, speaker: string | null, loudest: string[]}} Speakers
 * @typedef {{type: 'stats', seq: number, re: number, estimate: number | null,
 *   slots: {mid: string, rid: string | null, bitrate: number}[], room: RoomFigures}} ServerStats `estimate` and `bitrate` in
 *   bit/s, towards this side
 * @typedef {{publishers: number, subscribers: number, bitrate_in: number, bitrate_out: number, packets_in: number,
 *   packets_out: number, packets_lost?: number, key_frame_requests: number}} RoomFigures of the whole room
 * @typedef {{type: 'plan', seq: number} & Plan} PlanMessage
 * @typedef {{type: 'recordings', seq: number, items: RecordingInfo[]}} RecordingsMessage all of the room, oldest first, for hosts
 * @typedef {{type: 'waiting', seq: number, re?: number, room: string, host: boolean}} Waiting a host has to let this side in; `host`:
 *   whether one is there
 * @typedef {{id: string, name: string}} Knock somebody who waits to be let in
 * @typedef {{type: 'knocks', seq: number, items: Knock[]}} KnocksMessage all who wait, for hosts
 * @typedef {{type: 'muted', seq: number, from: string | null} & Switches} Muted `from`: the host who did it; null: the rules of the room
 * @typedef {{type: 'asked', seq: number, from: string, mic: boolean, camera: boolean}} Asked
 * @typedef {{type: 'removed', seq: number, reason: 'removed' | 'ended'}} Removed this side is in the room no longer
 * @typedef {{participant: string, name: string, kind: ParticipantKind, path: Path, standby: boolean, uplink: number | null,
 *   up: number | null, down: number | null, encoders: number | null, decoders: number | null, rtt: number | null}}
 *   ParticipantCosts
 * @typedef {Switch & {name: string, outcome: 'open' | 'committed' | 'undone', began: number, took: number, late: string[],
 *   gaps: {participant: string, picture: number | null, sound: number | null}[]}} SwitchRecord
 * @typedef {{packets_in: number, packets_out: number, bitrate_in: number, bitrate_out: number, cpu: number, mix: number}} ServerCosts
 *   `cpu`: of passing on, `mix`: of mixing, in cores
 * @typedef {{type: 'costs', seq: number, re: number, room: string, plan: Plan | null, participants: ParticipantCosts[],
 *   server: ServerCosts, switches: SwitchRecord[]}} Costs
 * @typedef {Forwarded | ForwardEnded | SlotsMessage | Wanted | Speakers} ForwardEvent
 * @typedef {{type: 'chat', seq: number, message: ChatMessage}} Chat
 * @typedef {{type: 'error', seq: number, code: string, message: string, re?: number}} ErrorMessage
 * @typedef {{type: 'pong', time: number, last_id: number}} Pong
 * @typedef {Joined | Left | ParticipantJoined | ParticipantChanged | ParticipantLeft | DescriptionFrom | CandidateFrom
 *   | Chat | Reaction | RoomReply | ErrorMessage | ForwardEvent | ServerStats | PlanMessage | RecordingsMessage
 *   | Waiting | KnocksMessage | Muted | Asked | Removed | Costs} SequencedMessage
 * @typedef {Welcome | Pong | SequencedMessage} ServerMessage
 */
