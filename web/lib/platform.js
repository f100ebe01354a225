/**
 * What the library takes from its surroundings. A browser has all of it; a test replaces what it scripts.
 *
 * @typedef {object} Platform
 * @property {typeof WebSocket} WebSocket
 * @property {typeof RTCPeerConnection} RTCPeerConnection
 * @property {typeof MediaStream} MediaStream
 * @property {() => RTCRtpCodec[]} videoCodecs what this browser can send or receive, by its own preference
 * @property {MediaDevices | undefined} mediaDevices absent in an insecure context
 * @property {typeof AudioContext} AudioContext
 * @property {boolean} choosesOutput whether elements can play on a chosen device
 * @property {LockManager | undefined} locks absent in an insecure context
 * @property {Permissions | undefined} permissions absent in an insecure context
 * @property {string} userAgent
 * @property {typeof fetch} fetch
 * @property {Pick<EventTarget, 'addEventListener' | 'removeEventListener'> | undefined} window where `online`,
 *   `pagehide`, and the person's clicks and keys are heard
 * @property {(EventTarget & {type?: string}) | undefined} connection the Network Information API, where there is one
 * @property {() => number} random like Math.random
 * @property {() => number} now like performance.now
 */

/**
 * @param {Partial<Platform>} [replaced]
 * @returns {Platform}
 */
export function platform(replaced = {}) {
  const host = /** @type {any} */ (globalThis);
  return {
    WebSocket: host.WebSocket,
    RTCPeerConnection: host.RTCPeerConnection,
    MediaStream: host.MediaStream,
    videoCodecs: () => host.RTCRtpReceiver?.getCapabilities?.('video')?.codecs ?? [],
    mediaDevices: host.navigator?.mediaDevices,
    AudioContext: host.AudioContext,
    choosesOutput: 'setSinkId' in (host.HTMLMediaElement?.prototype ?? {}),
    locks: host.navigator?.locks,
    permissions: host.navigator?.permissions,
    userAgent: host.navigator?.userAgent ?? '',
    fetch: (input, init) => host.fetch(input, init),
    window: typeof host.addEventListener === 'function' ? host : undefined,
    connection: host.navigator?.connection,
    random: Math.random,
    now: () => performance.now(),
    ...replaced,
  };
}
