// The stage: everybody's tile and every shared screen, as large as the space allows, and the own picture.

import { emit, listen } from './dom.js';
import { movable } from './own-corner.js';
import { Prominence } from './prominence.js';
import { ScreenTile } from './screen-tile.js';
import { CORNERS } from './stage-layout.js';
import { cornerAt, place } from './stage-place.js';
import { Tile } from './tile.js';

/** @typedef {import('../lib/call.js').RemoteParticipant} RemoteParticipant */
/** @typedef {import('./stage-layout.js').Corner} Corner */
/** @typedef {{participant: string, screen: boolean}} Subject somebody, or their shared screen */

/**
 * Holds tiles in the order in which people came, each put in its place by a transform: nothing on the stage ever shifts
 * anything else. Sizes depend on the number of tiles, the layout and the space only, never on what the pictures show.
 * Emits `blocked` when the browser does not let somebody's sound play, `menu` {subject, button}, `layout` when something else
 * may be large, and `lost` when a tile that had the focus has gone.
 */
export class Stage extends HTMLElement {
  /** @type {HTMLElement | null} */
  #self = null;
  /** By `keyOf`. @type {Map<string, Tile | ScreenTile>} */
  #tiles = new Map();
  #prominence = new Prominence();
  /** @type {Corner} */
  #corner = 'bottom-end';
  #output = '';
  #above = 0;
  #resized = new ResizeObserver(() => this.#arrange(false));

  connectedCallback() {
    this.#resized.observe(this);
  }

  disconnectedCallback() {
    this.#resized.disconnect();
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
    if (loudest !== null && this.#prominence.speaks(loudest)) this.#arrange(true);
  }

  /** Whether somebody shares a screen. */
  get hasScreen() {
    return [...this.#tiles.values()].some((tile) => tile instanceof ScreenTile);
  }

  /** The picture that is large, or would be: for whoever shows it elsewhere too. */
  get mainVideo() {
    return this.#tiles.get(this.#prominence.foremost ?? '')?.video ?? null;
  }

  /** Plays everybody's sound; called when the person has touched the page. */
  hear() {
    for (const tile of this.#tiles.values()) tile.hear();
  }

  /**
   * Which loudspeaker plays everybody.
   * @param {string} deviceId
   * @returns {Promise<boolean>} whether it does
   */
  async playOn(deviceId) {
    this.#output = deviceId;
    const done = await Promise.all([...this.#tiles.values()].map((tile) => tile.playOn(deviceId)));
    return done.every(Boolean);
  }

  /**
   * @param {Subject} subject
   * @param {Tile | ScreenTile} tile
   */
  #add(subject, tile) {
    this.#tiles.set(keyOf(subject), tile);
    listen(tile, 'blocked', () => emit(this, 'blocked'));
    listen(tile, 'menu', (/** @type {{button: HTMLElement}} */ { button }) => emit(this, 'menu', { subject, button }));
    if (this.#output) void tile.playOn(this.#output);
    this.#prominence.add(keyOf(subject), subject.screen);
    this.insertBefore(tile, this.#self);
    this.#rearrange();
    return tile;
  }

  /** @param {Subject} subject */
  #remove(subject) {
    const key = keyOf(subject);
    const tile = this.#tiles.get(key);
    if (!tile) return;
    const focused = tile.contains(document.activeElement);
    tile.remove();
    this.#tiles.delete(key);
    this.#prominence.remove(key);
    this.#rearrange();
    if (focused) emit(this, 'lost');
  }

  /** What is large may be something else now, or nothing. */
  #rearrange() {
    for (const [key, tile] of this.#tiles) tile.showPinned(key === this.#prominence.pinned);
    this.#arrange(true);
    emit(this, 'layout');
  }

  /** @param {boolean} moving whether people, and not the window, are the reason */
  #arrange(moving) {
    const main = this.#tiles.get(this.#prominence.main ?? '') ?? null;
    const tiles = [...this.#tiles.values()].filter((tile) => tile !== main);
    if (main) tiles.unshift(main);
    const kind = main && (main instanceof ScreenTile ? 'screen' : 'person');
    for (const tile of tiles) tile.toggleAttribute('data-main', tile === main);
    this.toggleAttribute('data-moving', moving);
    const [own, screens, corner, above] = [this.#self, this.hasScreen, this.#corner, this.#above];
    place(this, { tiles, own, main: kind, screens, corner, above });
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
