// The stage: everybody's tile and every shared screen, as large as the space allows, and the own picture.

import { emit, listen } from './dom.js';
import { MixTile } from './mix-tile.js';
import { onScreen } from './on-screen.js';
import { movable } from './own-corner.js';
import { Paging, capacity } from './paging.js';
import { Prominence } from './prominence.js';
import { ScreenTile } from './screen-tile.js';
import { Sounds } from './sounds.js';
import { CORNERS } from './stage-layout.js';
import { StageMix } from './stage-mix.js';
import { cornerAt, place } from './stage-place.js';
import { Tile } from './tile.js';
import { MIX } from '../lib/protocol.js';

/** @typedef {import('../lib/call.js').RemoteParticipant} RemoteParticipant */
/** @typedef {import('./stage-layout.js').Corner} Corner */
/** @typedef {{participant: string, screen: boolean}} Subject somebody, or their shared screen */

/** What changes what of the stage is on screen, besides its size. */
const LOOKS = ['visibilitychange', 'fullscreenchange'];

/**
 * Holds tiles in the order in which people came, each put in its place by a transform: nothing on the stage ever shifts
 * anything else. Sizes depend on the number of tiles, the layout and the space only, never on what the pictures show.
 * Emits `blocked` when the browser does not let somebody's sound play, `menu` {subject, button}, `layout` when something else
 * may be large, `lost` when a tile that had the focus has gone, `page` {page, pages} when there are pages, and `shown` {items}:
 * what is on screen.
 */
export class Stage extends HTMLElement {
  /** @type {HTMLElement | null} */
  #self = null;
  /** By `keyOf`. @type {Map<string, Tile | ScreenTile | MixTile>} */
  #tiles = new Map();
  #prominence = new Prominence();
  #paging = new Paging();
  #paged = false;
  #mix = new StageMix();
  #sounds = new Sounds(this);
  /** @type {Corner} */
  #corner = 'bottom-end';
  /** By the same keys. @type {Map<string, Subject>} */
  #subjects = new Map();
  /** Whoever has the floor. @type {string | null} */
  #speaker = null;
  /** Where the tiles of this page are. @type {[key: string, box: import('./stage-layout.js').Box][]} */
  #placed = [];
  #output = '';
  #above = 0;
  #resized = new ResizeObserver(() => this.#arrange(false));
  #looked = () => this.#arrange(false);

  connectedCallback() {
    this.#resized.observe(this);
    for (const type of LOOKS) document.addEventListener(type, this.#looked);
  }

  disconnectedCallback() {
    this.#resized.disconnect();
    for (const type of LOOKS) document.removeEventListener(type, this.#looked);
    this.#sounds.show([], () => 0);
  }

  /** Whether people stand on pages when there are too many; otherwise all stand on one. @param {boolean} paged */
  set paged(paged) {
    this.#paged = paged;
    this.toggleAttribute('data-paged', paged);
    this.#arrange(false);
  }

  /** Whether nobody's picture is wanted. @param {boolean} only */
  set soundOnly(only) {
    if (only === this.#mix.soundOnly) return;
    this.toggleAttribute('data-sound-only', only);
    this.#mix.soundOnly = only;
    this.#rearrange();
  }

  /** @param {number} by how many pages to go on, or back */
  turn(by) {
    if (this.#mix.isAlone) return;
    this.#paging.turn(by);
    this.#arrange(false);
  }

  /** Plays what comes apart from the tiles, as loud as theirs. @param {readonly import('../lib/arrivals.js').PlayedSound[]} sounds */
  playSounds(sounds) {
    const tileOf = (/** @type {import('../lib/arrivals.js').PlayedSound} */ { participant, source }) =>
      participant === null ? null : this.tile({ participant, screen: source === 'screen_audio' });
    this.#sounds.show(sounds, (sound) => tileOf(sound)?.volume ?? 1);
  }

  /**
   * The own picture.
   * @param {HTMLElement} view
   */
  setSelf(view) {
    this.#self = view;
    this.append(view);
    movable(view, {
      next: () => this.#moveSelf(CORNERS[(CORNERS.indexOf(this.#corner) + 1) % CORNERS.length] ?? 'bottom-end'),
      drop: (x, y) => this.#moveSelf(cornerAt(this, x, y)),
    });
    this.#arrange(false);
  }

  /** @param {RemoteParticipant} participant */
  show(participant) {
    const person = { participant: participant.id, screen: false };
    (this.tile(person) ?? this.#add(person, new Tile())).show(participant);
    const screen = { participant: participant.id, screen: true };
    const shared = this.tile(screen);
    if (participant.state.screen) (shared ?? this.#add(screen, new ScreenTile())).show(participant);
    else if (shared) this.#remove(screen);
  }

  /**
   * Makes ready what comes of somebody by another path, so that the next `show` changes to it without a gap.
   * @param {RemoteParticipant} participant
   * @param {import('../lib/protocol.js').Path} path
   * @returns {Promise<import('../lib/changeover.js').Shown>}
   */
  async prepare(participant, path) {
    const { camera, screen } = participant.by(path).streams;
    const ready = [{ screen: false, stream: camera }, { screen: true, stream: screen }].map(({ screen: isScreen, stream }) =>
      this.tile({ participant: participant.id, screen: isScreen })?.prepare(stream),
    );
    const shown = (await Promise.all(ready)).filter((one) => one !== null && one !== undefined);
    return {
      gap: async () => {
        const gaps = (await Promise.all(shown.map((one) => one.gap()))).filter((gap) => gap !== null);
        return gaps.length > 0 ? Math.max(...gaps) : null;
      },
    };
  }

  /**
   * Shows how far the mix has got to take everybody's place, or to give it back.
   * @param {import('./stage-mix.js').Mix} mix
   */
  showMix(mix) {
    const wasSeen = this.#mix.isSeen;
    this.#mix.show(mix, () => this.#stand({ participant: MIX, screen: false }, new MixTile()));
    const { tile, isAlone, isSeen } = this.#mix;
    if (!tile) this.#forget(MIX);
    // What fills the screen goes with everybody else's place.
    if (isAlone && !wasSeen && document.fullscreenElement?.parentElement === this) void document.exitFullscreen();
    if (isSeen === wasSeen) this.#arrange(true);
    else this.#rearrange();
  }

  /**
   * Resolves once the mix, or, without `on`, everybody can be shown.
   * @param {boolean} on
   */
  async prepareMix(on) {
    const { tile: mix } = this.#mix;
    const others = [...this.#tiles.values()].filter((tile) => tile !== mix && !tile.hidden && tile.expectsPicture);
    await Promise.all((on ? (mix ? [mix] : []) : others).map((tile) => tile.playing()));
  }

  /** Whether the mix is shown, in which nobody can be chosen. */
  get isMixed() {
    return this.#mix.isSeen;
  }

  /** @param {string} id */
  drop(id) {
    this.#remove({ participant: id, screen: true });
    this.#remove({ participant: id, screen: false });
  }

  /** @param {Subject} subject */
  tile(subject) {
    return this.#tiles.get(keyOf(subject)) ?? null;
  }

  /** Whether everybody has the same size, or something is large. */
  get layout() {
    return this.#prominence.layout;
  }

  set layout(layout) {
    this.#prominence.layout = layout;
    this.#rearrange();
  }

  /** What is kept free at the top, in CSS pixels. @param {number} above */
  set above(above) {
    this.#above = above;
    this.#arrange(true);
  }

  /** What is kept large. @param {Subject | null} subject */
  pin(subject) {
    this.#prominence.pinned = subject && keyOf(subject);
    this.#rearrange();
  }

  /** @param {Subject} subject */
  isPinned(subject) {
    return this.#prominence.pinned === keyOf(subject);
  }

  /**
   * Marks those who speak now.
   * @param {ReadonlySet<string>} speaking ids
   * @param {string | null} loudest whoever holds the floor
   */
  showSpeaking(speaking, loudest) {
    for (const [key, tile] of this.#tiles) tile.toggleAttribute('data-speaking', speaking.has(key));
    if (loudest === null || loudest === this.#speaker || !this.#tiles.has(loudest)) return;
    this.#speaker = loudest;
    const turned = this.#prominence.speaks(loudest);
    const moved = this.#paging.speaks(loudest, this.#most, this.#prominence.main);
    if (turned || moved) this.#arrange(true);
    else this.#tell();
  }

  /** Whether somebody shares a screen. */
  get hasScreen() {
    return [...this.#tiles.values()].some((tile) => tile instanceof ScreenTile);
  }

  /** The picture that is large, or would be: for whoever shows it elsewhere too. */
  get mainVideo() {
    const large = this.#mix.isSeen ? MIX : this.#prominence.foremost;
    return this.#tiles.get(large ?? '')?.video ?? null;
  }

  /** Plays everybody's sound; called when the person has touched the page. */
  hear() {
    for (const tile of this.#tiles.values()) tile.hear();
    this.#sounds.hear();
  }

  /**
   * Which loudspeaker plays everybody.
   * @param {string} deviceId
   * @returns {Promise<boolean>} whether it does
   */
  async playOn(deviceId) {
    this.#output = deviceId;
    const all = [...this.#tiles.values(), this.#sounds];
    const done = await Promise.all(all.map((each) => each.playOn(deviceId)));
    return done.every(Boolean);
  }

  /**
   * @param {Subject} subject
   * @param {Tile | ScreenTile} tile
   */
  #add(subject, tile) {
    listen(tile, 'blocked', () => emit(this, 'blocked'));
    listen(tile, 'menu', (/** @type {{button: HTMLElement}} */ { button }) => emit(this, 'menu', { subject, button }));
    if (this.#output) void tile.playOn(this.#output);
    this.#prominence.add(keyOf(subject), subject.screen);
    this.#paging.add(keyOf(subject));
    this.#stand(subject, tile);
    this.#rearrange();
    return tile;
  }

  /**
   * @template {Tile | ScreenTile | MixTile} T
   * @param {Subject} subject
   * @param {T} tile
   */
  #stand(subject, tile) {
    this.#tiles.set(keyOf(subject), tile);
    this.#subjects.set(keyOf(subject), subject);
    return this.insertBefore(tile, this.#self);
  }

  /** @param {Subject} subject */
  #remove(subject) {
    const key = keyOf(subject);
    const tile = this.#tiles.get(key);
    if (!tile) return;
    const focused = tile.contains(document.activeElement);
    tile.remove();
    this.#forget(key);
    this.#prominence.remove(key);
    this.#paging.remove(key);
    if (this.#speaker === key) this.#speaker = null;
    this.#rearrange();
    if (focused) emit(this, 'lost');
  }

  /** @param {string} key */
  #forget(key) {
    this.#tiles.delete(key);
    this.#subjects.delete(key);
  }

  /** What is large may be something else now, or nothing. */
  #rearrange() {
    for (const [key, tile] of this.#tiles) tile.showPinned(key === this.#prominence.pinned);
    this.#arrange(true);
    emit(this, 'layout');
  }

  /** @param {boolean} moving whether people, and not the window, are the reason */
  #arrange(moving) {
    const { large, keys, page, pages } = this.#cast();
    const main = this.#tiles.get(large ?? '') ?? null;
    const onPage = large === null ? keys : [large, ...keys];
    const tiles = onPage.map((key) => this.#tiles.get(key)).filter((tile) => tile !== undefined);
    const kind = main && (main instanceof ScreenTile ? 'screen' : 'person');
    const { tile: mix } = this.#mix;
    for (const tile of this.#tiles.values()) this.#reveal(tile, tiles.includes(tile) || tile === mix, tile === main);
    mix?.toggleAttribute('data-unseen', !this.#mix.isSeen);
    this.toggleAttribute('data-moving', moving);
    this.#placed = this.#place(onPage, tiles, kind);
    emit(this, 'page', { page, pages });
    this.#tell();
  }

  /** Who has a place of their own, and who has the largest. */
  #cast() {
    const { main: large } = this.#prominence;
    if (!this.#mix.isAlone) return { large, ...this.#paging.look(this.#most, large) };
    const apart = [...this.#subjects].filter(([, { participant }]) => this.#mix.isApart(participant));
    return { large: null, keys: apart.map(([key]) => key), page: 0, pages: 1 };
  }

  /**
   * The mix has all of the stage, over everybody or with those beside it who are not in it.
   * @param {string[]} keys
   * @param {HTMLElement[]} tiles
   * @param {'screen' | 'person' | null} main
   * @returns {[key: string, box: import('./stage-layout.js').Box][]}
   */
  #place(keys, tiles, main) {
    const { tile: mix, isSeen, isAlone } = this.#mix;
    const scene = { screens: this.hasScreen, corner: this.#corner, above: this.#above };
    const everybody = isAlone ? [] : place(this, { ...scene, tiles, own: isSeen ? null : this.#self, main });
    const cast = mix ? [mix, ...(isAlone ? tiles : [])] : [];
    const mixed = mix ? place(this, { ...scene, tiles: cast, own: isSeen ? this.#self : null, main: 'mix' }) : [];
    const keyed = (/** @type {import('./stage-layout.js').Box[]} */ boxes, /** @type {string[]} */ of) =>
      boxes.map((box, index) => /** @type {[string, typeof box]} */ ([of[index] ?? '', box]));
    return [...keyed(everybody, keys), ...keyed(mixed, [MIX, ...keys])];
  }

  /** How many tiles there may be on a page. */
  get #most() {
    return this.#paged ? capacity(this.clientWidth, this.clientHeight, this.#prominence.main !== null) : Infinity;
  }

  /**
   * @param {HTMLElement} tile
   * @param {boolean} onPage
   * @param {boolean} large
   */
  #reveal(tile, onPage, large) {
    const focused = !onPage && tile.contains(document.activeElement);
    tile.toggleAttribute('data-main', large);
    tile.hidden = !onPage;
    if (focused) emit(this, 'lost');
  }

  /** Says what is on screen. */
  #tell() {
    const placed = this.#placed.flatMap(([key, { width, height }]) => {
      const [subject, tile] = [this.#subjects.get(key), this.#tiles.get(key)];
      return subject && tile ? [{ subject, video: tile.video, width, height, rank: this.#rankOf(key, subject) }] : [];
    });
    emit(this, 'shown', { items: onScreen(placed) });
  }

  /**
   * The mix first, in place of all others, or last before that; then screens, then what is kept large, then who speaks.
   * @param {string} key
   * @param {Subject} subject
   */
  #rankOf(key, { screen }) {
    if (key === MIX) return this.#mix.isSeen ? -1 : 4;
    if (screen) return 0;
    if (key === this.#prominence.main) return 1;
    return key === this.#speaker ? 2 : 3;
  }

  /** @param {Corner} corner */
  #moveSelf(corner) {
    this.#corner = corner;
    this.#arrange(true);
  }
}

/** @param {Subject} subject */
function keyOf({ participant, screen }) {
  return screen ? `${participant} screen` : participant;
}

customElements.define('vv-stage', Stage);
