// The stage: everybody's tile and every shared screen, as large as the space allows, and the own picture.

import { emit, listen } from './dom.js';
import { movable } from './own-corner.js';
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
 * Emits `blocked` when the browser does not let somebody's sound play, and `menu` {subject, button}.
 */
export class Stage extends HTMLElement {
  /** @type {HTMLElement | null} */
  #self = null;
  /** By `keyOf`. @type {Map<string, Tile | ScreenTile>} */
  #tiles = new Map();
  /** @type {'grid' | 'speaker'} */
  #layout = 'grid';
  /** @type {string | null} */
  #pinned = null;
  /** Who spoke last. @type {string | null} */
  #speaker = null;
  /** @type {Corner} */
  #corner = 'bottom-end';
  #output = '';
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

  /** Whether everybody has the same size, or whoever speaks is large. */
  get layout() {
    return this.#layout;
  }

  set layout(layout) {
    this.#layout = layout;
    this.#arrange(true);
  }

  /** What is kept large. @param {Subject | null} subject */
  pin(subject) {
    this.#pinned = subject && keyOf(subject);
    for (const [key, tile] of this.#tiles) tile.showPinned(key === this.#pinned);
    this.#arrange(true);
  }

  /** @param {Subject} subject */
  isPinned(subject) {
    return this.#pinned === keyOf(subject);
  }

  /**
   * Marks those who speak now.
   * @param {ReadonlySet<string>} speaking ids
   * @param {string | null} loudest whoever holds the floor
   */
  showSpeaking(speaking, loudest) {
    for (const [key, tile] of this.#tiles) tile.toggleAttribute('data-speaking', speaking.has(key));
    if (loudest === null || loudest === this.#speaker) return;
    this.#speaker = loudest;
    if (this.#layout === 'speaker') this.#arrange(true);
  }

  /** The picture that is large, or would be: for whoever shows it elsewhere too. */
  get mainVideo() {
    const key = this.#mainKey() ?? this.#speaker ?? '';
    return (this.#tiles.get(key) ?? this.#tiles.values().next().value)?.video ?? null;
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
    this.insertBefore(tile, this.#self);
    this.#arrange(true);
    return tile;
  }

  /** @param {Subject} subject */
  #remove(subject) {
    const key = keyOf(subject);
    if (!this.#tiles.has(key)) return;
    this.#tiles.get(key)?.remove();
    this.#tiles.delete(key);
    if (this.#pinned === key) this.#pinned = null;
    this.#arrange(true);
  }

  /** What is to be large: what was pinned, or else the newest shared screen, or else whoever speaks. */
  #mainKey() {
    if (this.#pinned !== null && this.#tiles.has(this.#pinned)) return this.#pinned;
    const screen = [...this.#tiles].findLast(([, tile]) => tile instanceof ScreenTile);
    if (screen) return screen[0];
    if (this.#layout === 'grid') return null;
    if (this.#speaker !== null && this.#tiles.has(this.#speaker)) return this.#speaker;
    return this.#tiles.keys().next().value ?? null;
  }

  /** @param {boolean} moving whether people, and not the window, are the reason */
  #arrange(moving) {
    const main = this.#tiles.get(this.#mainKey() ?? '') ?? null;
    const tiles = [...this.#tiles.values()].filter((tile) => tile !== main);
    if (main) tiles.unshift(main);
    const kind = main && (main instanceof ScreenTile ? 'screen' : 'person');
    for (const tile of tiles) tile.toggleAttribute('data-main', tile === main);
    this.toggleAttribute('data-moving', moving);
    place(this, { tiles, own: this.#self, main: kind, corner: this.#corner });
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
