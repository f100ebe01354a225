import { capture, worthAskingAlone } from './capture.js';
import { Emitter } from './emitter.js';
import { platform } from './platform.js';
import { mediaError } from './problems.js';
import { ScreenShare } from './screen-share.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./problems.js').MediaProblem} MediaProblem */
/** @typedef {import('./problems.js').MediaError} MediaError */
/** @typedef {import('./screen-share.js').Quality} Quality */
/** @typedef {'mic' | 'camera'} Device */

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
  #share;
  /** @type {Record<Device, string | undefined>} */ #deviceIds = { mic: undefined, camera: undefined };
  /** What the person wants to be on, whether it can be had or not. */ #wanted = { mic: false, camera: false };
  /** One change of devices at a time. */ #queue = Promise.resolve();

  /** @param {{platform?: Partial<import('./platform.js').Platform>}} [options] */
  constructor({ platform: replaced } = {}) {
    super();
    this.#platform = platform(replaced);
    this.#platform.mediaDevices?.addEventListener('devicechange', () => this.#devicesChanged());
    this.#share = new ScreenShare(this.#platform.mediaDevices);
    this.#share.on('change', () => this.#shareChanged());
    this.#share.on('error', (error) => this.emit('error', error));
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
      if (sources.length > 0) await this.#acquire(sources);
    });
  }

  /**
   * Switches a source on or off. The microphone stays open while it is muted; the camera and the screen are released.
   * Off is at once, on may have to wait for the person's permission.
   *
   * @param {Source} source
   * @param {boolean} enabled
   * @returns {Promise<void>}
   */
  setEnabled(source, enabled) {
    if (source === 'screen') return this.#setScreen(enabled);
    if (source === 'screen_audio') return Promise.resolve(this.#share.muteSound(!enabled));
    this.#wanted[source] = enabled;
    this.#hush();
    return this.#enqueue(() => this.#settle(source));
  }

  /**
   * Takes another device from now on; at once if the source is captured, or is wanted and could not be had.
   *
   * @param {Device} source
   * @param {string} deviceId
   * @returns {Promise<void>}
   */
  useDevice(source, deviceId) {
    this.#deviceIds[source] = deviceId;
    return this.#enqueue(async () => {
      const before = this.tracks[source];
      if (!before && !this.#wanted[source]) return;
      // Stopped first: many systems open one camera at a time. That is not worth telling anybody.
      if (source === 'camera') this.#drop(source);
      else this.#release(source);
      if (!(await this.#acquire([source])) && before) this.emit('change', undefined);
    });
  }

  /** What a share is for, the present one or the next. */
  get quality() {
    return this.#share.quality;
  }

  /**
   * Lets the person choose a screen, window or tab to share, or another one than now. To be called from a click:
   * browsers open the dialog for nothing else.
   *
   * @param {{sound?: boolean, quality?: Quality}} [wanted] `sound` where the browser has it
   * @returns {Promise<void>} resolved when it is there, or is not to be had
   */
  shareScreen(wanted) {
    return this.#share.start(wanted);
  }

  /** Ends the share, and does not take one that the person is still choosing. */
  stopSharing() {
    this.#share.stop();
  }

  /**
   * Changes what the share is for, while it goes on.
   *
   * @param {Quality} quality
   */
  setQuality(quality) {
    this.#share.setQuality(quality);
  }

  /** @returns {Promise<MediaDeviceInfo[]>} what sound can be played on; empty where the browser cannot choose */
  async outputs() {
    if (!this.#platform.choosesOutput) return [];
    return (await this.devices()).filter(({ kind }) => kind === 'audiooutput');
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
    this.#share.stop();
    this.#hush();
    return this.#enqueue(() => this.#release('mic'));
  }

  /** @param {Device} source */
  async #settle(source) {
    if (this.#wanted[source] && !this.tracks[source]) await this.#acquire([source]);
    this.#hush();
  }

  /** Nothing is captured that is not wanted. A muted microphone keeps its device, so that it is back at once. */
  #hush() {
    if (!this.#wanted.camera) this.#release('camera');
    const { mic } = this.tracks;
    if (!mic || mic.enabled === this.#wanted.mic) return;
    mic.enabled = this.#wanted.mic;
    this.emit('change', undefined);
  }

  /**
   * @param {Device[]} sources in one question to the person; if that fails, each that may still be had in one of its own
   * @returns {Promise<boolean>} whether the first question was enough
   */
  async #acquire(sources) {
    try {
      const stream = await capture(this.#platform, sources, this.#deviceIds);
      for (const track of stream.getTracks()) this.#adopt(track.kind === 'audio' ? 'mic' : 'camera', track);
      this.emit('change', undefined);
      return true;
    } catch (error) {
      const again = await worthAskingAlone(this.#platform, sources, error);
      for (const source of sources) {
        if (again.includes(source)) await this.#acquire([source]);
        else this.emit('error', mediaError(source, error));
      }
      return false;
    }
  }

  /**
   * Nobody may want it any more: the permission can take as long as the person likes.
   *
   * @param {Device} source
   * @param {MediaStreamTrack} track
   */
  #adopt(source, track) {
    if (source === 'camera' && !this.#wanted.camera) return track.stop();
    if (source === 'mic') track.enabled = this.#wanted.mic;
    this.tracks[source] = track;
    if (source === 'camera') this.cameraReadyAt ??= performance.now();
    track.addEventListener('ended', () => this.#ended(source, track));
  }

  /** @param {Device} source */
  #release(source) {
    if (!this.tracks[source]) return;
    this.#drop(source);
    this.emit('change', undefined);
  }

  /** @param {Device} source */
  #drop(source) {
    this.tracks[source]?.stop();
    this.tracks[source] = null;
  }

  /**
   * The device was unplugged. Another one is taken at once.
   *
   * @param {Device} source
   * @param {MediaStreamTrack} track
   */
  #ended(source, track) {
    if (this.tracks[source] !== track) return;
    this.#release(source);
    this.emit('error', { source, kind: 'missing', message: 'The device was disconnected.' });
    void this.#enqueue(() => this.#settle(source));
  }

  #devicesChanged() {
    this.emit('devices', undefined);
    for (const source of /** @type {Device[]} */ (['mic', 'camera'])) {
      if (this.#wanted[source]) void this.#settleIfPlugged(source);
    }
  }

  /**
   * Browsers may not say what is plugged in before the page is looked at: nothing else waits for that.
   *
   * @param {Device} source
   */
  async #settleIfPlugged(source) {
    const kind = source === 'mic' ? 'audioinput' : 'videoinput';
    const plugged = (await this.devices()).some((device) => device.kind === kind);
    if (plugged) await this.#enqueue(() => this.#settle(source));
  }

  /** @param {boolean} on */
  async #setScreen(on) {
    if (!on) this.#share.stop();
    else if (!this.tracks.screen) await this.#share.start();
  }

  #shareChanged() {
    this.tracks.screen = this.#share.picture;
    this.tracks.screen_audio = this.#share.sound;
    this.emit('change', undefined);
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
