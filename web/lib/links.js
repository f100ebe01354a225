/**
 * The program's addresses: `/` is the start page, `/r/{room}` a call, `/r/{room}/costs` what that costs,
 * `/r/{room}/watch` shows it to who is not in it. Pure.
 *
 * @typedef {object} CallLink
 * @property {string | null} room null on the start page
 * @property {string} name empty if the link names nobody
 * @property {boolean} joinNow skip the lobby
 * @property {boolean} mic begin with the microphone on
 * @property {boolean} camera begin with the camera on
 * @property {'direct' | 'forward' | null} path how media flows in a room that this link opens; a room that is there
 *   already stays as it is
 * @property {boolean} mix receive the mix in place of everybody's media, for testing: another value of what names the path
 * @property {'all' | 'relay'} ice `relay` allows relayed legs only, for testing
 * @property {Codec | null} codec what the camera is sent in through the server, in one size only, for testing
 */

/** @typedef {(typeof CODECS)[number]} Codec */

/** What a link may ask for. */
const CODECS = /** @type {const} */ (['vp9', 'av1', 'h264']);

const PATHS = /** @type {const} */ (['direct', 'forward']);

const ROOM_PATH = /^\/r\/([^/]+)(?:\/(?:costs|watch))?\/?$/;

/**
 * @param {string | URL} address
 * @returns {CallLink}
 */
export function parseLink(address) {
  const { pathname, searchParams } = new URL(address);
  return {
    room: decode(ROOM_PATH.exec(pathname)?.[1]),
    name: searchParams.get('name') ?? '',
    joinNow: searchParams.get('join') === 'now',
    mic: searchParams.get('mic') !== 'off',
    camera: searchParams.get('camera') !== 'off',
    path: PATHS.find((path) => path === searchParams.get('path')) ?? null,
    mix: searchParams.get('path') === 'mix',
    ice: searchParams.get('ice') === 'relay' ? 'relay' : 'all',
    codec: CODECS.find((codec) => codec === searchParams.get('codec')) ?? null,
  };
}

/**
 * What a link carries that only its bearer is to have. It stands behind the `#`, which browsers tell to no server.
 *
 * @param {string | URL} address
 * @returns {{token: string | null, hostKey: string | null}} `token`: lets into the room; `hostKey`: makes a host of it
 */
export function secretsIn(address) {
  const { hash } = new URL(address);
  const secrets = new URLSearchParams(hash.slice(1));
  return { token: secrets.get('token') || null, hostKey: secrets.get('host') || null };
}

/**
 * The link that makes whoever opens it a host.
 *
 * @param {string} link to the room
 * @param {string} hostKey
 */
export function hostLink(link, hostKey) {
  const url = new URL(link);
  url.hash = new URLSearchParams({ host: hostKey }).toString();
  return url.href;
}

/**
 * What somebody put in where a room's name belongs, or its link.
 *
 * @param {string | URL} base any address of this server
 * @param {string} written
 * @returns {{room: string, ice: CallLink['ice'], path: CallLink['path']} | {elsewhere: string}} `elsewhere`: the link of
 *   another server; the room is empty if the link of this one leads to none
 */
export function readRoom(base, written) {
  const name = written.trim();
  const url = URL.canParse(name) ? new URL(name) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return { room: name, ice: 'all', path: null };
  if (url.origin !== new URL(base).origin) return { elsewhere: url.href };
  const { room, ice, path } = parseLink(url);
  return { room: room ?? '', ice, path };
}

/**
 * The link to give to others: it names the room and nothing of whoever shares it. (The rooms `.` and `..` have none:
 * addresses treat both as steps, however they are written.)
 *
 * @param {string | URL} base any address of this server
 * @param {string} room
 * @param {CallLink['path']} [path] whoever of the two comes first opens the room
 */
export function roomLink(base, room, path = null) {
  const url = new URL(`/r/${encodeURIComponent(room)}`, base);
  if (path) url.searchParams.set('path', path);
  return url.href;
}

/**
 * Where it is to be seen what a room costs.
 *
 * @param {string | URL} base any address of this server
 * @param {string} room
 */
export function costsLink(base, room) {
  return new URL(`/r/${encodeURIComponent(room)}/costs`, base).href;
}

/**
 * Where a call is to be seen and heard by who is not in it.
 *
 * @param {string | URL} base any address of this server
 * @param {string} room
 */
export function watchLink(base, room) {
  return new URL(`/r/${encodeURIComponent(room)}/watch`, base).href;
}

/**
 * Where a recording is handed out.
 *
 * @param {string | URL} base any address of this server
 * @param {{id: string, key: string}} recording
 */
export function recordingLink(base, { id, key }) {
  const url = new URL(`/recordings/${encodeURIComponent(id)}`, base);
  url.searchParams.set('key', key);
  return url.href;
}

/**
 * Where the media for that comes from.
 *
 * @param {string | URL} base any address of this server
 * @param {string} room
 * @param {string | null} participant the only one to be watched, by id or name; null: all of them, in one picture
 */
export function whepUrl(base, room, participant) {
  const url = new URL(`/whep/${encodeURIComponent(room)}`, base);
  if (participant !== null) url.searchParams.set('participant', participant);
  return url.href;
}

/**
 * @param {string | URL} base any address of this server
 * @param {Partial<CallLink> & {room: string}} link
 */
export function formatLink(base, { room, name, joinNow, mic, camera, path, mix, ice, codec }) {
  const url = new URL(roomLink(base, room));
  if (name) url.searchParams.set('name', name);
  if (joinNow) url.searchParams.set('join', 'now');
  if (mic === false) url.searchParams.set('mic', 'off');
  if (camera === false) url.searchParams.set('camera', 'off');
  if (path) url.searchParams.set('path', path);
  else if (mix) url.searchParams.set('path', 'mix');
  if (ice === 'relay') url.searchParams.set('ice', ice);
  if (codec) url.searchParams.set('codec', codec);
  return url.href;
}

/**
 * Where the signaling of the server that serves `base` is.
 *
 * @param {string | URL} base
 */
export function socketUrl(base) {
  const url = new URL('/ws', base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/**
 * Where new ICE servers are to be had, from the address of the signaling.
 *
 * @param {string | URL} socket
 */
export function iceUrl(socket) {
  const url = new URL('/api/ice', socket);
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  return url.href;
}

/** @param {string | undefined} component */
function decode(component) {
  try {
    return component === undefined ? null : decodeURIComponent(component);
  } catch {
    return null;
  }
}
