/** Devices that are there, or fail by name of the exception. */
export class ScriptedDevices extends EventTarget {
  /** @type {{audio: string | null, video: string | null}} */ failing = { audio: null, video: null };
  /** @type {any[]} */ asked = [];
  /** @type {any[]} */ plugged = [];
  /** The id of a device that another program has. @type {string | null} */ busy = null;

  /** @param {any} constraints */
  async getUserMedia(constraints) {
    this.asked.push(constraints);
    const kinds = /** @type {('audio' | 'video')[]} */ (['audio', 'video']).filter((kind) => constraints[kind]);
    for (const kind of kinds) {
      const problem = this.failing[kind];
      if (problem) throw new DOMException(problem, problem);
      const id = constraints[kind].deviceId?.exact;
      if (this.busy && this.busy === (id ?? 'default')) throw new DOMException('busy', 'NotReadableError');
      if (id === 'gone') throw new DOMException('gone', 'OverconstrainedError');
    }
    return { getTracks: () => kinds.map((kind) => new ScriptedTrack(kind)) };
  }

  /** @param {any} constraints */
  async getDisplayMedia(constraints) {
    return this.getUserMedia(constraints);
  }

  async enumerateDevices() {
    return this.plugged;
  }
}

class ScriptedTrack extends EventTarget {
  enabled = true;
  readyState = 'live';
  contentHint = '';

  /** @param {string} kind */
  constructor(kind) {
    super();
    this.kind = kind;
  }

  stop() {
    this.readyState = 'ended';
  }
}
