/** An AudioContext whose analyser hears what the test wants. */
export class ScriptedAudioContext {
  /** All that were made, oldest first. @type {ScriptedAudioContext[]} */
  static made = [];
  /** What everything hears: the value of every sample. */
  static sample = 0;
  /** Whether a page has to be touched first. @type {AudioContextState} */
  static begins = 'running';

  /** @type {AudioContextState} */ state = ScriptedAudioContext.begins;
  /** @type {any} */ heard = null;

  constructor() {
    ScriptedAudioContext.made.push(this);
  }

  static get last() {
    const context = ScriptedAudioContext.made.at(-1);
    if (!context) throw new Error('no audio context was made');
    return context;
  }

  static reset() {
    ScriptedAudioContext.made = [];
    ScriptedAudioContext.sample = 0;
    ScriptedAudioContext.begins = 'running';
  }

  createAnalyser() {
    return {
      fftSize: 0,
      /** @param {Float32Array} samples */
      getFloatTimeDomainData: (samples) => samples.fill(ScriptedAudioContext.sample),
    };
  }

  /** @param {any} stream */
  createMediaStreamSource(stream) {
    this.heard = stream;
    return { connect() {} };
  }

  async resume() {}

  async close() {
    this.state = 'closed';
  }
}

export const AudioContextClass = /** @type {typeof AudioContext} */ (/** @type {any} */ (ScriptedAudioContext));

/** A microphone's track, and its copies. */
export class ScriptedMicrophone {
  enabled = true;
  stopped = false;
  /** @type {ScriptedMicrophone[]} */ copies = [];

  clone() {
    const copy = new ScriptedMicrophone();
    copy.enabled = this.enabled;
    this.copies.push(copy);
    return copy;
  }

  stop() {
    this.stopped = true;
  }
}
