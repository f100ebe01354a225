// Camera and microphone as the page shows them: what the person wants, what there is, and what is in the way.

import { LocalMedia } from '../lib/media.js';
import { text } from '../messages/index.js';

/** @typedef {'mic' | 'camera'} DeviceSource */
/** @typedef {import('../lib/media.js').MediaError} MediaError */
/** @typedef {import('../lib/media.js').MediaProblem} MediaProblem */

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

  /** @param {{mic: boolean, camera: boolean}} wanted */
  constructor({ mic, camera }) {
    this.#wanted = { mic, camera };
    this.media.on('change', () => this.#update());
    this.media.on('devices', () => this.changed());
    this.media.on('error', (error) => this.#failed(error));
  }

  /** What the person wants on, whether it can be had or not. */
  get wanted() {
    return { ...this.#wanted };
  }

  /** What the own picture and the buttons show. */
  get shown() {
    return { camera: this.media.tracks.camera, cameraOn: this.#isOn('camera'), micOn: this.#isOn('mic') };
  }

  /** The ids of the devices in use. */
  get used() {
    const { mic, camera } = this.media.tracks;
    return { mic: mic?.getSettings().deviceId ?? null, camera: camera?.getSettings().deviceId ?? null };
  }

  /** What is in the way, as sentences: one for both devices where the reason is the same. */
  get problems() {
    const [mic, camera] = [this.#problems.get('mic'), this.#problems.get('camera')];
    if (mic && mic === camera) return [text.devices.both[mic]];
    return [mic && text.devices.mic[mic], camera && text.devices.camera[camera]].filter(
      (sentence) => sentence !== undefined,
    );
  }

  /** Whether this page captures anything. */
  get capturing() {
    return DEVICE_SOURCES.some((source) => this.media.isLive(source));
  }

  /** Asks for the wanted devices. Does nothing when they were asked for already. */
  async start() {
    if (this.#started) return;
    this.#started = true;
    this.starting = true;
    this.changed();
    await this.media.start(this.#wanted);
    this.starting = false;
    this.changed();
  }

  /**
   * Turns a source on or off; one that failed is tried again.
   * @param {DeviceSource} source
   */
  async toggle(source) {
    const on = !this.#isOn(source);
    this.#wanted[source] = on;
    this.#problems.delete(source);
    this.changed();
    await this.media.setEnabled(source, on);
  }

  /**
   * @param {DeviceSource} source
   * @param {string} deviceId
   */
  async choose(source, deviceId) {
    this.#problems.delete(source);
    await this.media.useDevice(source, deviceId);
  }

  /** Gives camera and microphone back to the system. */
  release() {
    this.changed = () => {};
    void this.media.stop();
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
    this.changed();
  }
}
