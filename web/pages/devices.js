// Camera and microphone as the page shows them: what the person wants, what there is, and what is in the way.

import { LocalMedia } from '../lib/media.js';
import { text } from '../messages/index.js';
import { keep, recall } from './memory.js';
import { whenAllowed } from './permission.js';

/** @typedef {'mic' | 'camera'} DeviceSource */
/** @typedef {import('../lib/problems.js').MediaError} MediaError */
/** @typedef {import('../lib/problems.js').MediaProblem} MediaProblem */
/** @typedef {{sources: DeviceSource[], kind: MediaProblem, sentence: string}} DeviceObstacle */

/** The devices that the page starts with; a screen is shared later. */
const DEVICE_SOURCES = /** @type {const} */ (['mic', 'camera']);

/** Owns a LocalMedia; calls `changed` whenever something that is shown changed. */
export class Devices {
  media = new LocalMedia();
  changed = () => {};
  starting = false;
  /** @type {Record<DeviceSource, boolean>} */
  #wanted;
  /** @type {Map<DeviceSource, MediaProblem>} */
  #problems = new Map();
  #started = false;
  /** Those whose permission is waited for. @type {Set<DeviceSource>} */
  #awaited = new Set();
  /** Ends that wait. */
  #released = new AbortController();
  #chosen;

  /**
   * @param {{mic: boolean, camera: boolean}} wanted
   * @param {(source: DeviceSource, on: boolean) => void} [chosen] the person turned something on or off
   */
  constructor({ mic, camera }, chosen = () => {}) {
    this.#wanted = { mic, camera };
    this.#chosen = chosen;
    this.media.on('change', () => this.#update());
    this.media.on('devices', () => this.changed());
    this.media.on('error', (error) => this.#failed(error));
  }

  /** What the own picture and the buttons show. */
  get shown() {
    return { camera: this.media.tracks.camera, cameraOn: this.#isOn('camera'), micOn: this.#isOn('mic') };
  }

  /** The ids of the devices in use. */
  get used() {
    const { mic, camera } = this.media.tracks;
    return {
      mic: mic?.getSettings().deviceId ?? null,
      camera: camera?.getSettings().deviceId ?? null,
      output: recall('output'),
    };
  }

  /** What is in the way: once for both devices where the reason is the same. @returns {DeviceObstacle[]} */
  get obstacles() {
    const [mic, camera] = [this.#problems.get('mic'), this.#problems.get('camera')];
    if (mic && mic === camera) return [{ sources: ['mic', 'camera'], kind: mic, sentence: text.devices.both[mic] }];
    return [...this.#problems].map(([source, kind]) => ({ sources: [source], kind, sentence: text.devices[source][kind] }));
  }

  /** The same as sentences alone. */
  get problems() {
    return this.obstacles.map(({ sentence }) => sentence);
  }

  /** Whether this page captures anything. */
  get capturing() {
    return DEVICE_SOURCES.some((source) => this.media.isLive(source));
  }

  /**
   * What there is to choose from. Devices have no ids until the page was allowed to use one: those cannot be chosen.
   * @returns {Promise<Record<DeviceSource | 'output', MediaDeviceInfo[]>>}
   */
  async choices() {
    const [devices, output] = await Promise.all([this.media.devices(), this.media.outputs()]);
    const named = (/** @type {MediaDeviceInfo} */ { deviceId }) => deviceId !== '';
    const of = (/** @type {MediaDeviceKind} */ wanted) => devices.filter(({ kind }) => kind === wanted).filter(named);
    return { mic: of('audioinput'), camera: of('videoinput'), output: output.filter(named) };
  }

  /** Asks for the wanted devices. Does nothing when they were asked for already. */
  async start() {
    if (this.#started) return;
    this.#started = true;
    await this.#ask();
  }

  /**
   * Asks once more for devices that could not be had.
   * @param {DeviceSource[]} sources
   */
  async retry(sources) {
    for (const source of sources) {
      this.#wanted[source] = true;
      this.#problems.delete(source);
    }
    await this.#ask();
  }

  /**
   * Turns a source on or off; one that failed is tried again.
   * @param {DeviceSource} source
   */
  async toggle(source) {
    const on = !this.#isOn(source);
    this.#wanted[source] = on;
    this.#problems.delete(source);
    this.#chosen(source, on);
    this.changed();
    await this.media.setEnabled(source, on);
  }

  /**
   * Somebody else has turned it off, or it is not allowed.
   * @param {DeviceSource} source
   */
  turnOff(source) {
    if (!this.#wanted[source]) return;
    this.#wanted[source] = false;
    this.changed();
    void this.media.setEnabled(source, false);
  }

  /**
   * Takes another device from now on, in later calls too. What was in the way of the one before stays until this one
   * works. Where sound is played is for whoever plays it to heed.
   * @param {DeviceSource | 'output'} source
   * @param {string} deviceId
   */
  async choose(source, deviceId) {
    keep(source, deviceId);
    if (source === 'output') return this.changed();
    await this.media.useDevice(source, deviceId);
  }

  /** Gives camera and microphone back to the system. */
  release() {
    this.changed = () => {};
    this.#released.abort();
    void this.media.stop();
  }

  async #ask() {
    this.starting = true;
    this.changed();
    const [micId, cameraId] = [recall('mic') ?? undefined, recall('camera') ?? undefined];
    await this.media.start({ ...this.#wanted, micId, cameraId });
    this.starting = false;
    this.changed();
  }

  /** @param {DeviceSource} source */
  #isOn(source) {
    return this.#wanted[source] && !this.#problems.has(source);
  }

  /** A source that works again, because its device was plugged in, has no problem any more. */
  #update() {
    for (const source of DEVICE_SOURCES) if (this.media.isLive(source)) this.#problems.delete(source);
    this.changed();
  }

  /** @param {MediaError} error */
  #failed({ source, kind }) {
    if (source !== 'mic' && source !== 'camera') return;
    this.#problems.set(source, kind);
    if (kind === 'denied') this.#await(source);
    this.changed();
  }

  /** @param {DeviceSource} source */
  #await(source) {
    if (this.#awaited.has(source)) return;
    this.#awaited.add(source);
    void whenAllowed(source, this.#released.signal, () => this.#allowed(source));
  }

  /** @param {DeviceSource} source */
  #allowed(source) {
    if (this.#problems.get(source) === 'denied') void this.retry([source]);
  }
}
