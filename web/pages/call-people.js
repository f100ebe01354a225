// Everybody in the call: what the library knows of them, given to the parts of the page that show it.

import { shownName } from '../elements/avatar.js';
import { emit, listen } from '../elements/dom.js';
import { Tile } from '../elements/tile.js';
import { text } from '../messages/index.js';
import { Hands } from './hands.js';
import { Speaking } from './speaking.js';

/** @typedef {import('../elements/call-page.js').CallPage} CallPage */
/** @typedef {import('../elements/stage.js').Subject} Subject */
/** @typedef {import('../elements/person-row.js').Person} Person */
/** @typedef {import('../lib/call.js').Call} Call */
/** @typedef {import('../lib/call.js').RemoteParticipant} RemoteParticipant */

/** The most names whose volume is kept. */
const VOLUMES_KEPT = 100;

/** How often it is looked who speaks, in milliseconds. */
const LISTEN_EVERY = 150;

/** Binds the call's participants to the stage, the list of people and the statistics. */
export class CallPeople {
  #call;
  #page;
  #notices;
  #hands = new Hands();
  #speaking = new Speaking();
  /** Whoever comes back is somebody new for the call: what was set for them is known by `volumeKey`. @type {Map<string, number>} */
  #volumes = new Map();
  /** What the options are open for. @type {Subject | null} */
  #subject = null;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {Call} call
   * @param {CallPage} page
   * @param {import('./call-notices.js').CallNotices} notices
   */
  constructor(call, page, notices) {
    this.#call = call;
    this.#page = page;
    this.#notices = notices;
  }

  start() {
    const { stage, people, tileMenu, reactions } = this.#page;
    const listening = setInterval(() => this.#listen(), LISTEN_EVERY);
    this.#stops = [
      () => clearInterval(listening),
      this.#call.on('participants', ({ type, participant }) => this.#changed(type, participant)),
      this.#call.on('leg', ({ participant }) => {
        this.#showOnStage(participant);
        // What is shown elsewhere too is another stream after a change of paths.
        this.#page.view.follow();
      }),
      this.#call.on('hint', (hint) => this.#showHint(hint)),
      this.#call.on('stats', () => this.#refresh()),
      this.#call.on('reaction', ({ from, name, emoji }) =>
        reactions.show(emoji, from === this.#call.self.id ? null : shownName(name)),
      ),
    ];
    listen(this.#page, 'open', () => this.#showPanel());
    listen(reactions, 'react', (/** @type {{emoji: string}} */ { emoji }) => this.#call.react(emoji));
    listen(stage, 'menu', (/** @type {{subject: Subject, button: HTMLElement}} */ { subject, button }) =>
      this.#openMenu(subject, button),
    );
    listen(people, 'menu', (/** @type {{id: string, button: HTMLElement}} */ { id, button }) =>
      this.#openMenu({ participant: id, screen: false }, button),
    );
    listen(tileMenu, 'pin', () => this.#pin());
    listen(tileMenu, 'volume', (/** @type {{volume: number}} */ { volume }) => this.#setVolume(volume));
    listen(tileMenu, 'fullscreen', () => this.#showAlone());
  }

  stop() {
    for (const stop of this.#stops) stop();
  }

  /** Everything that is shown of people: after a change of one's own, too. */
  show() {
    const people = [...this.#call.participants.values()];
    const { self, hand } = this.#call;
    const raised = people.filter(({ state }) => state.hand).map(({ id }) => id);
    for (const id of this.#hands.update(hand ? [...raised, self.id] : raised)) this.#announceHand(id);
    if (this.#call.state !== 'joining') this.#page.count(people.length + 1);
    this.#showPanel();
  }

  /**
   * @param {'joined' | 'left' | 'changed'} type
   * @param {RemoteParticipant} participant
   */
  #changed(type, participant) {
    const sharing = this.#page.stage.tile({ participant: participant.id, screen: true }) !== null;
    if (type === 'left') this.#page.stage.drop(participant.id);
    else this.#showOnStage(participant);
    if (this.#subject && !this.#page.stage.tile(this.#subject)) this.#closeMenu();
    this.show();
    // Whoever was in the room before is no news, and neither is who is found again after a lost connection.
    if (this.#call.state !== 'joined') return;
    const name = shownName(participant.name);
    if (type !== 'changed') this.#notices.moved(type, name);
    else if (participant.state.screen !== sharing) this.#notices.sharing(name, participant.state.screen);
  }

  /** @param {RemoteParticipant} participant */
  #showOnStage(participant) {
    const { stage } = this.#page;
    const subjects = [false, true].map((screen) => ({ participant: participant.id, screen }));
    const unseen = subjects.filter((subject) => !stage.tile(subject));
    stage.show(participant);
    for (const subject of unseen) {
      const tile = stage.tile(subject);
      if (tile) tile.volume = this.#volumes.get(volumeKey(participant, subject)) ?? 1;
    }
  }

  /** A classic client may add a track at any time, and nothing else tells of it. */
  #refresh() {
    for (const participant of this.#call.participants.values()) this.#showOnStage(participant);
    this.#page.view.follow();
    if (this.#page.panel === 'stats') this.#showPanel();
  }

  #showPanel() {
    const { people, stats, panel } = this.#page;
    const others = [...this.#call.participants.values()];
    if (panel === 'people') people.show([this.#own(), ...others.map((other) => this.#person(other))]);
    if (panel === 'stats') stats.show(this.#call.history, this.#seen(others));
  }

  /**
   * Of those who are mixed nothing comes but the mix.
   * @param {RemoteParticipant[]} others
   * @returns {import('../elements/stats-card.js').Subject[]}
   */
  #seen(others) {
    const { participant: mix, isShown } = this.#call.mixing;
    if (!mix || !isShown) return others;
    const { id, leg, path, forwarded, slots, history } = mix;
    const all = { id, leg, path, forwarded, slots, history, name: text.mix.name, reason: /** @type {const} */ ('mixed') };
    return [all, ...others.filter(({ mixed }) => !mixed)];
  }

  #listen() {
    const heard = [...this.#call.participants.values()].filter(({ kind, state }) => kind === 'classic' || state.mic);
    const levels = new Map(heard.map((participant) => [participant.id, participant.level]));
    const { paths, participants, forwarding } = this.#call;
    const star = participants.size > 0 && paths.name([...participants.keys()]) === 'star';
    const news = this.#speaking.hear(levels, performance.now());
    if (!news && !star) return;
    // A server that forwards everybody hears everybody, oneself included, and this side only the loudest.
    const speaker = participants.get(forwarding?.speaker ?? '')?.id ?? null;
    this.#page.stage.showSpeaking(this.#speaking.now, star ? speaker : this.#speaking.floor);
    this.#page.view.follow();
  }

  /** @returns {Person} */
  #own() {
    const { self, media, hand } = this.#call;
    return {
      ...self,
      own: true,
      here: this.#call.state === 'joined',
      micOn: media.isLive('mic'),
      cameraOn: media.isLive('camera'),
      sharing: media.isLive('screen'),
      hand: hand ? this.#hands.place(self.id) : 0,
    };
  }

  /**
   * @param {RemoteParticipant} participant
   * @returns {Person}
   */
  #person({ id, name, kind, host, connected, state }) {
    const known = kind !== 'classic';
    const [micOn, cameraOn] = known ? [state.mic, state.camera] : [null, null];
    return {
      id,
      name,
      host,
      own: false,
      here: connected,
      micOn,
      cameraOn,
      sharing: state.screen,
      hand: this.#hands.place(id),
    };
  }

  /** @param {string} id */
  #announceHand(id) {
    const participant = this.#call.participants.get(id);
    if (participant && this.#call.state === 'joined') this.#notices.hand(shownName(participant.name));
  }

  /**
   * @param {Subject} subject
   * @param {HTMLElement} button by which they were asked for
   */
  #openMenu(subject, button) {
    const participant = this.#call.participants.get(subject.participant);
    const tile = this.#page.stage.tile(subject);
    if (!participant || !tile) return;
    this.#subject = subject;
    const name = shownName(participant.name);
    const { path, leg, mixed } = participant;
    const known = leg === 'connected' && path !== null;
    this.#page.tileMenu.open(
      {
        name: subject.screen ? text.people.screenOf(name) : name,
        pinned: mixed ? null : this.#page.stage.isPinned(subject),
        volume: mixed || (subject.screen && !participant.state.screen_audio) ? null : tile.volume,
        path: known ? text.tile[`${path}Title`] : text.options.pathUnknown,
        fullScreen: !mixed && document.fullscreenEnabled === true,
      },
      button,
    );
    emit(this.#page, 'options', { participant: participant.id });
  }

  #closeMenu() {
    this.#subject = null;
    this.#page.tileMenu.close();
  }

  /** @param {import('../lib/hints.js').Hint} hint */
  #showHint({ kind, participant }) {
    if (kind !== 'no-path' || !participant) return;
    const tile = this.#page.stage.tile({ participant: participant.id, screen: false });
    if (!(tile instanceof Tile)) return;
    tile.showPathless();
    tile.show(participant);
  }

  #pin() {
    const { stage } = this.#page;
    if (this.#subject) stage.pin(stage.isPinned(this.#subject) ? null : this.#subject);
  }

  /** @param {number} volume */
  #setVolume(volume) {
    const subject = this.#subject;
    const tile = subject && this.#page.stage.tile(subject);
    const participant = subject && this.#call.participants.get(subject.participant);
    if (!tile || !participant) return;
    tile.volume = volume;
    // Many may be without a name.
    if (participant.name === '') return;
    this.#volumes.set(volumeKey(participant, subject), volume);
    const [oldest = ''] = this.#volumes.keys();
    if (this.#volumes.size > VOLUMES_KEPT) this.#volumes.delete(oldest);
  }

  #showAlone() {
    const tile = this.#subject && this.#page.stage.tile(this.#subject);
    if (tile) void this.#page.view.toggleFullScreen(tile);
  }
}

/**
 * @param {RemoteParticipant} participant
 * @param {Subject} subject
 */
function volumeKey({ name }, { screen }) {
  return `${screen ? 'screen' : 'person'} ${name}`;
}
