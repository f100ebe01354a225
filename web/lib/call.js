import { Emitter } from './emitter.js';
import { IceServers } from './ice.js';
import { iceUrl } from './links.js';
import { watchNetwork } from './network.js';
import { platform } from './platform.js';
import { Presence } from './presence.js';
import { CLOSE, ProtocolError } from './protocol.js';
import { Roster } from './roster.js';
import { Signaling } from './signaling.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./protocol.js').ChatMessage} ChatMessage */
/** @typedef {import('./protocol.js').SequencedMessage} SequencedMessage */
/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */
/** @typedef {'new' | 'joining' | 'joined' | 'reconnecting' | 'left' | 'failed'} CallState */

/** Named to the server, for its log. */
export const CLIENT = 'visavis-web/0.1';

/** Milliseconds. */
const SAMPLE_MS = 1_000;
const LEAVE_MS = 1_000;

/** Refusals that nothing follows from: the other one has left in the meantime, or enough candidates have arrived. */
const HARMLESS = new Set(['unknown-participant', 'too-many-candidates', 'resume-refused', 'not-joined']);

/** Why a call is over, by the close code that ended it. @type {Record<number, string>} */
const ENDINGS = { [CLOSE.unsupportedProtocol]: 'outdated', [CLOSE.resumedElsewhere]: 'taken-over' };

/**
 * One call in one room, from `join` to `leave`; another call is another Call. It owns the signaling and the connections.
 * The media belongs to the caller, who stops it.
 *
 * `join` needs no device: connections are made at once, and tracks travel as soon as LocalMedia has them. When the page
 * goes away the call leaves at once, and a reloaded page is a new participant (see Signaling for why).
 *
 * - `state`: see CallState; with `failed` comes the `reason`: an error code of the protocol, `outdated` (the server speaks
 *   another version), `taken-over` (the session went on elsewhere), or `broken`
 * - `participants`: somebody came, left, or changed
 * - `leg`: the connection to somebody changed its state or path
 * - `stats`: every participant has a new sample
 * - `chat`: a message, one's own too
 * - `error`: something was refused; the call goes on
 *
 * @extends {Emitter<{
 *   state: {state: CallState, reason?: string},
 *   participants: {type: 'joined' | 'left' | 'changed', participant: RemoteParticipant},
 *   leg: {participant: RemoteParticipant},
 *   stats: undefined,
 *   chat: ChatMessage,
 *   error: {code: string, message: string},
 * }>}
 */
export class Call extends Emitter {
  /** @type {CallState} */ state = 'new';
  /** This participant; `id` is empty before the first `joined`. */ self;
  /** The key that makes one a host, known to whoever made the room. @type {string | null} */ hostKey;
  /** The room's conversation, oldest first. @type {ChatMessage[]} */ chat = [];
  /** By performance.now(), in milliseconds. @type {{joined: number | null, first_frame: number | null}} */
  timings = { joined: null, first_frame: null };

  #room;
  #media;
  #ice;
  #policy;
  #platform;
  #signaling;
  #roster;
  #presence;
  /** Whether the server holds a place in the room for us. */ #inside = false;
  /** @type {(() => void)[]} */ #stops = [];
  /** @type {{resolve: () => void, reject: (error: ProtocolError) => void} | null} */ #joining = null;

  /**
   * @param {object} options
   * @param {string} options.url of the signaling WebSocket
   * @param {string} options.room
   * @param {string} options.name what the others see
   * @param {import('./media.js').LocalMedia} options.media
   * @param {string} [options.hostKey]
   * @param {RTCIceTransportPolicy} [options.ice] `relay` allows relayed legs only, for testing
   * @param {'direct'} [options.path] pins a path, for testing; there is one path
   * @param {Partial<import('./platform.js').Platform>} [options.platform]
   */
  constructor({ url, room, name, media, hostKey, ice = 'all', platform: replaced }) {
    super();
    this.self = { id: '', name, host: false };
    this.hostKey = hostKey ?? null;
    this.#room = room;
    this.#media = media;
    this.#presence = new Presence(media);
    this.#policy = ice;
    this.#platform = platform(replaced);
    this.#ice = new IceServers(iceUrl(url), replaced);
    this.#signaling = new Signaling(url, { client: CLIENT, platform: this.#platform });
    this.#roster = new Roster({
      media,
      ice: this.#ice,
      policy: ice,
      platform: this.#platform,
      send: (message) => this.#send(message),
    });
  }

  get room() {
    return this.#room;
  }

  get media() {
    return this.#media;
  }

  /** Which legs are allowed. */
  get ice() {
    return this.#policy;
  }

  /** @type {ReadonlyMap<string, RemoteParticipant>} */
  get participants() {
    return this.#roster.participants;
  }

  /** The connection to the server, for whoever shows its state. */
  get signaling() {
    const { state, reconnects, resumes } = this.#signaling;
    return { state, reconnects, resumes };
  }

  /**
   * @returns {Promise<void>} resolved when the server has let us in. Rejects with a ProtocolError when it does not; as long
   *   as the server cannot be reached it is tried again
   */
  join() {
    if (this.state !== 'new') return Promise.reject(new ProtocolError('already-joined', 'This call was joined before.'));
    this.#listen();
    this.#become('joining');
    const joined = new Promise((resolve, reject) => (this.#joining = { resolve: () => resolve(undefined), reject }));
    this.#signaling.open();
    this.#enter();
    return joined;
  }

  /** @returns {Promise<void>} resolved when the server knows, or a second later */
  async leave() {
    if (this.state === 'left' || this.state === 'failed') return;
    const answered = this.state === 'new' ? undefined : this.#signaling.request({ type: 'leave' }).catch(() => null);
    this.#end('left', 'left');
    await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, LEAVE_MS))]);
    this.#signaling.close();
  }

  /**
   * @param {string} text
   * @returns {Promise<void>} resolved when the server has it; rejects with a ProtocolError
   */
  async sendChat(text) {
    await this.#signaling.request({ type: 'chat', text });
  }

  /**
   * Switches a source of one's own on or off. The others are told.
   *
   * @param {Source} source
   * @param {boolean} live
   * @returns {Promise<void>}
   */
  setLive(source, live) {
    return this.#media.setEnabled(source, live);
  }

  /** @param {boolean} raised */
  setHand(raised) {
    this.#presence.hand = raised;
    this.#tellState();
  }

  #listen() {
    const signaling = this.#signaling;
    const sampling = setInterval(() => void this.#sample(), SAMPLE_MS);
    const window = this.#platform.window;
    const leaveNow = () => this.#vanish();
    window?.addEventListener('pagehide', leaveNow);
    this.#stops = [
      () => clearInterval(sampling),
      () => window?.removeEventListener('pagehide', leaveNow),
      watchNetwork(() => this.#networkChanged(), this.#platform),
      this.#media.on('change', () => this.#publish()),
      signaling.on('state', ({ state, code }) => this.#signalingChanged(state, code)),
      signaling.on('welcome', (welcome) => this.#ice.set(welcome.ice_servers, welcome.ice_ttl)),
      signaling.on('void', ({ room }) => this.#void(room)),
      signaling.on('message', (message) => this.#receive(message)),
      this.#roster.on('participants', (detail) => this.emit('participants', detail)),
      this.#roster.on('leg', (detail) => this.emit('leg', detail)),
      this.#roster.on('error', (detail) => this.emit('error', detail)),
      this.#roster.on('first-frame', () => (this.timings.first_frame ??= performance.now())),
    ];
  }

  /** Asks to be let in, with what is live already. */
  #enter() {
    const key = this.hostKey === null ? {} : { host_key: this.hostKey };
    this.#signaling
      .request({ type: 'join', room: this.#room, name: this.self.name, ...key, state: this.#presence.all() })
      .catch((error) => {
        if (error.code === 'void' || error.code === 'closed') return; // both are dealt with where they come from
        this.#fail(error);
      });
  }

  /** @param {SequencedMessage} message */
  #receive(message) {
    const roster = this.#roster;
    switch (message.type) {
      case 'joined':
        return this.#joined(message);
      case 'participant-joined':
        return roster.joined(message.participant);
      case 'participant-changed':
        return roster.changed(message.participant);
      case 'participant-left':
        return roster.left(message.participant);
      case 'description':
        return void roster.participants.get(message.from)?.peer.receive(message.description);
      case 'candidate':
        return void roster.participants.get(message.from)?.peer.receiveCandidate(message.candidate);
      case 'chat':
        return this.#hear(message.message);
      case 'error':
        if (!HARMLESS.has(message.code)) this.emit('error', { code: message.code, message: message.message });
    }
  }

  /** @param {import('./protocol.js').Joined} joined */
  #joined({ participant, host, host_key: hostKey, participants, chat, re }) {
    this.self = { ...this.self, id: participant, host };
    this.hostKey = hostKey ?? this.hostKey;
    this.#inside = true;
    this.timings.joined ??= performance.now();
    this.#roster.reconcile(participant, participants);
    for (const message of chat) this.#hear(message);
    if (re === undefined) this.#presence.forget();
    this.#become('joined');
    this.#tellState();
    this.#joining?.resolve();
    this.#joining = null;
  }

  /** @param {ChatMessage} message */
  #hear(message) {
    if (message.id <= (this.chat.at(-1)?.id ?? 0)) return; // told before the connection was lost
    this.chat.push(message);
    this.emit('chat', message);
  }

  /**
   * The session goes on without what was under way.
   *
   * @param {string | null} room
   */
  #void(room) {
    this.#inside = false;
    if (room !== null) return this.#roster.forget();
    this.#roster.clear();
    this.chat = [];
    this.#enter();
  }

  /**
   * @param {import('./signaling.js').SignalingState} state
   * @param {number} [code]
   */
  #signalingChanged(state, code) {
    this.#roster.setSignaled(state === 'open');
    if (state === 'closed') this.#fail(new ProtocolError(ENDINGS[code ?? 0] ?? 'broken', 'The connection is closed.'));
    else if (this.state === 'joined' && state === 'reconnecting') this.#become('reconnecting');
    else if (this.state === 'reconnecting' && state === 'open' && this.#inside) this.#become('joined');
  }

  /** The address of this side may be another one: neither the WebSocket nor any leg can be trusted to go on. */
  #networkChanged() {
    this.#roster.verify();
    this.#signaling.reconnect();
  }

  #publish() {
    this.#roster.publish();
    this.#tellState();
  }

  /** Tells the others what has changed since they were last told. */
  #tellState() {
    if (this.state !== 'joined' && this.state !== 'reconnecting') return;
    const changed = this.#presence.changes();
    if (changed) this.#send({ type: 'state', state: changed });
  }

  async #sample() {
    await this.#roster.sample();
    this.emit('stats', undefined);
  }

  /** @param {import('./protocol.js').ClientMessage} message */
  #send(message) {
    try {
      this.#signaling.send(message);
    } catch (error) {
      if (error instanceof ProtocolError) this.emit('error', { code: error.code, message: error.message });
    }
  }

  /** The page is going away: there is no time for an answer. */
  #vanish() {
    this.#send({ type: 'leave' });
    this.#end('left', 'left');
    this.#signaling.close();
  }

  /** @param {ProtocolError} error */
  #fail(error) {
    this.#joining?.reject(error);
    this.#joining = null;
    this.#end('failed', error.code);
    this.#signaling.close();
  }

  /**
   * @param {'left' | 'failed'} state
   * @param {string} reason
   */
  #end(state, reason) {
    for (const stop of this.#stops.splice(0)) stop();
    this.#joining?.reject(new ProtocolError(reason, 'The call was left before it was joined.'));
    this.#joining = null;
    this.#become(state, reason);
    this.#roster.clear();
  }

  /**
   * @param {CallState} state
   * @param {string} [reason]
   */
  #become(state, reason) {
    if (this.state === state) return;
    this.state = state;
    this.emit('state', { state, ...(reason && { reason }) });
  }
}
