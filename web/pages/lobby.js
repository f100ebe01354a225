// The lobby: binds the devices to the page that shows them.

import { listen } from '../elements/dom.js';
import { LobbyPage } from '../elements/lobby-page.js';

/** @typedef {import('./devices.js').Devices} Devices */

/**
 * @param {object} options
 * @param {string} options.room
 * @param {string} options.name
 * @param {Devices} options.devices
 * @param {(name: string) => void} options.join
 * @param {() => void} options.back
 * @returns {LobbyPage}
 */
export function lobby({ room, name, devices, join, back }) {
  const page = new LobbyPage();
  const show = () => {
    page.show({ ...devices.shown, name, starting: devices.starting, problems: devices.problems });
  };
  const list = async () => page.showDevices(await devices.media.devices(), devices.used);
  devices.changed = () => {
    show();
    void list();
  };
  listen(page, 'toggle', ({ source }) => void devices.toggle(source));
  listen(page, 'choose', ({ source, deviceId }) => void devices.choose(source, deviceId));
  listen(page, 'join', ({ name: chosen }) => join(chosen));
  listen(page, 'back', back);
  page.begin({ room, name });
  show();
  void devices.start();
  return page;
}
