// A network of which the test says what gets through it, and browsers' peer connections in it.

/**
 * What becomes of the address of an ICE server: `open`; `silent`: nothing comes back; `refused`: it is clear at once that there is no
 * way; `known`: the answer says nothing new; `unusable`: the browser does not take the address.
 *
 * @typedef {'open' | 'silent' | 'refused' | 'known' | 'unusable'} Way
 */

/** A peer connection with one ICE server at most, which meets the one whose description it is given. */
export class WayConnection {
  /** All that were made, oldest first. @type {WayConnection[]} */
  static made = [];
  /** By address. @type {Record<string, Way>} */
  static ways = {};

  closed = false;
  /** @type {RTCPeerConnectionState} */ connectionState = 'new';
  /** @type {any} */ localDescription = null;
  /** @type {any} */ remoteDescription = null;
  /** @type {any} */ onicecandidate = null;
  /** @type {any} */ onicecandidateerror = null;
  /** @type {any} */ onconnectionstatechange = null;
  /** @type {any} */ ondatachannel = null;
  /** @type {Pipe | null} */ channel = null;
  /** @type {any[]} */ candidates = [];

  /** @param {RTCConfiguration} configuration */
  constructor({ iceServers = [], iceTransportPolicy }) {
    this.address = String(iceServers[0]?.urls ?? '');
    this.relay = iceTransportPolicy === 'relay';
    if (this.way === 'unusable') throw new DOMException('not taken', 'SyntaxError');
    this.id = String(WayConnection.made.push(this) - 1);
  }

  get way() {
    return WayConnection.ways[this.address] ?? 'open';
  }

  createDataChannel() {
    return (this.channel = new Pipe());
  }

  addTransceiver() {}

  async setLocalDescription() {
    const type = this.remoteDescription ? 'answer' : 'offer';
    this.localDescription = { type, sdp: `v=0\r\ns=${this.id}\r\n` };
    queueMicrotask(() => this.#gather());
  }

  /** @param {any} description */
  async setRemoteDescription(description) {
    this.remoteDescription = description;
    this.#meet();
  }

  /** @param {any} candidate */
  async addIceCandidate(candidate) {
    this.candidates.push(candidate);
    this.#meet();
  }

  async getStats() {
    /** @type {[string, any][]} */
    const entries = [
      ['pair', { type: 'candidate-pair', state: 'succeeded', nominated: true, localCandidateId: 'local' }],
      ['local', { type: 'local-candidate', protocol: 'udp' }],
    ];
    return new Map(entries);
  }

  /** @param {RTCPeerConnectionState} state */
  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  /** The browser could not reach the server. */
  complain() {
    this.onicecandidateerror?.({ errorCode: 701 });
    this.onicecandidate?.({ candidate: null });
  }

  close() {
    this.closed = true;
  }

  get ready() {
    return this.remoteDescription !== null && this.candidates.length > 0;
  }

  /** They are connected once each knows the other's description and a candidate. */
  #meet() {
    const other = WayConnection.made[Number(/s=(\d+)/.exec(this.remoteDescription?.sdp)?.[1])];
    if (!this.ready || !other?.ready) return;
    const [near, far] = this.channel ? [this, other] : [other, this];
    const end = new Pipe();
    if (near.channel) [end.other, near.channel.other] = [near.channel, end];
    far.ondatachannel?.({ channel: end });
    near.channel?.onopen?.();
  }

  #gather() {
    const say = (/** @type {string | null} */ type) =>
      this.onicecandidate?.({ candidate: type && { candidate: `candidate ${type}`, type, protocol: 'udp' } });
    if (!this.relay) say('host');
    if (this.way === 'open') say(this.relay ? 'relay' : 'srflx');
    if (this.way !== 'silent') say(null);
  }
}

/** One end of a data channel. */
class Pipe {
  /** @type {Pipe | null} */ other = null;
  /** @type {any} */ onopen = null;
  /** @type {any} */ onmessage = null;

  /** @param {string} data */
  send(data) {
    this.other?.onmessage?.({ data });
  }
}

export const WayConnectionClass = /** @type {typeof RTCPeerConnection} */ (/** @type {any} */ (WayConnection));
