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

/** What somebody whose media is forwarded sends to each of the few who can only be reached directly, in bit/s. */
const BESIDE = 400_000;

/**
 * @typedef {object} RosterOptions
 * @property {LocalMedia} media
 * @property {import('./ice.js').IceServers} ice
 * @property {RTCIceTransportPolicy} policy
 * @property {(message: ClientMessage) => void} send
 * @property {import('./platform.js').Platform} platform
 * @property {import('./plan.js').Paths} paths which way everybody's media goes
 */

/**
 * Everybody else in the room, each with a connection of their own and with what the server forwards of them, as far as the
 * plan has either, and what this side publishes to those with a connection.
 *
 * @extends {Emitter<{
 *   participants: {type: 'joined' | 'left' | 'changed', participant: RemoteParticipant},
 *   leg: {participant: RemoteParticipant},
 *   'first-frame': undefined,
 *   error: {code: string, message: string},
 * }>}
 */
export class Roster extends Emitter {
  /** This participant's id; empty before the first `joined`. */ selfId = '';
  /** @type {Map<string, RemoteParticipant>} */
  participants = new Map();
  /** What comes of the mix, where that is received. @type {RemoteParticipant | null} */ mix = null;
  /** The connection with the server. @type {import('./forward.js').Forwarding | null} */ #forwarding = null;
  #options;
  #streams;
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

  /** The connection with the server, where the plan has one. */
  get forwarding() {
    return this.#forwarding;
  }

  set forwarding(forwarding) {
    this.#forwarding = forwarding;
    for (const participant of this.participants.values()) this.#listen(participant);
  }

  /** All of whom something may come: everybody, and the mix. @returns {RemoteParticipant[]} */
  get publishers() {
    return [...this.participants.values(), ...(this.mix ? [this.mix] : [])];
  }

  /** What this side's uplink takes; null while that is not known. @type {number | null} */
  get uplink() {
    if (this.#samplesWithCamera < TRUSTED_SAMPLES) return null;
    const estimates = this.#sendsDirectly ? this.#estimates() : [this.#forwarding?.stats?.available_outgoing_bps ?? null];
    return estimates.length === 0 || estimates.includes(null)
      ? null
      : /** @type {number[]} */ (estimates).reduce((sum, estimate) => sum + estimate, 0);
  }

  /** The plan has changed: connections are made that are to be, and closed that are not, and what is sent follows. */
  follow() {
    const { legs, switches } = this.#options.paths.plan;
    for (const participant of this.participants.values()) {
      if (participant.kind !== 'native') continue;
      if (legs && !participant.peer) this.#connectLate(participant);
      else if (!legs && switches.length === 0) participant.peer = null;
    }
    this.rebalance();
  }

  /**
   * The room as the server describes it after a join or a resume. Legs that work are left alone; whoever is listed is
   * offered to, if the leg is new or does not work. Who is not listed has left, unless the server is settling: after a
   * restart it finds out one by one who is there.
   *
   * @param {ParticipantInfo[]} listed
   * @param {number} settling for how long those who are missing may yet come back, in milliseconds
   */
  reconcile(listed, settling) {
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
    for (const participant of this.participants.values()) {
      participant.reason = this.#options.paths.why(participant.id);
      const { paths } = this.#options;
      participant.sendsDirectly =
        participant.kind === 'classic' || paths.carries(participant.id, 'direct') || paths.isUnreached(this.selfId);
      participant.peer?.allocate(allocation, this.#servesDirectly(participant));
    }
  }

  /** Takes a sample of every leg, once a second. */
  async sample() {
    await this.#forwarding?.sample();
    await Promise.all(this.publishers.map((publisher) => publisher.sample()));
    this.#samplesWithCamera = this.#options.media.isLive('camera') ? this.#samplesWithCamera + 1 : 0;
    if (this.#samplesWithCamera < TRUSTED_SAMPLES || !this.#sendsDirectly) return;
    const now = uplink(this.#estimates());
    if (Math.abs(now - this.#uplink) < this.#uplink * UPLINK_CHANGE) return;
    this.#uplink = now;
    this.rebalance();
  }

  /**
   * @param {ParticipantInfo} info
   * @param {boolean} polite
   */
  #add(info, polite) {
    const { paths, platform } = this.#options;
    const path = info.kind === 'classic' ? 'direct' : info.kind === 'whip' ? 'forward' : paths.of(info.id);
    const participant = new RemoteParticipant(info, path, platform.MediaStream);
    this.participants.set(info.id, participant);
    participant.on('leg', () => this.emit('leg', { participant }));
    participant.on('first-frame', () => this.emit('first-frame', undefined));
    participant.on('error', (error) => this.emit('error', { code: 'negotiation', message: String(error) }));
    if (info.kind === 'classic' || (info.kind === 'native' && paths.plan.legs)) this.#connect(participant, polite);
    this.#listen(participant);
    this.#samplesWithCamera = 0;
    this.rebalance();
    this.emit('participants', { type: 'joined', participant });
    return participant;
  }

  /** Classic participants know nothing of servers that forward. @param {RemoteParticipant} participant */
  #listen(participant) {
    participant.forwardedLeg = (participant.kind !== 'classic' && this.#forwarding?.legOf(participant.id)) || null;
  }

  /**
   * There were no connections between participants so far. Nobody is the newcomer, so that their ids decide who offers.
   *
   * @param {RemoteParticipant} participant
   */
  #connectLate(participant) {
    const offers = this.selfId < participant.id;
    this.#connect(participant, offers);
    if (offers) void participant.peer?.connect();
  }

  /**
   * @param {RemoteParticipant} participant
   * @param {boolean} polite
   */
  #connect(participant, polite) {
    const { media, ice, policy, platform, send } = this.#options;
    const { id, kind } = participant;
    participant.peer = new Peer({
      kind,
      // A classic client knows nothing of collisions, so this side always gives way to it.
      polite: polite || kind === 'classic',
      firstById: this.selfId < id,
      ice,
      policy,
      platform,
      streams: this.#streams,
      tracks: media.tracks,
      allocation: this.#allocation(this.#subscribers() + 1),
      sending: this.#servesDirectly(participant),
      sendDescription: (description) => send({ type: 'description', to: id, description }),
      sendCandidate: (candidate) => {
        if (candidate || kind === 'native') send({ type: 'candidate', to: id, candidate });
      },
    });
    participant.peer.setReachable(this.#signaled && participant.connected);
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

  /** Whether this side's media goes directly to those with a connection. */
  get #sendsDirectly() {
    return this.#options.paths.carries(this.selfId, 'direct');
  }

  /** @param {RemoteParticipant} participant whether they are sent to directly: some can be reached in no other way */
  #servesDirectly({ id, kind }) {
    return this.#sendsDirectly || kind === 'classic' || this.#options.paths.isUnreached(id);
  }

  /** What congestion control says of each connection that is sent on. @returns {(number | null)[]} */
  #estimates() {
    const served = [...this.participants.values()].filter((one) => one.peer?.leg === 'connected' && this.#servesDirectly(one));
    return served.map(({ peer }) => peer?.stats?.available_outgoing_bps ?? null);
  }

  /** Those who are sent to directly, or soon will be: somebody who is away and was never connected is not. */
  #subscribers() {
    const direct = [...this.participants.values()].filter((one) => one.peer && this.#servesDirectly(one));
    return direct.filter(({ connected, peer }) => connected || peer?.leg === 'connected').length;
  }

  /** @param {number} subscribers */
  #allocation(subscribers) {
    const { media } = this.#options;
    // Beside the other path a known uplink is halved, see Room.
    const isShared = this.#options.paths.switchOf(this.selfId) !== undefined && this.uplink !== null;
    const uplink = isShared ? this.#uplink / 2 : this.#uplink;
    const total = this.#sendsDirectly ? uplink : Math.min(this.#uplink, BESIDE * Math.max(1, subscribers));
    const heightOf = (/** @type {MediaStreamTrack | null} */ track) => track?.getSettings().height;
    return divide({
      subscribers,
      total,
      screen: media.isLive('screen'),
      screenSound: media.isLive('screen_audio'),
      quality: media.quality,
      cameraHeight: heightOf(media.tracks.camera),
      screenHeight: heightOf(media.tracks.screen),
    });
  }
}
