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
 * @typedef {{id: string, name: string, kind: 'native' | 'classic', host: boolean, connected: boolean, state: State}}
 *   ParticipantInfo
 * @typedef {{id: number, from: string, name: string, text: string, time: number}} ChatMessage `time` in milliseconds
 *   since the epoch, by the server's clock
 * @typedef {{type: RTCSdpType, sdp?: string}} Description
 */

/**
 * From the client; `id` is filled in on sending.
 *
 * @typedef {{type: 'hello', protocol: number, client: string, resume?: string, last_seq?: number}} HelloMessage
 * @typedef {{type: 'join', room: string, name: string, host_key?: string, state?: Partial<State>}} JoinMessage
 * @typedef {{type: 'leave'}} LeaveMessage
 * @typedef {{type: 'description', to: string, description: Description}} DescriptionMessage
 * @typedef {{type: 'candidate', to: string, candidate: RTCIceCandidateInit | null}} CandidateMessage
 * @typedef {{type: 'state', state: Partial<State>}} StateMessage
 * @typedef {{type: 'chat', text: string}} ChatRequest
 * @typedef {{type: 'react', emoji: string}} ReactMessage
 * @typedef {{type: 'peek', room: string}} PeekMessage
 * @typedef {{type: 'ack', seq: number}} AckMessage
 * @typedef {{type: 'ping', time: number}} PingMessage
 * @typedef {JoinMessage | LeaveMessage | DescriptionMessage | CandidateMessage | StateMessage | ChatRequest
 *   | ReactMessage | PeekMessage} ClientMessage
 */

/**
 * From the server.
 *
 * @typedef {{type: 'welcome', protocol: number, server: string, participant: string, room: string | null,
 *   resumed: boolean, last_id: number, ice_servers: RTCIceServer[], ice_ttl: number, time: number}} Welcome
 * @typedef {{type: 'joined', seq: number, re?: number, room: string, participant: string, resume: string,
 *   host: boolean, host_key?: string, settling?: number, participants: ParticipantInfo[], chat: ChatMessage[]}} Joined
 * @typedef {{type: 'left', seq: number, re: number}} Left
 * @typedef {{type: 'participant-joined', seq: number, participant: ParticipantInfo}} ParticipantJoined
 * @typedef {{type: 'participant-changed', seq: number, participant: ParticipantInfo}} ParticipantChanged
 * @typedef {{type: 'participant-left', seq: number, participant: string, reason: 'left' | 'lost'}} ParticipantLeft
 * @typedef {{type: 'description', seq: number, from: string, description: Description}} DescriptionFrom
 * @typedef {{type: 'candidate', seq: number, from: string, candidate: RTCIceCandidateInit | null}} CandidateFrom
 * @typedef {{type: 'reaction', seq: number, from: string, emoji: string}} Reaction
 * @typedef {{type: 'room', seq: number, re: number, room: string, participants: ParticipantInfo[]}} RoomReply
 * @typedef {{type: 'chat', seq: number, message: ChatMessage}} Chat
 * @typedef {{type: 'error', seq: number, code: string, message: string, re?: number}} ErrorMessage
 * @typedef {{type: 'pong', time: number, last_id: number}} Pong
 * @typedef {Joined | Left | ParticipantJoined | ParticipantChanged | ParticipantLeft | DescriptionFrom | CandidateFrom
 *   | Chat | Reaction | RoomReply | ErrorMessage} SequencedMessage
 * @typedef {Welcome | Pong | SequencedMessage} ServerMessage
 */
