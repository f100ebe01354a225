// One's own side of the call: devices, the shared screen, and what is wrong with either.

import { listen } from '../elements/dom.js';
import { text } from '../messages/index.js';
import { keep, recall } from './memory.js';

/** @typedef {import('../elements/call-page.js').CallPage} CallPage */
/** @typedef {import('../elements/settings-dialog.js').Choice} Choice */
/** @typedef {import('../lib/screen-share.js').Quality} Quality */
/** @typedef {import('../lib/media.js').MediaError} MediaError */
/** @typedef {'mic' | 'camera'} DeviceSource */

/** Binds Devices to the own picture, the buttons, the dialogs and the notices. */
export class CallMedia {
  #call;
  #page;
  #devices;
  #notices;
  #name;
  #output = recall('output') ?? '';
  /** What worked a moment ago: its loss is told in other words than its absence. @type {Set<string>} */
  #worked = new Set();
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {import('../lib/call.js').Call} parts.call
   * @param {CallPage} parts.page
   * @param {import('./devices.js').Devices} parts.devices
   * @param {import('./call-notices.js').CallNotices} parts.notices
   * @param {string} parts.name of the person
   */
  constructor({ call, page, devices, notices, name }) {
    this.#call = call;
    this.#page = page;
    this.#devices = devices;
    this.#notices = notices;
    this.#name = name;
  }

  start() {
    const page = this.#page;
    const { media } = this.#devices;
    this.#devices.changed = () => this.show();
    this.#stops = [
      media.on('error', (error) => this.#failed(error)),
      media.on('devices', () => void this.#showSettings()),
    ];
    listen(page, 'mute', () => void this.#toggle('mic'));
    listen(page, 'camera', () => void this.#toggle('camera'));
    listen(page, 'hand', () => this.#toggleHand());
    listen(page, 'share', () => this.#toggleShare());
    listen(page, 'settings', () => this.#openSettings());
    listen(
      page.share,
      'share',
      (/** @type {{quality: Quality, sound: boolean}} */ wanted) => void media.shareScreen(wanted),
    );
    listen(page.shareBar, 'stop', () => media.stopSharing());
    listen(page.shareBar, 'quality', (/** @type {{quality: Quality}} */ { quality }) => media.setQuality(quality));
    listen(
      page.settings,
      'choose',
      (/** @type {{source: Choice, deviceId: string}} */ choice) => void this.#choose(choice),
    );
    if (this.#output) void page.stage.playOn(this.#output);
    this.show();
  }

  stop() {
    this.#devices.changed = () => {};
    for (const stop of this.#stops) stop();
  }

  /** Shows the own state everywhere. */
  show() {
    const { media, shown, problems, capturing } = this.#devices;
    const sharing = media.isLive('screen');
    this.#page.self.show({ ...shown, name: this.#name, hand: this.#call.hand });
    this.#page.controls.showDevices({ ...shown, sharing });
    this.#page.controls.showHand(this.#call.hand);
    this.#page.shareBar.show({ sharing, sound: media.isLive('screen_audio'), quality: media.quality });
    this.#notices.devices(problems);
    for (const source of /** @type {DeviceSource[]} */ (['mic', 'camera']))
      if (media.isLive(source)) this.#works(source);
    if (sharing) this.#notices.shareWorks();
    if (capturing) this.#notices.audible();
    void this.#showSettings();
  }

  /** @param {DeviceSource} source */
  async #toggle(source) {
    if (this.#isForbidden(source)) return;
    await this.#devices.toggle(source);
    const { micOn, cameraOn } = this.#devices.shown;
    const { said } = text;
    this.#page.announcer.say(source === 'mic' ? (micOn ? said.micOn : said.micOff) : cameraOn ? said.cameraOn : said.cameraOff);
  }

  /** Whoever presses a button that does nothing is told why. @param {DeviceSource | 'screen'} source */
  #isForbidden(source) {
    if (this.#call.allows(source)) return false;
    this.#notices.muted(source, text.hosting.forbidden[source]);
    return true;
  }

  #toggleHand() {
    const raised = !this.#call.hand;
    this.#call.setHand(raised);
    this.#page.announcer.say(raised ? text.said.handUp : text.said.handDown);
    this.show();
  }

  /** @param {DeviceSource} source */
  #works(source) {
    this.#worked.add(source);
    this.#notices.replaced(source);
  }

  #toggleShare() {
    const { media } = this.#devices;
    if (this.#isForbidden('screen')) return;
    if (media.isLive('screen')) media.stopSharing();
    else this.#page.share.open();
  }

  #openSettings() {
    this.#page.settings.open();
    void this.#showSettings();
  }

  async #showSettings() {
    const { settings } = this.#page;
    if (!settings.isOpen) return;
    const { media } = this.#devices;
    const [devices, outputs] = await Promise.all([media.devices(), media.outputs()]);
    const of = (/** @type {MediaDeviceKind} */ kind) =>
      devices.filter((device) => device.kind === kind && device.deviceId !== '');
    const { mic, camera } = this.#devices.used;
    settings.show({
      mic: { devices: of('audioinput'), used: mic },
      camera: { devices: of('videoinput'), used: camera },
      output: { devices: outputs.filter(({ deviceId }) => deviceId !== ''), used: this.#output || 'default' },
    });
  }

  /** @param {{source: Choice, deviceId: string}} choice */
  async #choose({ source, deviceId }) {
    keep(source, deviceId);
    if (source !== 'output') return this.#devices.choose(source, deviceId);
    const done = await this.#page.stage.playOn(deviceId);
    if (done) this.#output = deviceId;
    else this.#notices.outputFailed();
  }

  /** @param {MediaError} error */
  #failed({ source, kind }) {
    if (source === 'screen') return this.#notices.shareFailed(kind);
    if (kind !== 'missing' || (source !== 'mic' && source !== 'camera') || !this.#worked.delete(source)) return;
    this.#notices.unplugged(source, () => this.#openSettings());
  }
}
