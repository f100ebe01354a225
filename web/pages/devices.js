// Camera and microphone as the page shows them: what the person wants, what there is, and what is in the way.

import { LocalMedia } from '../lib/media.js';
import { text } from '../messages/index.js';

/** @typedef {'mic' | 'camera'} DeviceSource */

/** Owns a LocalMedia; calls `changed` whenever something that is shown changed. */
export class Devices {
  changed = () => {};
  starting = false;
  /** What the person wants on. @type {Record<DeviceSource, boolean>} */
  #wanted;
  /** @type {Map<DeviceSource, string>} */
  #problems = new Map();
  #started = false;

  media = new LocalMedia();

  /** @param {{mic: boolean, camera: boolean}} wanted */
  constructor({ mic, camera }) {
    this.#wanted = { mic, camera };
    this.media.on('change', () => this.#tell());
    this.media.on('error', ({ source, kind }) => this.#failed(source, kind));
  }

  /**
   * What is in the way of a source, as a sentence.
   * @param {DeviceSource} source
   */
  problem(source) {
    return this.#problems.get(source) ?? null;
  }

  /** What the person wants on. */
  get wanted() {
    return { ...this.#wanted };
  }

  /** Gives camera and microphone back to the system. */
  release() {
    this.changed = () => {};
    this.media.stop();
  }

  /** Asks for the wanted devices. Does nothing when they were asked for already. */
  async start() {
    if (this.#started) return;
    this.#started = true;
    this.starting = true;
    this.#tell();
    await this.media.start({ ...this.#wanted });
    this.starting = false;
    this.#tell();
  }

  /**
   * Turns a source on or off.
   * @param {DeviceSource} source
   */
  async toggle(source) {
    this.#wanted[source] = !this.#wanted[source];
    this.#problems.delete(source);
    this.#tell();
    await this.media.setEnabled(source, this.#wanted[source]);
    this.#tell();
  }

  /**
   * @param {DeviceSource} source
   * @param {string} deviceId
   */
  async choose(source, deviceId) {
    this.#problems.delete(source);
    await this.media.useDevice(source, deviceId);
    this.#tell();
  }

  /** What the own picture and the buttons show. */
  shown() {
    return { camera: this.media.tracks.camera, cameraOn: this.#wanted.camera, micOn: this.#wanted.mic };
  }

  /** The ids of the devices in use. */
  used() {
    const { mic, camera } = this.media.tracks;
    return { mic: mic?.getSettings().deviceId ?? null, camera: camera?.getSettings().deviceId ?? null };
  }

  /**
   * @param {DeviceSource} source
   * @param {keyof typeof text.devices.mic} kind
   */
  #failed(source, kind) {
    this.#wanted[source] = false;
    this.#problems.set(source, text.devices[source][kind]);
    this.#tell();
  }

  #tell() {
    this.changed();
  }
}
