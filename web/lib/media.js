import { Emitter } from './emitter.js';
import { platform } from './platform.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {'denied' | 'missing' | 'busy' | 'insecure' | 'other'} MediaProblem */
/** @typedef {{source: Source, kind: MediaProblem, message: string}} MediaError */
/** @typedef {'mic' | 'camera'} Device */

const MIC = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const CAMERA = { width: { ideal: 1_280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/** @type {Record<string, MediaProblem>} */
const PROBLEMS = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/**
 * This side's microphone, camera and screen. Nothing here throws for a device that is missing, denied or in use: the
 * call goes on without it, and `error` says why.
 *
 * - `change`: a track has come, gone, or was switched on or off
 * - `error`: a source cannot be had, or was lost
 * - `devices`: devices were plugged in or out
 *
 * @extends {Emitter<{change: undefined, error: MediaError, devices: undefined}>}
 */
export class LocalMedia extends Emitter {
  /** What is captured now. @type {Record<Source, MediaStreamTrack | null>} */
  tracks = { mic: null, camera: null, screen: null, screen_audio: null };
  /** When the first camera frame could be had, by performance.now(); null before. @type {number | null} */
  cameraReadyAt = null;

  #platform;
  /** @type {Record<Device, string | undefined>} */ #deviceIds = { mic: undefined, camera: undefined };
  /** What the person wants to be on, whether it can be had or not. */ #wanted = { mic: false, camera: false };
  /** One change of devices at a time. */ #queue = Promise.resolve();

  /** @param {{platform?: Partial<import('./platform.js').Platform>}} [options] */
  constructor({ platform: replaced } = {}) {
    super();
    this.#platform = platform(replaced);
    this.#platform.mediaDevices?.addEventListener('devicechange', () => this.#devicesChanged());
  }

  /**
   * Whether a source is captured and switched on.
   *
   * @param {Source} source
   */
  isLive(source) {
    const track = this.tracks[source];
    return track !== null && track.enabled && track.readyState === 'live';
  }

  /**
   * Asks for the devices, in one question to the person where possible.
   *
   * @param {{mic?: boolean, camera?: boolean, micId?: string | undefined, cameraId?: string | undefined}} wanted
   * @returns {Promise<void>} resolved when all are there or have failed
   */
  start({ mic = false, camera = false, micId, cameraId }) {
    this.#deviceIds = { mic: micId, camera: cameraId };
    this.#wanted = { mic, camera };
    return this.#enqueue(async () => {
      /** @type {Device[]} */ const sources = [];
      if (mic && !this.tracks.mic) sources.push('mic');
      if (camera && !this.tracks.camera) sources.push('camera');
      if (sources.length > 1 && (await this.#acquire(sources, true))) return;
      for (const source of sources) await this.#acquire([source], false);
    });
  }

  /**
   * Switches a source on or off. The microphone stays open while it is muted; the camera and the screen are released.
   *
   * @param {Source} source
   * @param {boolean} enabled
   * @returns {Promise<void>}
   */
  setEnabled(source, enabled) {
    if (source === 'screen') return this.#enqueue(() => (enabled ? this.#share() : this.#stopScreen()));
    if (source === 'screen_audio') return this.#enqueue(() => this.#muteScreen(!enabled));
    this.#wanted[source] = enabled;
    return this.#enqueue(() => this.#settle(source));
  }

  /**
   * Takes another device from now on.
   *
   * @param {Device} source
   * @param {string} deviceId
   * @returns {Promise<void>}
   */
  useDevice(source, deviceId) {
    this.#deviceIds[source] = deviceId;
    return this.#enqueue(async () => {
      if (!this.tracks[source]) return;
      // Stopped first: many systems open one camera at a time.
      this.#release(source);
      await this.#acquire([source], false);
      this.#mute();
    });
  }

  /**
   * @returns {Promise<MediaDeviceInfo[]>} all that the browser lists, labels empty until one was granted
   */
  async devices() {
    return (await this.#platform.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  }

  /** Releases everything. */
  stop() {
    this.#wanted = { mic: false, camera: false };
    return this.#enqueue(() => {
      this.#release('mic');
      this.#release('camera');
      this.#stopScreen();
    });
  }

  /** @param {Device} source */
  async #settle(source) {
    const wanted = this.#wanted[source];
    if (wanted && !this.tracks[source]) await this.#acquire([source], false);
    else if (!wanted && source === 'camera') this.#release(source);
    this.#mute();
  }

  /** A muted microphone keeps its device, so that it is back at once. */
  #mute() {
    const { mic } = this.tracks;
    if (!mic || mic.enabled === this.#wanted.mic) return;
    mic.enabled = this.#wanted.mic;
    this.emit('change', undefined);
  }

  /**
   * @param {Device[]} sources
   * @param {boolean} quiet whether a failure is left for another attempt to explain
   * @returns {Promise<boolean>} whether they are there
   */
  async #acquire(sources, quiet) {
    try {
      const stream = await this.#capture(sources);
      for (const track of stream.getTracks()) this.#adopt(track.kind === 'audio' ? 'mic' : 'camera', track);
      this.emit('change', undefined);
      return true;
    } catch (error) {
      for (const source of quiet ? [] : sources) this.#fail(source, error);
      return false;
    }
  }

  /** @param {Device[]} sources */
  async #capture(sources) {
    const devices = this.#platform.mediaDevices;
    if (!devices) throw new DOMException('Devices need a secure page (https).', 'InsecureError');
    try {
      return await devices.getUserMedia(this.#constraints(sources, true));
    } catch (error) {
      if (problemOf(error) !== 'missing') throw error;
      return await devices.getUserMedia(this.#constraints(sources, false)); // the chosen one is gone: any other
    }
  }

  /**
   * @param {Device[]} sources
   * @param {boolean} chosen whether only the chosen devices will do
   */
  #constraints(sources, chosen) {
    /** @param {Device} source */
    const device = (source) => {
      const id = this.#deviceIds[source];
      return chosen && id ? { deviceId: { exact: id } } : {};
    };
    return {
      audio: sources.includes('mic') ? { ...MIC, ...device('mic') } : false,
      video: sources.includes('camera') ? { ...CAMERA, ...device('camera') } : false,
    };
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack} track
   */
  #adopt(source, track) {
    this.tracks[source] = track;
    if (source === 'camera') this.cameraReadyAt ??= performance.now();
    if (source === 'screen') track.contentHint = 'detail';
    track.addEventListener('ended', () => this.#ended(source, track));
  }

  /** @param {Source} source */
  #release(source) {
    const track = this.tracks[source];
    if (!track) return;
    this.tracks[source] = null;
    track.stop();
    this.emit('change', undefined);
  }

  /**
   * The device was unplugged, or the person ended the share in the browser's own bar. Another device is taken at once.
   *
   * @param {Source} source
   * @param {MediaStreamTrack} track
   */
  #ended(source, track) {
    if (this.tracks[source] !== track) return;
    this.#release(source);
    if (source === 'screen') this.#stopScreen();
    if (source !== 'mic' && source !== 'camera') return;
    this.emit('error', { source, kind: 'missing', message: 'The device was disconnected.' });
    void this.#enqueue(() => this.#settle(source));
  }

  #devicesChanged() {
    this.emit('devices', undefined);
    for (const source of /** @type {Device[]} */ (['mic', 'camera'])) {
      if (this.#wanted[source]) void this.#enqueue(() => this.#settleIfPlugged(source));
    }
  }

  /** @param {Device} source */
  async #settleIfPlugged(source) {
    const kind = source === 'mic' ? 'audioinput' : 'videoinput';
    const plugged = (await this.devices()).some((device) => device.kind === kind);
    if (plugged && !this.tracks[source]) await this.#settle(source);
  }

  async #share() {
    if (this.tracks.screen) return;
    try {
      const devices = this.#platform.mediaDevices;
      if (!devices) throw new DOMException('Sharing needs a secure page (https).', 'InsecureError');
      const stream = await devices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: true });
      for (const track of stream.getTracks()) this.#adopt(track.kind === 'audio' ? 'screen_audio' : 'screen', track);
      this.emit('change', undefined);
    } catch (error) {
      this.#fail('screen', error);
    }
  }

  #stopScreen() {
    this.#release('screen');
    this.#release('screen_audio');
  }

  /** @param {boolean} muted */
  #muteScreen(muted) {
    const track = this.tracks.screen_audio;
    if (!track || track.enabled === !muted) return;
    track.enabled = !muted;
    this.emit('change', undefined);
  }

  /**
   * @param {Source} source
   * @param {unknown} error
   */
  #fail(source, error) {
    const message = error instanceof Error ? error.message : String(error);
    this.emit('error', { source, kind: problemOf(error), message });
  }

  /**
   * @param {() => Promise<void> | void} task
   * @returns {Promise<void>}
   */
  #enqueue(task) {
    this.#queue = this.#queue.then(task);
    return this.#queue;
  }
}

/**
 * @param {unknown} error
 * @returns {MediaProblem}
 */
function problemOf(error) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  return name === 'InsecureError' ? 'insecure' : (PROBLEMS[name] ?? 'other');
}
