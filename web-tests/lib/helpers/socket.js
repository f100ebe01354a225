/** A WebSocket whose other end is the test. */
export class ScriptedSocket {
  /** All that were opened, oldest first. @type {ScriptedSocket[]} */
  static opened = [];

  readyState = 0;
  /** @type {any[]} */ sent = [];
  /** @type {number | undefined} */ closedWith;
  closed = false;
  /** @type {(() => void) | null} */ onopen = null;
  /** @type {((event: {data: unknown}) => void) | null} */ onmessage = null;
  /** @type {((event: {code: number, reason: string}) => void) | null} */ onclose = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    ScriptedSocket.opened.push(this);
  }

  static get last() {
    const socket = ScriptedSocket.opened.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  /** @param {number} [code] */
  close(code) {
    this.readyState = 3;
    this.closed = true;
    this.closedWith = code;
  }

  /** The connection is up. */
  accept() {
    this.readyState = 1;
    this.onopen?.();
    return this;
  }

  /** @param {unknown} message from the server; a string goes as it is */
  say(message) {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
    return this;
  }

  /** @param {number} [code] */
  lose(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }

  /** @param {string} type */
  sentOf(type) {
    return this.sent.filter((message) => message.type === type);
  }
}

/** @type {typeof WebSocket} */
export const SocketClass = /** @type {any} */ (ScriptedSocket);

/** @param {object} [members] */
export function welcome(members = {}) {
  return {
    type: 'welcome',
    protocol: 1,
    server: 'test',
    participant: 'me',
    room: null,
    resumed: false,
    last_id: 0,
    ice_servers: [],
    ice_ttl: 3_600,
    time: 1,
    ...members,
  };
}

/** @param {object} [members] */
export function joined(members = {}) {
  return {
    type: 'joined',
    seq: 1,
    re: 1,
    room: 'r',
    participant: 'me',
    resume: 'secret',
    host: false,
    participants: [],
    chat: [],
    ...members,
  };
}

/** @returns {import('../../../web/lib/protocol.js').State} */
export function state() {
  return { mic: false, camera: false, screen: false, screen_audio: false, hand: false };
}

/**
 * @param {string} id
 * @param {object} [members]
 * @returns {import('../../../web/lib/protocol.js').ParticipantInfo}
 */
export function participant(id, members = {}) {
  return { id, name: id, kind: 'native', host: false, connected: true, state: state(), ...members };
}
