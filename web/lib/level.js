import { Emitter } from './emitter.js';
import { platform } from './platform.js';

/** How often it is looked. */
export const LOOKS_PER_SECOND = 15;

/** Samples in one look: 43 ms at 48 kHz, so that no syllable falls between two looks. */
const WINDOW = 2_048;

/** What counts as nothing, in dB below full scale. */
const FLOOR_DB = 60;

/** A page may make sound, and this listens by the same rules, once the person has touched it. */
const TOUCHES = ['click', 'keydown'];

/**
 * How loud a track is now. A track that is switched off is silent; so is, until the person touches the page, one in a
 * browser that lets no page listen before that: then nothing is emitted at all.
 *
 * - `level`: 0 is silence (60 dB below full scale), 1 is full scale; in between it is even in dB, as ears are
 *
 * @extends {Emitter<{level: number}>}
 */
export class Level extends Emitter {
  /** The loudest sample of the latest look, 0 to 1: a microphone that works is never quite at 0. */
  peak = 0;

  #window;
  #context;
  #analyser;
  #samples = new Float32Array(WINDOW);
  #timer;

  /**
   * @param {MediaStreamTrack} track is not stopped with this
   * @param {{platform?: Partial<import('./platform.js').Platform>}} [options]
   */
  constructor(track, { platform: replaced } = {}) {
    super();
    const { AudioContext, MediaStream, window } = platform(replaced);
    this.#window = window;
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = WINDOW;
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
    this.#timer = setInterval(() => this.#look(), 1_000 / LOOKS_PER_SECOND);
    for (const touch of TOUCHES) window?.addEventListener(touch, this.#wake);
    this.#wake();
  }

  stop() {
    clearInterval(this.#timer);
    for (const touch of TOUCHES) this.#window?.removeEventListener(touch, this.#wake);
    if (this.#context.state !== 'closed') void this.#context.close();
  }

  #wake = () => {
    if (this.#context.state === 'suspended') this.#context.resume().catch(() => {});
  };

  #look() {
    if (this.#context.state !== 'running') return;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let energy = 0;
    let peak = 0;
    for (const sample of this.#samples) {
      energy += sample * sample;
      peak = Math.max(peak, Math.abs(sample));
    }
    this.peak = peak;
    const decibels = 10 * Math.log10(energy / WINDOW);
    this.emit('level', Math.min(1, Math.max(0, 1 + decibels / FLOOR_DB)));
  }
}
