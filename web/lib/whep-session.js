import { Emitter } from './emitter.js';

/**
 * @typedef {object} Refusal why there is nothing to be watched
 * @property {number} status of the answer; 0 where there was none, or none of any use
 * @property {string} sentence of the server, in English; may be empty
 * @property {number | null} after how many seconds it may be tried again, where the server says so
 */

/** How long an answer may take, in milliseconds: the server itself waits for ten seconds at most. */
const ANSWER_MS = 20_000;

/** A connection that is not up so long after the answer will not come up, in milliseconds. */
const CONNECT_MS = 12_000;

/** A connection may be down for so long before it counts as lost, in milliseconds. */
const DOWN_MS = 3_000;

/** The longest sentence that is passed on. */
const MOST_WORDS = 200;

/** @type {Refusal} */
const NO_ANSWER = { status: 0, sentence: '', after: null };

/**
 * One session of WHEP (draft-ietf-wish-whep): a connection that only receives, and what the server keeps for it. There is
 * no second life after `over` or `close`.
 *
 * - `answered`: the server has accepted the offer
 * - `up`: picture and sound may come, in this stream
 * - `over`: the connection could not be made, or is lost
 *
 * @extends {Emitter<{answered: undefined, up: MediaStream, over: undefined}>}
 */
export class WhepSession extends Emitter {
  #url;
  #token;
  #platform;
  #pc;
  /** What is to be deleted. @type {string | null} */ #resource = null;
  #closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #patience;

  /**
   * @param {object} options
   * @param {string} options.url of the endpoint, absolute
   * @param {string | null} options.token that the server may want
   * @param {import('./platform.js').Platform} options.platform
   */
  constructor({ url, token, platform }) {
    super();
    this.#url = url;
    this.#token = token;
    this.#platform = platform;
    this.#pc = new platform.RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.#pc.onconnectionstatechange = () => this.#assess();
  }

  /**
   * Asks the server. It needs none of our candidates, so nothing waits for them.
   *
   * @returns {Promise<Refusal | null>} null: it has answered
   */
  async open() {
    const pc = this.#pc;
    try {
      for (const kind of ['video', 'audio']) pc.addTransceiver(kind, { direction: 'recvonly' });
      await pc.setLocalDescription();
      const response = await this.#post(pc.localDescription?.sdp ?? '');
      if (response.status !== 201) return await refusal(response);
      this.#keep(response);
      if (this.#closed) return null;
      this.emit('answered', undefined);
      await pc.setRemoteDescription({ type: 'answer', sdp: await response.text() });
      if (!this.#closed) this.#expect(CONNECT_MS);
      return null;
    } catch {
      return NO_ANSWER;
    }
  }

  /** Ends it here and at the server, also while the page goes away. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#patience);
    this.#pc.close();
    this.#delete();
  }

  /** @param {string} body */
  #post(body) {
    const headers = { 'content-type': 'application/sdp', ...this.#authorization };
    const signal = AbortSignal.timeout(ANSWER_MS);
    return this.#platform.fetch(this.#url, { method: 'POST', headers, body, cache: 'no-store', signal });
  }

  /** Whoever has closed it meanwhile could not yet say what is to be deleted.
   * @param {Response} response */
  #keep(response) {
    const location = response.headers.get('location');
    this.#resource = location && new URL(location, this.#url).href;
    if (this.#closed) this.#delete();
  }

  #delete() {
    if (!this.#resource) return;
    const request = { method: 'DELETE', headers: this.#authorization, keepalive: true };
    // Where it fails the server notices by itself that nobody is there any more.
    this.#platform.fetch(this.#resource, request).catch(() => undefined);
  }

  /** @returns {Record<string, string>} */
  get #authorization() {
    return this.#token ? { authorization: `Bearer ${this.#token}` } : {};
  }

  #assess() {
    const { connectionState: state } = this.#pc;
    if (this.#closed) return;
    if (state === 'connected') this.#connected();
    else if (state === 'disconnected') this.#expect(DOWN_MS);
    else if (state === 'failed' || state === 'closed') this.emit('over', undefined);
  }

  #connected() {
    clearTimeout(this.#patience);
    const stream = new this.#platform.MediaStream();
    for (const { receiver } of this.#pc.getTransceivers()) stream.addTrack(receiver.track);
    this.emit('up', stream);
  }

  /** @param {number} milliseconds in which it has to be up */
  #expect(milliseconds) {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.emit('over', undefined), milliseconds);
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Refusal>}
 */
async function refusal(response) {
  // A proxy may answer with a page.
  const isPlain = response.headers.get('content-type')?.startsWith('text/plain') ?? false;
  const sentence = isPlain ? (await response.text()).trim().slice(0, MOST_WORDS) : '';
  const after = response.headers.get('retry-after');
  return { status: response.status, sentence, after: after !== null && /^\d+$/.test(after) ? Number(after) : null };
}
