import { Conversation } from './conversation.js';
import { Emitter } from './emitter.js';
import { Forwarding } from './forward.js';
import { Mixing } from './mixing.js';
import { Monitor } from './monitor.js';
import { cleanName } from './names.js';
import { DEFAULT, Paths } from './plan.js';
import { DEFAULT_RULES } from './policy.js';
import { Presence } from './presence.js';
import { MIX } from './protocol.js';
import { Recordings } from './recordings.js';
import { Roster } from './roster.js';
import { Stalls } from './stalls.js';
import { surroundings } from './surroundings.js';
import { Switching } from './switching.js';
import { Telling } from './telling.js';

/** @typedef {import('./protocol.js').ChatMessage} ChatMessage */
/** @typedef {import('./protocol.js').SequencedMessage} SequencedMessage */
/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */

/**
 * What happens in a room.
 *
 * - `participants`: somebody came, left, or changed
 * - `leg`: the connection to somebody changed its state or path
 * - `stats`: every participant has a new sample, once a second
 * - `hint`: something is worth saying about the network, see Hint
 * - `chat`: a message, one's own too
 * - `reaction`: somebody reacted, oneself included; `from` is an id
 * - `plan`: which way the room's media goes is known, or is another matter from now on
 * - `switched`: something is known of somebody's change from one path to the other, see Switching
 * - `mix`: this side receives the mix, or not any more, or has got further with that; see Mixing
 * - `recordings`: something is known of a recording of the room, which is told to hosts only
 * - `knocks`: others wait to be let in, or not any more, which is told to hosts only
 * - `muted`: something of this side's was switched off, by a host or, where `from` is null, by the rules of the room
 * - `asked`: a host would like this side to switch something on that it may
 * - `appointed`: this side is a host from now on
 * - `speakers`: while the server forwards, somebody else speaks or is heard; see Forwarding
 * - `sounds`: something else is to be played, or not any more; see soundsOf
 * - `reachable`: whether the media port of a server that forwards can be reached, once that is in doubt
 * - `error`: something was refused, or cannot be used; the call goes on
 *
 * @typedef {object} RoomEvents
 * @property {{type: 'joined' | 'left' | 'changed', participant: RemoteParticipant}} participants
 * @property {{participant: RemoteParticipant}} leg
 * @property {undefined} stats
 * @property {import('./hints.js').Hint} hint
 * @property {ChatMessage} chat
 * @property {{from: string, name: string, emoji: string}} reaction
 * @property {import('./protocol.js').Plan} plan
 * @property {import('./switching.js').Record} switched
 * @property {undefined} mix
 * @property {undefined} recordings
 * @property {undefined} knocks
 * @property {{from: string | null} & import('./protocol.js').Switches} muted
 * @property {{from: string, mic: boolean, camera: boolean}} asked
 * @property {undefined} appointed
 * @property {undefined} speakers
 * @property {undefined} sounds
 * @property {boolean} reachable
 * @property {{code: string, message: string}} error
 */

/** Refusals that nothing follows from: the other one has left meanwhile, a switch is over, or the rules have changed as something was
 * switched on. */
const HARMLESS = new Set(['unknown-participant', 'unknown-switch', 'too-many-candidates', 'resume-refused', 'not-joined', 'not-allowed']);

/** What the rules of a room, and its hosts, switch. */
const SWITCHED = /** @type {const} */ (['mic', 'camera', 'screen']);

/** Of an uplink that is known, what a path may take that is sent on beside another one. */
const OVERLAP_PART = 0.5;

/** What is only held ready must not keep back what is to be seen first: it waits for that, or for so many milliseconds. */
const STANDBY_AFTER = 1_500;

/**
 * The room as this side knows it: who is there, what was said, and what the others know of this side. How the server is
 * reached, and whether this side is in at all, is the call's matter.
 *
 * - `first-frame`: the first picture of anybody was decoded
 *
 * @extends {Emitter<RoomEvents & {'first-frame': undefined}>}
 */
export class Room extends Emitter {
  /** This participant; `id` is empty before the first `joined`. */ self;
  /** The key that makes one a host, known to whoever made the room. @type {string | null} */ hostKey;

  /** Who waits to be let in, as hosts are told; whoever has waited longest comes first. @type {readonly import('./protocol.js').Knock[]} */
  knocks = [];

  #legs;
  #paths = new Paths();
  #roster;
  #monitor;
  #switching;
  #stalls;
  #mixing;
  #telling;
  #signaled = false;
  #presence;
  #conversation = new Conversation();
  #recordings = new Recordings();
  #open = false;
  /** Whether the next full picture follows a resume. */ #resuming = false;

  /**
   * @param {object} options
   * @param {string} options.name of this participant
   * @param {string | undefined} options.hostKey
   * @param {Omit<import('./roster.js').RosterOptions, 'paths'>
   *   & Omit<import('./forward.js').ForwardOptions, 'isLive' | 'sending'>} options.legs
   * @param {import('./changeover.js').Surroundings['prepare']} options.prepare
   * @param {import('./mixing.js').MixingOptions['prepare']} options.prepareMix
   */
  constructor({ name, hostKey, legs, prepare, prepareMix }) {
    super();
    const { now, userAgent, MediaStream } = legs.platform;
    this.#legs = legs;
    this.self = { id: '', name: cleanName(name), host: false };
    this.hostKey = hostKey ?? null;
    this.#presence = new Presence(legs.media, legs.send);
    this.#roster = new Roster({ ...legs, paths: this.#paths });
    this.#monitor = new Monitor(this.#roster);
    this.#telling = new Telling({
      roster: this.#roster,
      traffic: () => this.history.at(-1),
      send: (facts) => this.#inform(facts),
      userAgent,
    });
    this.#mixing = new Mixing({
      paths: this.#paths,
      others: () => this.participants.values(),
      MediaStream,
      prepare: prepareMix,
      now,
    });
    const around = surroundings({ now, prepare, mixing: this.#mixing, forwarding: () => this.forwarding });
    this.#switching = new Switching({ paths: this.#paths, send: legs.send, surroundings: around });
    this.#stalls = new Stalls(
      () => this.participants.values(),
      ({ id }) => {
        // Where nothing can be forwarded, or is going to be, there is nothing to be done about it.
        const { plan } = this.#paths;
        if (plan.standby && this.#paths.wanted(id) === 'direct' && !this.#paths.isUnreached(this.self.id)) this.#complain(id);
      },
      now,
    );
    this.#roster.on('participants', ({ type, participant }) => this.#peopleChanged(type, participant));
    this.#roster.on('leg', ({ participant }) => this.#legChanged(participant));
    this.#mixing.on('changed', () => {
      this.#roster.mix = this.#mixing.participant;
      this.emit('mix', undefined);
    });
    this.#recordings.on('changed', () => this.emit('recordings', undefined));
    this.#switching.on('switched', (record) => this.emit('switched', record));
    this.#roster.on('error', (detail) => this.emit('error', detail));
    this.#roster.on('first-frame', () => {
      this.forwarding?.hurry();
      this.emit('first-frame', undefined);
    });
    this.#monitor.on('stats', () => {
      this.#telling.sampled();
      this.emit('stats', undefined);
    });
    this.#monitor.on('hint', (hint) => this.emit('hint', hint));
  }

  /** @type {ReadonlyMap<string, RemoteParticipant>} */
  get participants() {
    return this.#roster.participants;
  }

  /** The connection with the server, used or not; null where the room's policy wants none. */
  get forwarding() {
    return this.#roster.forwarding;
  }

  /** Which way everybody's media goes. */
  get paths() {
    return this.#paths;
  }

  /** What was seen of changes from one path to the other, oldest first. */
  get switches() {
    return this.#switching.records;
  }

  /** How the mix of the room is received. */
  get mixing() {
    return this.#mixing;
  }

  /** Whether the person wants the mix in place of everybody's media; undefined before that is known. */
  get wantsMix() {
    return this.#telling.mix;
  }

  set wantsMix(wanted) {
    this.#telling.mix = wanted;
  }

  /** What guests may do here. @returns {import('./protocol.js').Rules} */
  get rules() {
    return { ...DEFAULT_RULES, ...this.#paths.plan.policy.rules };
  }

  /** Whether this side may do that. @param {'mic' | 'camera' | 'screen' | 'chat'} what */
  allows(what) {
    return this.self.host || this.rules[what];
  }

  /** @type {readonly ChatMessage[]} */
  get chat() {
    return this.#conversation.messages;
  }

  /** The recordings of the room that a host knows of, oldest first. */
  get recordings() {
    return this.#recordings.items;
  }

  get history() {
    return this.#monitor.history;
  }

  get hand() {
    return this.#presence.hand;
  }

  /** @param {boolean} raised */
  setHand(raised) {
    this.#presence.hand = raised;
    this.#tell();
  }

  /** Begins to look after the legs. */
  open() {
    this.#open = true;
    this.#monitor.start();
    this.#stalls.start();
  }

  /** Ends every leg. */
  close() {
    this.#open = false;
    this.#telling.stop();
    this.#monitor.stop();
    this.#stalls.stop();
    this.#switching.close();
    this.#roster.clear();
    this.#stopForwarding();
  }

  /** @returns {import('./protocol.js').State} what is live now, for a server that does not know it yet */
  introduce() {
    return this.#presence.all();
  }

  /** Sends what LocalMedia has now, and says so. */
  publish() {
    this.#obey();
    this.#roster.publish();
    this.forwarding?.publish();
    this.#tell();
  }

  /**
   * The server's picture of the room, the first one or another: it may follow a join (`re`), a resume, or neither, when
   * another life of the room was brought back (docs/protocol.md, section 3).
   *
   * @param {import('./protocol.js').Joined} joined
   */
  joined({ participant, host, host_key: hostKey, participants, settling = 0, chat, plan, re }) {
    const isAppointed = host && !this.self.host && this.self.id === participant;
    this.self = { ...this.self, id: participant, host };
    this.hostKey = hostKey ?? this.hostKey;
    if (!host) this.#recordings.clear();
    this.#wait([]);
    this.#roster.selfId = participant;
    this.#follow(plan ?? DEFAULT, participants.filter(({ state }) => state.camera).length);
    this.forwarding?.renew();
    if (re !== undefined || this.#resuming) this.#roster.reconcile(participants, settling);
    else this.#roster.update(participants);
    for (const message of chat) this.#hear(message);
    if (this.#resuming) this.#presence.forget();
    this.#resuming = false;
    this.#telling.forget();
    if (this.wantsMix) this.#telling.tell();
    this.#tell();
    if (isAppointed) this.emit('appointed', undefined);
  }

  /** @param {SequencedMessage} message */
  receive(message) {
    switch (message.type) {
      case 'chat':
        return this.#hear(message.message);
      case 'reaction':
        return this.#reacted(message);
      case 'recordings':
        return this.#recordings.hear(message.items);
      case 'knocks':
        return this.#wait(message.items);
      case 'muted':
        return this.#switchOff(message.from, SWITCHED.filter((source) => message[source]));
      case 'asked':
        return this.#asked(message);
      case 'error':
        if (HARMLESS.has(message.code)) return;
        return this.emit('error', { code: message.code, message: message.message });
      case 'forwarded':
      case 'forward-ended':
      case 'slots':
      case 'wanted':
      case 'speakers':
        return this.forwarding?.receive(message);
      case 'plan': {
        const { type: _, seq: __, ...plan } = message;
        return this.#follow(plan, this.participants.size);
      }
      default:
        this.#roster.receive(message);
    }
  }

  /**
   * The server has lost what was under way.
   *
   * @param {boolean} inside whether it still has a place for this participant
   */
  forget(inside) {
    this.#resuming = inside;
    this.#switching.forget();
    this.#recordings.forget();
    this.#wait([]);
    if (inside) {
      this.#roster.forget();
      void this.forwarding?.forget();
    } else {
      this.#roster.clear();
      this.#stopForwarding();
      this.#paths.plan = DEFAULT;
      this.emit('plan', DEFAULT);
    }
  }

  /** @param {boolean} signaled whether the server can be reached */
  setSignaled(signaled) {
    this.#signaled = signaled;
    this.#roster.setSignaled(signaled);
    this.forwarding?.setSignaled(signaled);
  }

  /** The network underneath has changed. */
  verify() {
    this.#roster.verify();
    void this.forwarding?.verify();
  }

  /**
   * The room's media goes as the server says, whatever anybody's link asked for.
   *
   * @param {import('./protocol.js').Plan} plan
   * @param {number} pictures that are to be expected
   */
  #follow(plan, pictures) {
    const before = this.#paths.plan;
    this.#paths.plan = plan;
    if (!plan.standby) this.#stopForwarding();
    else if (!this.forwarding) this.#startForwarding(pictures);
    if (this.#needsServer) this.forwarding?.hurry();
    // What is to be seen by another path has to be sent there first.
    this.#send();
    this.#roster.follow();
    this.#mixing.follow(this.#paths.whyMixed(this.self.id), this.forwarding);
    this.#switching.update(before, this.self.id, this.participants.values());
    this.#obey();
    this.emit('plan', plan);
  }

  /** Whether anybody's media goes by the server, or is about to. */
  get #needsServer() {
    return this.wantsMix || this.#paths.forwards || this.#paths.plan.switches.length > 0;
  }

  /** Sends to the server what is to go there. */
  #send() {
    if (!this.forwarding) return;
    const { connection } = this.forwarding;
    const both = this.#paths.carries(this.self.id, 'direct');
    connection.most = both ? (this.#roster.uplink ?? Infinity) * OVERLAP_PART : Infinity;
    connection.sending = this.#paths.carries(this.self.id, 'forward');
  }

  /**
   * @param {'joined' | 'left' | 'changed'} type
   * @param {RemoteParticipant} participant
   */
  #peopleChanged(type, participant) {
    if (type === 'left') this.#switching.drop(participant);
    else this.#switching.aim(participant);
    this.#mixing.mark();
    this.emit('participants', { type, participant });
    if (type === 'left') this.emit('sounds', undefined);
  }

  /** @param {RemoteParticipant} participant */
  #legChanged(participant) {
    this.#switching.aim(participant);
    this.emit('leg', { participant });
    // Whoever is taken from the other path is heard from there in the same moment.
    this.emit('sounds', undefined);
    this.#telling.changed();
  }

  /**
   * Tells the server what it decides by. What cannot be told now is worth nothing later.
   *
   * @param {import('./protocol.js').ClientMessage} message
   */
  #inform(message) {
    if (this.#open && this.#signaled && this.self.id !== '') this.#legs.send(message);
  }

  /** A refusal says only that it was said too often. @param {string} publisher of whom nothing comes any more */
  #complain(publisher) {
    if (this.#open && this.#signaled) this.#legs.request({ type: 'stalled', publisher }).catch(() => null);
  }

  /** @param {number} pictures that are to be expected */
  #startForwarding(pictures) {
    const isLive = (/** @type {import('./protocol.js').ShownItem} */ { participant, source }) =>
      participant === MIX || (this.participants.get(participant)?.state[source] ?? false);
    const sending = this.#paths.carries(this.self.id, 'forward');
    const forwarding = new Forwarding({ ...this.#legs, isLive, sending });
    this.#roster.forwarding = forwarding;
    for (const type of /** @type {const} */ (['speakers', 'sounds', 'reachable', 'error'])) {
      forwarding.on(type, (detail) => this.emit(type, detail));
    }
    forwarding.connect(pictures, pictures > 0 && !this.#needsServer ? STANDBY_AFTER : 0);
  }

  #stopForwarding() {
    if (!this.forwarding) return;
    this.#mixing.close();
    this.forwarding.close();
    this.#roster.forwarding = null;
    this.emit('sounds', undefined);
  }

  /** @param {import('./protocol.js').Knock[]} knocks */
  #wait(knocks) {
    if (knocks.length === 0 && this.knocks.length === 0) return;
    this.knocks = knocks;
    this.emit('knocks', undefined);
  }

  /** What the rules of the room forbid is switched off, whoever has switched it on. */
  #obey() {
    this.#switchOff(null, SWITCHED.filter((source) => !this.allows(source)));
  }

  /**
   * @param {string | null} from the host who wants it; null: the rules do
   * @param {('mic' | 'camera' | 'screen')[]} sources
   */
  #switchOff(from, sources) {
    const { media } = this.#legs;
    const live = sources.filter((source) => media.isLive(source));
    for (const source of live) void media.setEnabled(source, false);
    const is = (/** @type {'mic' | 'camera' | 'screen'} */ source) => live.includes(source);
    if (live.length > 0) this.emit('muted', { from, mic: is('mic'), camera: is('camera'), screen: is('screen') });
  }

  /** What is on already, or may not be, nobody is asked for. @param {import('./protocol.js').Asked} asked */
  #asked({ from, mic, camera }) {
    const { media } = this.#legs;
    const asks = (/** @type {boolean} */ wanted, /** @type {'mic' | 'camera'} */ source) => wanted && this.allows(source) && !media.isLive(source);
    const asked = { from, mic: asks(mic, 'mic'), camera: asks(camera, 'camera') };
    if (asked.mic || asked.camera) this.emit('asked', asked);
  }

  /** Tells the others what has changed since they were last told; before this side is in, joining tells it. */
  #tell() {
    if (this.#open && this.self.id !== '') this.#presence.tell();
  }

  /** @param {ChatMessage} message */
  #hear(message) {
    if (this.#conversation.hear(message)) this.emit('chat', message);
  }

  /** @param {import('./protocol.js').Reaction} reaction */
  #reacted({ from, emoji }) {
    const name = from === this.self.id ? this.self.name : this.participants.get(from)?.name;
    if (name !== undefined) this.emit('reaction', { from, name, emoji });
  }
}
