import { divide, uplink } from './budget.js';
import { Emitter } from './emitter.js';
import { RemoteParticipant } from './participant.js';
import { Peer } from './peer.js';
import { SOURCES } from './protocol.js';

/** @typedef {import('./protocol.js').ParticipantInfo} ParticipantInfo */
/** @typedef {import('./protocol.js').ClientMessage} ClientMessage */
/** @typedef {import('./protocol.js').SequencedMessage} SequencedMessage */
/** @typedef {import('./media.js').LocalMedia} LocalMedia */

/** A leg's estimate means something once the camera has been sent on it for so many samples (seconds). */
const TRUSTED_SAMPLES = 10;

/** The uplink's estimate is followed when it has moved by more than this. */
const UPLINK_CHANGE = 0.2;

/**
 * @typedef {object} RosterOptions
 * @property {LocalMedia} media
 * @property {import('./ice.js').IceServers} ice
 * @property {RTCIceTransportPolicy} policy
 * @property {(message: ClientMessage) => void} send
 * @property {import('./platform.js').Platform} platform
 */

/**
 * Everybody else in the room, each with their own connection or with what the server forwards of them, and what this
 * side publishes to those with a connection.
 *
 * @extends {Emitter<{
 *   participants: {type: 'joined' | 'left' | 'changed', participant: RemoteParticipant},
 *   leg: {participant: RemoteParticipant},
 *   'first-frame': undefined,
 *   error: {code: string, message: string},
 * }>}
 */
export class Roster extends Emitter {
  /** @type {Map<string, RemoteParticipant>} */
  participants = new Map();
  /** In a room that the server forwards, the connection with it. @type {import('./forward.js').Forwarding | null} */
  forwarding = null;

  #options;
  #streams;
  #selfId = '';
  #signaled = true;
  #uplink = uplink([]);
  #samplesWithCamera = 0;
  /** Those who may still come back to a restarted server. @type {Map<string, ReturnType<typeof setTimeout>>} */
  #absent = new Map();

  /** @param {RosterOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    const { MediaStream } = options.platform;
    this.#streams = { camera: new MediaStream(), screen: new MediaStream() };
    options.ice.on('error', (error) => this.emit('error', error));
  }

  /**
   * The room as the server describes it after a join or a resume. Legs that work are left alone; whoever is listed is
   * offered to, if the leg is new or does not work. Who is not listed has left, unless the server is settling: after a
   * restart it finds out one by one who is there.
   *
   * @param {string} selfId
   * @param {ParticipantInfo[]} listed
   * @param {number} settling for how long those who are missing may yet come back, in milliseconds
   */
  reconcile(selfId, listed, settling) {
    this.#selfId = selfId;
    const ids = new Set(listed.map(({ id }) => id));
    for (const participant of [...this.participants.values()]) {
      if (!ids.has(participant.id)) this.#miss(participant, settling);
    }
    for (const info of listed) {
      const known = this.participants.get(info.id);
      if (known) this.#findAgain(known, info);
      else this.#meet(info);
    }
  }

  /**
   * The room as the server describes it after neither. The others need not have got such a picture of this side, so the
   * legs that there are stay as they are, and so does who gives way.
   *
   * @param {ParticipantInfo[]} listed
   */
  update(listed) {
    for (const info of listed) {
      if (this.participants.has(info.id)) this.#changed(info);
      else this.#meet(info);
    }
  }

  /**
   * What the server says about somebody, and what they send to this side. Anything else is not for the roster.
   *
   * @param {SequencedMessage} message
   */
  receive(message) {
    switch (message.type) {
      case 'participant-joined':
        return this.#joined(message.participant);
      case 'participant-changed':
        return this.#changed(message.participant);
      case 'participant-left':
        return this.#left(message.participant);
      case 'description':
        return void this.participants.get(message.from)?.peer?.receive(message.description);
      case 'candidate':
        return void this.participants.get(message.from)?.peer?.receiveCandidate(message.candidate);
    }
  }

  /** Everything that was under negotiation is lost. */
  forget() {
    for (const { peer } of this.participants.values()) void peer?.forget();
  }

  /** Closes every connection. */
  clear() {
    for (const id of [...this.participants.keys()]) this.#left(id);
  }

  /** The network underneath has changed: every leg sees whether it still works. */
  verify() {
    for (const { peer } of this.participants.values()) void peer?.verify();
  }

  /** Whether the server can be reached now. */
  get signaled() {
    return this.#signaled;
  }

  /**
   * Until descriptions reach the server, no repair is begun.
   *
   * @param {boolean} signaled
   */
  setSignaled(signaled) {
    this.#signaled = signaled;
    for (const { peer, connected } of this.participants.values()) peer?.setReachable(signaled && connected);
  }

  /** Publishes what LocalMedia has now, to everyone. */
  publish() {
    const { tracks } = this.#options.media;
    for (const { peer } of this.participants.values()) {
      for (const source of SOURCES) peer?.setTrack(source, tracks[source]);
    }
    this.rebalance();
  }

  /** Divides the uplink anew. */
  rebalance() {
    const allocation = this.#allocation(this.#subscribers());
    for (const { peer } of this.participants.values()) peer?.allocate(allocation);
  }

  /** Takes a sample of every leg, once a second. */
  async sample() {
    const participants = [...this.participants.values()];
    await this.forwarding?.sample();
    await Promise.all(participants.map((participant) => participant.sample()));
    this.#samplesWithCamera = this.#options.media.isLive('camera') ? this.#samplesWithCamera + 1 : 0;
    if (this.#samplesWithCamera < TRUSTED_SAMPLES) return;
    const connected = participants.filter(({ leg, peer }) => leg === 'connected' && peer);
    const now = uplink(connected.map(({ stats }) => stats?.available_outgoing_bps ?? null));
    if (Math.abs(now - this.#uplink) < this.#uplink * UPLINK_CHANGE) return;
    this.#uplink = now;
    this.rebalance();
  }

  /**
   * @param {ParticipantInfo} info
   * @param {boolean} polite
   */
  #add(info, polite) {
    const leg = this.#forwards(info) ?? this.#peer(info, polite);
    const participant = new RemoteParticipant(info, leg, this.#options.platform.MediaStream);
    this.participants.set(info.id, participant);
    participant.peer?.setReachable(this.#signaled && info.connected);
    participant.on('leg', () => this.emit('leg', { participant }));
    participant.on('first-frame', () => this.emit('first-frame', undefined));
    participant.on('error', (error) => this.emit('error', { code: 'negotiation', message: String(error) }));
    this.#samplesWithCamera = 0;
    this.rebalance();
    this.emit('participants', { type: 'joined', participant });
    return participant;
  }

  /** Classic participants know nothing of servers that forward. @param {ParticipantInfo} info */
  #forwards({ id, kind }) {
    return kind !== 'classic' ? this.forwarding?.legOf(id) : undefined;
  }

  /**
   * @param {ParticipantInfo} info
   * @param {boolean} polite
   */
  #peer({ id, kind }, polite) {
    const { media, ice, policy, platform, send } = this.#options;
    return new Peer({
      kind,
      // A classic client knows nothing of collisions, so this side always gives way to it.
      polite: polite || kind === 'classic',
      firstById: this.#selfId < id,
      ice,
      policy,
      platform,
      streams: this.#streams,
      tracks: media.tracks,
      allocation: this.#allocation(this.#subscribers() + 1),
      sendDescription: (description) => send({ type: 'description', to: id, description }),
      sendCandidate: (candidate) => {
        if (candidate || kind === 'native') send({ type: 'candidate', to: id, candidate });
      },
    });
  }

  /** @param {ParticipantInfo} info about somebody who was here first, and waits for an offer */
  #meet(info) {
    void this.#add(info, true).peer?.connect();
  }

  /**
   * Somebody has come; they will offer.
   *
   * @param {ParticipantInfo} info
   */
  #joined(info) {
    const known = this.participants.get(info.id);
    if (!known) return void this.#add(info, false);
    if (known.peer) known.peer.polite = false;
    this.#changed(info);
  }

  /** @param {ParticipantInfo} info */
  #changed(info) {
    const participant = this.participants.get(info.id);
    if (!participant) return;
    clearTimeout(this.#absent.get(info.id));
    this.#absent.delete(info.id);
    participant.update(info);
    participant.peer?.setReachable(this.#signaled && info.connected);
    this.rebalance();
    this.emit('participants', { type: 'changed', participant });
  }

  /** @param {string} id */
  #left(id) {
    const participant = this.participants.get(id);
    if (!participant) return;
    clearTimeout(this.#absent.get(id));
    this.#absent.delete(id);
    this.participants.delete(id);
    participant.close();
    this.rebalance();
    this.emit('participants', { type: 'left', participant });
  }

  /**
   * @param {RemoteParticipant} participant
   * @param {number} settling
   */
  #miss(participant, settling) {
    if (participant.kind === 'classic' || settling === 0) return this.#left(participant.id); // it cannot come back
    const timer = setTimeout(() => this.#left(participant.id), settling);
    clearTimeout(this.#absent.get(participant.id));
    this.#absent.set(participant.id, timer);
    participant.connected = false;
    participant.peer?.setReachable(false);
    this.emit('participants', { type: 'changed', participant });
  }

  /**
   * @param {RemoteParticipant} participant
   * @param {ParticipantInfo} info
   */
  #findAgain(participant, info) {
    if (participant.peer) participant.peer.polite = true;
    this.#changed(info);
    participant.peer?.reconcile();
  }

  /** Those who are sent to directly, or soon will be: somebody who is away and was never connected is not. */
  #subscribers() {
    const direct = [...this.participants.values()].filter(({ peer }) => peer);
    return direct.filter(({ connected, leg }) => connected || leg === 'connected').length;
  }

  /** @param {number} subscribers */
  #allocation(subscribers) {
    const { media } = this.#options;
    const heightOf = (/** @type {MediaStreamTrack | null} */ track) => track?.getSettings().height;
    return divide({
      subscribers,
      total: this.#uplink,
      screen: media.isLive('screen'),
      screenSound: media.isLive('screen_audio'),
      quality: media.quality,
      cameraHeight: heightOf(media.tracks.camera),
      screenHeight: heightOf(media.tracks.screen),
    });
  }
}
