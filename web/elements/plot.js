// A small plot of the last minute.

import { h } from './dom.js';
import { runs } from './measures.js';

/** So many samples fit: one for each second. */
const SAMPLES = 60;

/** Height of the drawing, in CSS pixels. */
const HEIGHT = 36;

/**
 * What a plot shows.
 * @typedef {object} Series
 * @property {(number | null)[]} values oldest first, the last 60 are drawn; null where nothing is known
 * @property {number} least the top of the plot is at least this, so that small changes look small
 * @property {string} now the newest value, in words
 * @property {string} description the whole, in words
 */

/** A line with a title and the newest value; drawn on a canvas, and described for whoever does not see it. */
export class Plot extends HTMLElement {
  #title = h('span', { class: 'plot-title' });
  #value = h('span', { class: 'plot-value' });
  #canvas = h('canvas', { role: 'img', height: HEIGHT, width: 0 });

  /** @param {string} heading what is plotted */
  constructor(heading = '') {
    super();
    this.#title.textContent = heading;
  }

  connectedCallback() {
    if (this.firstChild) return;
    this.append(h('div', { class: 'plot-head' }, this.#title, this.#value), this.#canvas);
  }

  /**
   * @param {Series} series
   * @param {number} width of the canvas, in CSS pixels
   */
  show({ values, least, now, description }, width) {
    this.#value.textContent = now;
    this.#canvas.setAttribute('aria-label', description);
    this.#size(width);
    const context = this.#canvas.getContext('2d');
    if (context) this.#draw(context, values.slice(-SAMPLES), least, width);
  }

  /** @param {number} width */
  #size(width) {
    const pixels = Math.round(width * devicePixelRatio);
    if (this.#canvas.width === pixels) return;
    this.#canvas.width = pixels;
    this.#canvas.height = Math.round(HEIGHT * devicePixelRatio);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {(number | null)[]} values
   * @param {number} least
   * @param {number} width
   */
  #draw(context, values, least, width) {
    const { color } = getComputedStyle(this.#canvas);
    const most = Math.max(least, ...values.map((value) => value ?? 0));
    const x = (/** @type {number} */ index) => ((SAMPLES - values.length + index) * width) / (SAMPLES - 1);
    const y = (/** @type {number} */ value) => HEIGHT - 1.5 - (value / most) * (HEIGHT - 4);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, HEIGHT);
    context.strokeStyle = context.fillStyle = color;
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    for (const [begin, end] of runs(values)) {
      const line = new Path2D();
      for (let index = begin; index < end; index += 1) line.lineTo(x(index), y(values[index] ?? 0));
      context.globalAlpha = 1;
      context.stroke(line);
      line.lineTo(x(end - 1), HEIGHT);
      line.lineTo(x(begin), HEIGHT);
      context.globalAlpha = 0.14;
      context.fill(line);
    }
  }
}

customElements.define('vv-plot', Plot);
