// What the tests can see of any page, ours or a classic one, without its help: a script that runs in the page before its
// own scripts do. It observes and never changes what the page sees.

/**
 * @typedef {object} Leg one peer connection
 * @property {string} state its connectionState
 * @property {number} frames decoded, all of its video together
 * @property {number} energy of the sound received, as getStats has it
 * @property {Pair | null} pair the selected one
 * @property {boolean} relayed whether its own end is a relay
 */
/**
 * @typedef {object} Candidate
 * @property {string} type as RTCIceCandidateType has it
 * @property {string} address
 * @property {number} port
 * @property {string} protocol `udp` or `tcp`
 * @property {string | null} relayProtocol how the relay was asked for; null for anything else, and for those of others
 *
 * @typedef {{local: Candidate, remote: Candidate}} Pair
 */
/**
 * @typedef {object} Probe
 * @property {RTCPeerConnection[]} connections every one the page ever made
 * @property {number | null} cameraReady when getUserMedia gave something, ms since navigation
 * @property {number | null} firstFrame when the first frame of somebody else was shown, ms since navigation
 * @property {() => Promise<Leg[]>} legs the connections that are not closed
 */

/** Runs in the page; must not refer to anything outside itself. Leaves a `Probe` in `window.probe`.
 * @returns {void} */
export function installProbe() {
  /** @type {WeakSet<MediaStreamTrack>} */
  const remote = new WeakSet();
  /** @type {Probe} */
  const probe = { connections: [], cameraReady: null, firstFrame: null, legs };
  Object.assign(window, { probe });

  window.RTCPeerConnection = class extends RTCPeerConnection {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      probe.connections.push(this);
      this.addEventListener('track', ({ track }) => remote.add(track));
    }
  };

  // Absent where the context is not secure.
  const devices = navigator.mediaDevices;
  const getUserMedia = devices?.getUserMedia.bind(devices);
  if (devices) {
    devices.getUserMedia = async (constraints) => {
      const stream = await getUserMedia(constraints);
      probe.cameraReady ??= performance.now();
      return stream;
    };
  }

  const property = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...property,
    /** @param {MediaProvider | null} value */
    set(value) {
      property?.set?.call(this, value);
      if (value && this instanceof HTMLVideoElement) watch(this);
    },
  });

  /** @param {HTMLVideoElement} video */
  function watch(video) {
    const frame = () => {
      if (probe.firstFrame !== null) return;
      const stream = video.srcObject instanceof MediaStream ? video.srcObject : null;
      const theirs = stream?.getVideoTracks().some((track) => remote.has(track));
      // Sound alone also counts as loaded data; a picture has a size.
      if (theirs && video.videoWidth > 0) probe.firstFrame = performance.now();
      else video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
    video.addEventListener('loadeddata', frame);
  }

  /** @returns {Promise<Leg[]>} */
  async function legs() {
    const open = probe.connections.filter((connection) => connection.connectionState !== 'closed');
    return Promise.all(open.map(async (connection) => {
      /** @type {any[]} */
      const stats = [...(await connection.getStats()).values()];
      const inbound = stats.filter((entry) => entry.type === 'inbound-rtp');
      const sum = (/** @type {string} */ member) =>
        inbound.reduce((total, entry) => total + (entry[member] ?? 0), 0);
      const pair = selected(stats);
      return {
        state: connection.connectionState,
        frames: sum('framesDecoded'),
        energy: sum('totalAudioEnergy'),
        pair,
        relayed: pair?.local.type === 'relay',
      };
    }));
  }

  /** @param {any[]} stats
   * @returns {Pair | null} */
  function selected(stats) {
    const named = stats.find(({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId);
    const pair = stats.find(({ id }) => id === named?.selectedCandidatePairId)
      ?? stats.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
    const [local, remote] = [pair?.localCandidateId, pair?.remoteCandidateId].map((wanted) => candidate(stats.find(({ id }) => id === wanted)));
    return local && remote ? { local, remote } : null;
  }

  /** @param {any} entry
   * @returns {Candidate | null} */
  function candidate(entry) {
    if (!entry) return null;
    const { candidateType: type, address = '', port, protocol, relayProtocol = null } = entry;
    return { type, address, port, protocol, relayProtocol };
  }
}
