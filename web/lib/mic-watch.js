import { Emitter } from './emitter.js';
import { LOOKS_PER_SECOND, Level } from './level.js';

/** A microphone that gives less than one step of 16 bits gives nothing at all: the quietest room is louder. */
const FLAT = 2 ** -15;

/** For how long a live microphone has to be flat. */
const FLAT_LOOKS = 6 * LOOKS_PER_SECOND;

/** 40 dB below full scale: nobody who is meant to be heard speaks more softly, and no fan is as loud. */
const LOUD = 1 / 3;

/** Speech: within one second, so many looks are loud. A cough or a key is shorter. */
const SPEECH = { of: LOOKS_PER_SECOND, loud: 8 };

/**
 * Notices what a person cannot: that they speak into a muted microphone, or that a live one is dead. It listens to a
 * copy of the microphone's track, because a muted track is silent; nothing of it leaves this object.
 *
 * - `muted-speaking`: somebody speaks, and the microphone is muted; once each time it is muted
 * - `silent`: the microphone is on and has not given the faintest sound for six seconds
 * - `ok`: what was said last does not hold any more
 *
 * @extends {Emitter<{'muted-speaking': undefined, silent: undefined, ok: undefined}>}
 */
export class MicWatch extends Emitter {
  #media;
  #options;
  #unsubscribe;
  /** The track that is captured. @type {MediaStreamTrack | null} */ #mic = null;
  /** The copy that is listened to. @type {MediaStreamTrack | null} */ #copy = null;
  /** @type {Level | null} */ #level = null;
  #muted = false;
  #flat = 0;
  /** Whether each of the latest looks was loud. @type {boolean[]} */ #latest = [];
  /** Whether speech was told of since the microphone was muted. */ #told = false;
  /** @type {'muted-speaking' | 'silent' | null} */ #said = null;

  /**
   * @param {Pick<import('./media.js').LocalMedia, 'tracks' | 'on'>} media
   * @param {{platform?: Partial<import('./platform.js').Platform>}} [options]
   */
  constructor(media, options = {}) {
    super();
    this.#media = media;
    this.#options = options;
    this.#unsubscribe = media.on('change', () => this.#changed());
    this.#changed();
  }

  stop() {
    this.#unsubscribe();
    this.#listen(null);
  }

  #changed() {
    const { mic } = this.#media.tracks;
    const muted = mic !== null && !mic.enabled;
    if (mic === this.#mic && muted === this.#muted) return;
    if (mic !== this.#mic) this.#listen(mic);
    this.#muted = muted;
    this.#begin();
  }

  /** @param {MediaStreamTrack | null} mic */
  #listen(mic) {
    this.#level?.stop();
    this.#copy?.stop();
    this.#mic = mic;
    this.#copy = mic?.clone() ?? null;
    this.#level = null;
    if (!this.#copy) return;
    this.#copy.enabled = true;
    const level = new Level(this.#copy, this.#options);
    level.on('level', (value) => this.#heard(value, level.peak));
    this.#level = level;
  }

  /** The microphone is another one, or was switched: what was heard before says nothing about it. */
  #begin() {
    this.#flat = 0;
    this.#latest = [];
    this.#told = false;
    this.#say(null);
  }

  /**
   * @param {number} level
   * @param {number} peak
   */
  #heard(level, peak) {
    this.#flat = peak < FLAT ? this.#flat + 1 : 0;
    if (this.#muted) this.#heardMuted(level);
    else if (this.#flat === 0) this.#say(null);
    else if (this.#flat >= FLAT_LOOKS) this.#say('silent');
  }

  /** @param {number} level */
  #heardMuted(level) {
    this.#latest = [...this.#latest, level > LOUD].slice(-SPEECH.of);
    if (this.#told || this.#latest.filter(Boolean).length < SPEECH.loud) return;
    this.#told = true;
    this.#say('muted-speaking');
  }

  /** @param {'muted-speaking' | 'silent' | null} what */
  #say(what) {
    if (what === this.#said) return;
    this.#said = what;
    this.emit(what ?? 'ok', undefined);
  }
}
