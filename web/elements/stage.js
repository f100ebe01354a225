// The stage: everybody's tile, as large as the space allows, and the own picture.

import { emit, listen } from './dom.js';
import { fit, mayFloat } from './grid-layout.js';
import { Tile } from './tile.js';

/** @typedef {import('../lib/call.js').RemoteParticipant} RemoteParticipant */

/** Between tiles, in CSS pixels. */
const GAP = 8;

/**
 * Holds `<vv-tile>`s in the order in which people came, and `<vv-self-view>` last. All tiles have one size, which depends
 * on their number and the space only: pictures that arrive or turn never move them. Emits `blocked` when the browser does
 * not let somebody's sound play.
 */
export class Stage extends HTMLElement {
  /** @type {HTMLElement | null} */
  #self = null;
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  #resized = new ResizeObserver(() => this.#arrange());

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
    this.#arrange();
  }

  /** How many others there are. */
  get size() {
    return this.#tiles.size;
  }

  /** @param {RemoteParticipant} participant */
  show(participant) {
    const tile = this.#tiles.get(participant.id) ?? this.#add(participant.id);
    tile.show(participant);
  }

  /** @param {string} id */
  drop(id) {
    this.#tiles.get(id)?.remove();
    this.#tiles.delete(id);
    this.#arrange();
  }

  /** Plays everybody's sound; called when the person has touched the page. */
  hear() {
    for (const tile of this.#tiles.values()) tile.hear();
  }

  /** @param {string} id */
  #add(id) {
    const tile = new Tile();
    this.#tiles.set(id, tile);
    listen(tile, 'blocked', () => emit(this, 'blocked'));
    this.insertBefore(tile, this.#self);
    this.#arrange();
    return tile;
  }

  #arrange() {
    const { clientWidth: width, clientHeight: height } = this;
    if (width === 0 || height === 0) return;
    const others = this.#tiles.size;
    const own = floatingSize(width, height);
    let layout = fit(Math.max(1, others), width, height, GAP);
    const floats = others === 0 || mayFloat(layout, own);
    if (!floats) layout = fit(others + 1, width, height, GAP);
    this.#self?.toggleAttribute('data-floating', floats);
    this.#set('--tile-width', layout.width);
    this.#set('--tile-height', layout.height);
    this.#set('--own-width', own.width);
    this.#set('--own-height', own.height);
    this.#set('--row-width', layout.columns * layout.width + (layout.columns - 1) * GAP);
  }

  /**
   * @param {string} property
   * @param {number} pixels
   */
  #set(property, pixels) {
    this.style.setProperty(property, `${pixels}px`);
  }
}

/**
 * Upright on an upright screen, so that it takes little of its width.
 * @param {number} width
 * @param {number} height
 */
function floatingSize(width, height) {
  if (height > width) {
    const own = Math.round(Math.min(128, width * 0.26));
    return { width: own, height: Math.round((own * 4) / 3) };
  }
  const own = Math.round(Math.min(240, Math.max(120, width * 0.16)));
  return { width: own, height: Math.round((own * 9) / 16) };
}

customElements.define('vv-stage', Stage);
