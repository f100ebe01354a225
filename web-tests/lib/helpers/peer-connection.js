/** A browser's peer connection as far as negotiation is concerned: states and rules of JSEP, no network. */
export class ScriptedPeerConnection extends EventTarget {
  /** All that were made, oldest first. @type {ScriptedPeerConnection[]} */
  static made = [];
  /** The addresses of ICE servers that this browser does not take. @type {Set<string>} */
  static refused = new Set();
  static #offers = 0;
  static #count = 0;

  /** @type {RTCSignalingState} */ signalingState = 'stable';
  /** @type {RTCPeerConnectionState} */ connectionState = 'new';
  /** @type {RTCIceConnectionState} */ iceConnectionState = 'new';
  /** @type {any} */ localDescription = null;
  /** @type {any} */ remoteDescription = null;
  /** @type {any} */ #stableLocal = null;
  /** @type {ScriptedTransceiver[]} */ #transceivers = [];
  /** @type {any[]} */ candidates = [];
  #fingerprint = `sha-256 ${ScriptedPeerConnection.#count++}`;
  /** @type {any[]} */ statistics = [];
  restarts = 0;
  closed = false;
  /** @type {((event: any) => void) | null} */ onicecandidate = null;
  /** @type {(() => void) | null} */ onconnectionstatechange = null;
  /** @type {(() => void) | null} */ oniceconnectionstatechange = null;
  /** @type {string[]} */ channels = [];

  /** @param {RTCConfiguration} configuration */
  constructor(configuration) {
    super();
    this.configuration = accepted(configuration);
    ScriptedPeerConnection.made.push(this);
  }

  static get last() {
    const pc = ScriptedPeerConnection.made.at(-1);
    if (!pc) throw new Error('no peer connection was made');
    return pc;
  }

  get currentLocalDescription() {
    return this.#stableLocal;
  }

  get currentRemoteDescription() {
    return this.signalingState === 'stable' ? this.remoteDescription : null;
  }

  getConfiguration() {
    return this.configuration;
  }

  /** @param {RTCConfiguration} configuration */
  setConfiguration(configuration) {
    this.configuration = accepted(configuration);
  }

  /** @param {string} label */
  createDataChannel(label) {
    this.channels.push(label);
  }

  /**
   * @param {string | {kind: string}} what
   * @param {any} init
   */
  addTransceiver(what, init) {
    const transceiver = new ScriptedTransceiver(typeof what === 'string' ? what : what.kind);
    transceiver.streams = init.streams;
    transceiver.direction = init.direction ?? 'sendrecv';
    if (typeof what !== 'string') transceiver.sender.track = what;
    transceiver.sender.parameters.encodings = init.sendEncodings ?? [{}];
    this.#transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers() {
    return this.#transceivers;
  }

  restartIce() {
    this.restarts += 1;
  }

  /** @param {any} [description] */
  async setLocalDescription(description) {
    await Promise.resolve();
    if (description?.type === 'rollback') return this.#rollBack();
    if (this.signalingState === 'have-remote-offer') {
      this.localDescription = { type: 'answer', sdp: this.#sdp('answer') };
      this.#stableLocal = this.localDescription;
      this.signalingState = 'stable';
    } else {
      this.#transceivers.forEach((transceiver, index) => (transceiver.mid ??= String(index)));
      ScriptedPeerConnection.#offers += 1;
      this.localDescription = { type: 'offer', sdp: this.#sdp(`offer ${ScriptedPeerConnection.#offers}`) };
      this.signalingState = 'have-local-offer';
    }
  }

  /** @param {any} description */
  async setRemoteDescription(description) {
    await Promise.resolve();
    const allowed = description.type === 'offer' ? 'stable' : 'have-local-offer';
    if (this.signalingState !== allowed) throw new DOMException(`${description.type} in ${this.signalingState}`);
    if (description.sdp.includes('broken')) throw new DOMException('broken');
    this.remoteDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    if (description.type === 'offer') this.#associate(description.sdp);
    else this.#stableLocal = this.localDescription;
  }

  /** @param {any} candidate */
  async addIceCandidate(candidate) {
    await Promise.resolve();
    if (!this.remoteDescription) throw new DOMException('no remote description');
    this.candidates.push(candidate);
  }

  async getStats() {
    return new Map(this.statistics.map((entry, index) => [String(index), entry]));
  }

  close() {
    this.closed = true;
    this.signalingState = 'closed';
  }

  /**
   * @param {RTCPeerConnectionState} connection
   * @param {RTCIceConnectionState} [ice]
   */
  become(connection, ice = /** @type {RTCIceConnectionState} */ (connection)) {
    this.connectionState = connection;
    this.iceConnectionState = ice;
    this.onconnectionstatechange?.();
  }

  /** @param {string | null} candidate */
  gather(candidate) {
    const json = { candidate, sdpMid: '0' };
    this.onicecandidate?.({ candidate: candidate === null ? null : { ...json, toJSON: () => json } });
  }

  #rollBack() {
    this.localDescription = this.#stableLocal;
    this.signalingState = 'stable';
  }

  /** @param {string} sdp */
  #associate(sdp) {
    for (const [, kind = '', mid = ''] of sdp.matchAll(/^m=(\S+)[^]*?a=mid:(\S+)/gm)) {
      if (kind === 'application' || this.#transceivers.some((transceiver) => transceiver.mid === mid)) continue;
      const transceiver = new ScriptedTransceiver(kind);
      transceiver.mid = mid;
      transceiver.direction = 'recvonly';
      this.#transceivers.push(transceiver);
    }
  }

  /** @param {string} label */
  #sdp(label) {
    const media = this.#transceivers.map(({ kind, mid }) => `m=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:${mid}\r\n`);
    return `v=0\r\ns=${label}\r\na=fingerprint:${this.#fingerprint}\r\n${media.join('')}`;
  }
}

/** @param {RTCConfiguration} [configuration] */
function accepted(configuration = {}) {
  for (const url of (configuration.iceServers ?? []).flatMap(({ urls }) => urls)) {
    if (ScriptedPeerConnection.refused.has(url)) throw new DOMException(`${url} is not taken`, 'SyntaxError');
  }
  return configuration;
}

class ScriptedTransceiver {
  /** @type {string | null} */ mid = null;
  direction = 'sendrecv';
  /** @type {any} */ streams = [];

  /** @param {string} kind */
  constructor(kind) {
    this.kind = kind;
    const transceiver = this;
    this.receiver = {
      track: Object.assign(new EventTarget(), { kind, id: `track-${kind}` }),
      /** @type {any[]} */ sources: [],
      /** What has come, as getStats says it. @type {any} */ inbound: {},
      getSynchronizationSources() {
        return this.sources;
      },
      async getStats() {
        return new Map([['in', { type: 'inbound-rtp', ...this.inbound }]]);
      },
    };
    this.sender = {
      /** @type {any} */ track: null,
      /** @type {any} */ parameters: { encodings: [{}] },
      /** @param {any} track */
      async replaceTrack(track) {
        this.track = track;
      },
      /** @param {any[]} streams */
      setStreams(...streams) {
        transceiver.streams = streams;
      },
      getParameters() {
        return structuredClone(this.parameters);
      },
      /** @param {any} parameters */
      async setParameters(parameters) {
        this.parameters = parameters;
      },
    };
  }
}

/** A stream that only knows its tracks. */
export class ScriptedStream {
  /** @type {any[]} */ #tracks = [];

  getTracks() {
    return [...this.#tracks];
  }

  /** @param {any} track */
  addTrack(track) {
    this.#tracks.push(track);
  }

  /** @param {any} track */
  removeTrack(track) {
    this.#tracks = this.#tracks.filter((other) => other !== track);
  }
}

/** @type {typeof RTCPeerConnection} */
export const PeerConnectionClass = /** @type {any} */ (ScriptedPeerConnection);
export const StreamClass = /** @type {typeof MediaStream} */ (/** @type {any} */ (ScriptedStream));
