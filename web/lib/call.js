import { soundsOf } from './arrivals.js';
import { CLIENT } from './client.js';
import { Emitter } from './emitter.js';
import { IceServers } from './ice.js';
import { iceUrl } from './links.js';
import { watchNetwork } from './network.js';
import { platform } from './platform.js';
import { CLOSE, ProtocolError } from './protocol.js';
import { Room } from './room.js';
import { Signaling } from './signaling.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./protocol.js').ChatMessage} ChatMessage */
/** @typedef {import('./protocol.js').ClientMessage} ClientMessage */
/** @typedef {import('./protocol.js').SequencedMessage} SequencedMessage */
/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */
/** @typedef {import('./protocol.js').Switches} Switches */
/** @typedef {'new' | 'joining' | 'waiting' | 'joined' | 'reconnecting' | 'left' | 'failed'} CallState `waiting`: a host has to let this side in */

/** How long the server's answer to `leave` is waited for, in milliseconds. */
const LEAVE_MS = 1_000;

/** What is passed on from the room as it is. */
const PASSED_ON = /** @type {const} */ ([
  'participants', 'leg', 'stats', 'hint', 'chat', 'reaction', 'plan', 'switched', 'mix', 'recordings', 'knocks', 'muted', 'asked', 'appointed', 'speakers',
  'sounds', 'reachable', 'error',
]);

/** Why a call is over, by the close code that ended it. @type {Record<number, string>} */
const ENDINGS = { [CLOSE.unsupportedProtocol]: 'outdated', [CLOSE.resumedElsewhere]: 'taken-over', [CLOSE.removed]: 'removed' };

/**
 * One call in one room, from `join` to `leave`; another call is another Call. It owns the signaling and the
 * connections. The media belongs to the caller, who stops it.
 *
 * `join` needs no device: connections are made at once, and tracks travel as soon as LocalMedia has them. When the page
 * goes away the call leaves at once, and a reloaded page is a new participant (see Signaling for why).
 *
 * - `state`: see CallState; with `failed` comes the `reason`: an error code of the protocol, `outdated` (the server
 *   speaks another version), `taken-over` (the session went on elsewhere), `removed` (by a host), `ended` (for all, by a host), or
 *   `broken`
 * - `waiting`: as `waiting` tells, it is another one
 * - everything else: see RoomEvents
 *
 * @extends {Emitter<import('./room.js').RoomEvents & {state: {state: CallState, reason?: string}, waiting: undefined}>}
 */
export class Call extends Emitter {
  /** @type {CallState} */ state = 'new';
  /** While this side waits to be let in: whether a host is there who could do that. @type {{host: boolean} | null} */ waiting = null;
  /** By performance.now(), in milliseconds. @type {{joined: number | null, first_frame: number | null}} */
  timings = { joined: null, first_frame: null };

  #name;
  #media;
  #ice;
  #policy;
  /**
   * What is asked for if this call opens the room; what was decided there, if it opens it again.
   *
   * @type {import('./protocol.js').Policy | null}
   */
  #asked;
  #platform;
  #signaling;
  #room;
  /** @type {string | null} */ #token;
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
   * @param {string | null} [options.token] lets it into the room, where the server wants that
   * @param {RTCIceTransportPolicy} [options.ice] `relay` hides this side's address: no leg that is not relayed
   * @param {import('./protocol.js').Policy | null} [options.roomPolicy] what is to hold in the room if this call opens it
   * @param {import('./changeover.js').Surroundings['prepare']} [options.prepare] makes ready what is shown of somebody who is about to
   *   be taken from the other path
   * @param {boolean} [options.mix] whether the person wants the mix in place of everybody's media
   * @param {import('./mixing.js').MixingOptions['prepare']} [options.prepareMix] makes ready the mix, or everybody, before one takes
   *   the place of the other on the page
   * @param {import('./links.js').Codec | null} [options.codec] of the camera, in one size, while the server forwards
   * @param {Partial<import('./platform.js').Platform>} [options.platform]
   */
  constructor({ url, room, name, media, hostKey, token = null, ice = 'all', roomPolicy = null, codec = null, prepare, mix, prepareMix, platform: replaced }) {
    super();
    this.#name = room;
    this.#media = media;
    this.#policy = ice;
    this.#asked = roomPolicy;
    this.#token = token;
    this.#platform = platform(replaced);
    this.#ice = new IceServers(iceUrl(url), replaced);
    const own = () => this.#room.paths.of(this.self.id);
    this.#signaling = new Signaling(url, { client: CLIENT, path: own, platform: this.#platform });
    const send = (/** @type {ClientMessage} */ message) => this.#send(message);
    const request = (/** @type {ClientMessage} */ message) => this.#signaling.request(message);
    const legs = { media, ice: this.#ice, policy: ice, platform: this.#platform, send, request, codec };
    const nothing = async () => {};
    this.#room = new Room({ name, hostKey, legs, prepare: prepare ?? nothing, prepareMix: prepareMix ?? nothing });
    this.#room.wantsMix = mix;
  }

  /** The room's name. */
  get room() {
    return this.#name;
  }

  /** This participant; `id` is empty before the first `joined`. */
  get self() {
    return this.#room.self;
  }

  /** The key that makes one a host, known to whoever made the room. */
  get hostKey() {
    return this.#room.hostKey;
  }

  get media() {
    return this.#media;
  }

  /** Which legs are allowed. */
  get ice() {
    return this.#policy;
  }

  /** What the room's host has decided, or, before that is known, what is asked for. @type {import('./protocol.js').Policy} */
  get policy() {
    const { policy } = this.#room.paths.plan;
    return this.state === 'joining' ? { ...policy, ...this.#asked } : policy;
  }

  /** What guests may do here, who are those that are no hosts. */
  get rules() {
    return this.#room.rules;
  }

  /** Whether this side may do that, which a host always may. @param {'mic' | 'camera' | 'screen' | 'chat'} what */
  allows(what) {
    return this.#room.allows(what);
  }

  /** Who waits to be let in, as hosts are told; whoever has waited longest comes first. */
  get knocks() {
    return this.#room.knocks;
  }

  /** Which way everybody's media goes; see Paths. */
  get paths() {
    return this.#room.paths;
  }

  /** Changes of paths as they were seen from here, oldest first; see Switching. */
  get switches() {
    return this.#room.switches;
  }

  /** How the mix of the room is received; see Mixing. */
  get mixing() {
    return this.#room.mixing;
  }

  /** Whether the person wants the mix in place of everybody's media, as far as that is known. */
  get wantsMix() {
    return this.#room.wantsMix ?? false;
  }

  /** @param {boolean} wanted */
  setMix(wanted) {
    this.#room.wantsMix = wanted;
  }

  /** What concerns the connection with the server; null where the room's policy wants none. */
  get forwarding() {
    return this.#room.forwarding;
  }

  /** @type {ReadonlyMap<string, RemoteParticipant>} */
  get participants() {
    return this.#room.participants;
  }

  /** All that there is to be heard, whichever way it comes; `sounds` says when it is something else. */
  get sounds() {
    return soundsOf(this.participants, this.forwarding);
  }

  /** The room's conversation, oldest first; bounded. @type {readonly ChatMessage[]} */
  get chat() {
    return this.#room.chat;
  }

  /** The recordings of the room, oldest first, as hosts know them; see Recordings. */
  get recordings() {
    return this.#room.recordings;
  }

  /** Whether one's own hand is raised. */
  get hand() {
    return this.#room.hand;
  }

  /** What was sent and received in each second of the last minute, oldest first; see Traffic. */
  get history() {
    return this.#room.history;
  }

  /** The connection to the server, for whoever shows its state. */
  get signaling() {
    const { state, reconnects, resumes } = this.#signaling;
    return { state, reconnects, resumes };
  }

  /**
   * @returns {Promise<void>} resolved when the server has let us in, for which a host may have to be waited. Rejects with a
   *   ProtocolError when it does not; as long as the server cannot be reached it is tried again
   */
  async join() {
    if (this.state !== 'new') throw new ProtocolError('already-joined', 'This call was joined before.');
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
   * Shows an emoji to everyone, for a moment; later is too late.
   *
   * @param {string} emoji
   */
  react(emoji) {
    if (this.state === 'joined') this.#send({ type: 'react', emoji });
  }

  /**
   * Switches a source of one's own on or off. The others are told. What the rules of the room forbid is not switched on.
   *
   * @param {Source} source
   * @param {boolean} live
   * @returns {Promise<void>}
   */
  async setLive(source, live) {
    if (!live || this.allows(source === 'screen_audio' ? 'screen' : source)) await this.#media.setEnabled(source, live);
  }

  /**
   * Decides which way media goes in the room, and what guests may do there; for hosts.
   *
   * @param {import('./protocol.js').Policy} policy
   */
  setPolicy(policy) {
    this.#send({ type: 'policy', policy });
  }

  /**
   * Has the room recorded, or no longer; for hosts. Whether it is recorded, the plan says.
   *
   * @param {boolean} on
   * @param {boolean} [tracks] whether what each person sends is kept as well, in files of their own
   * @returns {Promise<void>} resolved when the server has agreed; rejects with a ProtocolError
   */
  async record(on, tracks = false) {
    await this.#signaling.request({ type: 'record', on, ...(on && tracks ? { tracks } : {}) });
  }

  /**
   * Switches sources of somebody off, who may switch them on again; for hosts, as are all of the following. Each is resolved when
   * the server has agreed, and rejects with a ProtocolError.
   *
   * @param {Partial<Switches>} sources those that are true
   * @param {string} [participant] nobody: all guests
   */
  async mute(sources, participant) {
    await this.#signaling.request({ type: 'mute', ...(participant && { participant }), ...sources });
  }

  /**
   * Asks somebody to switch something on.
   *
   * @param {string} participant
   * @param {{mic?: true, camera?: true}} sources
   */
  async ask(participant, sources) {
    await this.#signaling.request({ type: 'ask', participant, ...sources });
  }

  /** Takes somebody out of the room, who is no host. @param {string} participant */
  async remove(participant) {
    await this.#signaling.request({ type: 'remove', participant });
  }

  /** Makes somebody a host as well. @param {string} participant */
  async appoint(participant) {
    await this.#signaling.request({ type: 'appoint', participant });
  }

  /**
   * Lets somebody in who waits, or does not.
   *
   * @param {string} participant
   * @param {boolean} on
   */
  async admit(participant, on) {
    await this.#signaling.request({ type: 'admit', participant, on });
  }

  /** Ends the call for everybody. */
  async end() {
    await this.#signaling.request({ type: 'end' });
  }

  /** @returns {Promise<import('./protocol.js').Costs | null>} what the room costs now; null without an answer */
  async costs() {
    const reply = await this.#signaling.request({ type: 'costs', room: this.#name }).catch(() => null);
    return reply?.type === 'costs' ? reply : null;
  }

  /** @param {boolean} raised */
  setHand(raised) {
    this.#room.setHand(raised);
  }

  #listen() {
    const signaling = this.#signaling;
    const window = this.#platform.window;
    const leaveNow = () => this.#vanish();
    window?.addEventListener('pagehide', leaveNow);
    this.#room.open();
    this.#stops = [
      () => window?.removeEventListener('pagehide', leaveNow),
      watchNetwork(() => this.#networkChanged(), this.#platform),
      this.#media.on('change', () => this.#room.publish()),
      signaling.on('state', ({ state, code }) => this.#signalingChanged(state, code)),
      signaling.on('welcome', (welcome) => this.#ice.set(welcome.ice_servers, welcome.ice_ttl)),
      signaling.on('void', ({ room }) => this.#void(room)),
      signaling.on('message', (message) => this.#receive(message)),
      this.#room.on('plan', ({ version, policy }) => (this.#asked = version > 0 ? policy : this.#asked)),
      this.#room.on('first-frame', () => (this.timings.first_frame ??= performance.now())),
      ...PASSED_ON.map((type) => this.#room.on(type, (detail) => this.emit(type, detail))),
    ];
  }

  /** Asks to be let in, with what is live already. */
  #enter() {
    const key = this.hostKey === null ? {} : { host_key: this.hostKey };
    const token = this.#token === null ? {} : { token: this.#token };
    const policy = this.#asked ? { policy: this.#asked } : {};
    this.#signaling
      .request({ type: 'join', room: this.#name, name: this.self.name, ...key, ...token, ...policy, state: this.#room.introduce() })
      .catch((error) => {
        if (error.code === 'void' || error.code === 'closed') return; // both are dealt with where they come from
        this.#fail(error);
      });
  }

  /** @param {SequencedMessage} message */
  #receive(message) {
    if (message.type === 'waiting') return this.#wait(message);
    if (message.type === 'removed') return this.#remove(message.reason);
    if (message.type !== 'joined') return this.#room.receive(message);
    this.#inside = true;
    this.timings.joined ??= performance.now();
    this.#room.joined(message);
    this.#become('joined');
    this.#joining?.resolve();
    this.#joining = null;
  }

  /** @param {import('./protocol.js').Waiting} waiting */
  #wait({ host }) {
    this.waiting = { host };
    this.#become('waiting');
    this.emit('waiting', undefined);
  }

  /** @param {'removed' | 'ended'} reason */
  #remove(reason) {
    this.#end('failed', reason);
    this.#signaling.close();
  }

  /**
   * The session goes on without what was under way.
   *
   * @param {string | null} room
   */
  #void(room) {
    this.#inside = false;
    this.#room.forget(room !== null);
    if (room === null) this.#enter();
  }

  /**
   * @param {import('./signaling.js').SignalingState} state
   * @param {number} [code]
   */
  #signalingChanged(state, code) {
    this.#room.setSignaled(state === 'open');
    if (state === 'closed') this.#fail(new ProtocolError(ENDINGS[code ?? 0] ?? 'broken', 'The connection is closed.'));
    else if (this.state === 'joined' && state === 'reconnecting') this.#become('reconnecting');
    // The server keeps nobody's place before the room: it is knocked again.
    else if (this.state === 'waiting' && state === 'reconnecting') this.#become('joining');
    else if (this.state === 'reconnecting' && state === 'open' && this.#inside) this.#become('joined');
  }

  /** The address of this side may be another one: neither the WebSocket nor any leg can be trusted to go on. */
  #networkChanged() {
    this.#room.verify();
    this.#signaling.reconnect();
  }

  /** @param {ClientMessage} message */
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
    this.#room.close();
    // Whoever plays them lets go of them.
    this.emit('sounds', undefined);
  }

  /**
   * @param {CallState} state
   * @param {string} [reason]
   */
  #become(state, reason) {
    if (this.state === state) return;
    this.state = state;
    if (state !== 'waiting') this.waiting = null;
    this.emit('state', { state, ...(reason && { reason }) });
  }
}
