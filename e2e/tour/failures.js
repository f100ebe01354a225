// What the page says when something is in the way.

import { UNTRUSTED_HOST } from '../harness/browser.js';
import { Proxy } from '../harness/proxy.js';
import { Server, visavisWith } from '../harness/server.js';
import { cameraPlug, drawnCamera, drawnSound, failingDevices } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { en } from '../../web/messages/en.js';

/** @typedef {import('./album.js').Album} Album */

/** How long both sides look for a path before they say that there is none, in milliseconds. */
const LOOKING = 60_000;

/**
 * @param {Album} album
 * @param {Server} server
 */
export async function failures(album, server) {
  album.section('What is in the way, and the way on');
  await addresses(album, server);
  await devices(album, server);
  await sounds(album, server);
  await tabs(album, server);
  await lost(album, server);
  await full(album);
  await noPath(album);
}

/**
 * @param {Album} album
 * @param {Server} server
 */
async function addresses(album, server) {
  const address = new URL(server.url);
  address.hostname = UNTRUSTED_HOST;
  const ada = await User.visit(address.href, 'Ada');
  await ada.shows('notice', en.insecure);
  await album.take(ada, 'insecure', 'An address at which browsers keep cameras to themselves.');
  await ada.close();
}

/**
 * @param {Album} album
 * @param {Server} server
 */
async function devices(album, server) {
  const denied = await User.visit(`${server.url}/r/engine-notes`, 'Ada', { standIns: [[failingDevices, 'NotAllowedError']] });
  await denied.shows('notice', en.devices.both.denied);
  await album.take(denied, 'denied', 'The browser was told not to allow it.');
  await denied.close();
  const missing = await User.visit(`${server.url}/r/engine-notes`, 'Ada', { standIns: [[failingDevices, 'NotFoundError']] });
  await missing.shows('notice', en.devices.both.missing);
  await album.take(missing, 'missing', 'There is no camera and no microphone.', { size: 'phone' });
  await missing.close();
  const busy = await User.visit(`${server.url}/r/engine-notes`, 'Ada', { standIns: [[failingDevices, 'NotReadableError']] });
  await busy.shows('notice', en.devices.both.busy);
  await album.take(busy, 'busy', 'Another program has them in use.', { theme: 'light' });
  await busy.close();
}

/**
 * @param {Album} album
 * @param {Server} server
 */
async function sounds(album, server) {
  const grace = await User.join(server.url, 'engine-notes', 'Grace', { standIns: [[drawnCamera, 1], [drawnSound, 'humming']] });
  const guest = await User.join(server.url, 'engine-notes', 'Guest', { devices: 'untouched' });
  await guest.wasShown('notice', en.call.blocked);
  await guest.framesAdvance('Grace');
  await album.take(guest, 'blocked', 'Sound that the browser holds back until a touch, and devices that were denied.', { size: 'phone' });
  await guest.close();
  const ada = await User.join(server.url, 'engine-notes', 'Ada', { standIns: [[drawnCamera, 0], [cameraPlug]] });
  await ada.framesAdvance('Grace');
  await grace.framesAdvance('Ada');
  await ada.hides('notice');
  await ada.page.evaluate(() => /** @type {any} */ (window).unplug());
  await ada.wasShown('notice', en.hints.unplugged.camera);
  await album.take(ada, 'unplugged', 'A camera that was unplugged.');
  await grace.press('mute');
  await grace.shows('hint', en.hints.mutedSpeaking);
  await album.take(grace, 'muted', 'Said quietly: one speaks, and is muted.', { theme: 'light' });
  await Promise.all([ada.close(), grace.close()]);
  const dead = await User.join(server.url, 'engine-notes', 'Ada', { standIns: [[drawnSound, 'dead'], [drawnCamera, 0]] });
  await dead.shows('hint', en.hints.silentMic);
  await album.take(dead, 'dead', 'Said quietly: the microphone gives no sound at all.', { size: 'phone' });
  await dead.close();
}

/**
 * @param {Album} album
 * @param {Server} server
 */
async function tabs(album, server) {
  const ada = await User.join(server.url, 'tabs', 'Ada', { standIns: [[drawnCamera, 0]] });
  await ada.sees();
  const other = await ada.tab(`${server.url}/r/tabs`, [[drawnCamera, 0]]);
  await other.shows('notice', en.obstacles.elsewhere);
  await album.take(other, 'elsewhere', 'The room is open in another tab of the same browser.');
  await other.pressIn('notice', en.obstacles.takeOver);
  await other.sees();
  await ada.shows('notice', en.endings['taken-over'].title);
  await album.take(ada, 'taken', 'That other tab, afterwards.');
  await ada.close();
}

/**
 * @param {Album} album
 * @param {Server} server
 */
async function lost(album, server) {
  const proxy = await new Proxy(server.url).open();
  const grace = await User.join(server.url, 'lost', 'Grace', { standIns: [[drawnCamera, 1]] });
  const ada = await User.join(proxy.url, 'lost', 'Ada', { standIns: [[drawnCamera, 0]] });
  await ada.framesAdvance('Grace');
  await ada.hides('notice');
  proxy.cut();
  await ada.shows('notice', en.call.reconnecting);
  await album.take(ada, 'lost', 'The server cannot be reached; picture and sound go on.');
  await Promise.all([ada.close(), grace.close()]);
  proxy.close();
}

/** @param {Album} album */
async function full(album) {
  const server = await new Server(visavisWith('--room-participants', '1')).start();
  const grace = await User.join(server.url, 'full', 'Grace');
  await grace.sees();
  const ada = await User.join(server.url, 'full', 'Ada');
  await ada.shows('notice', en.endings['room-full'].title);
  await album.take(ada, 'full', 'The room is full.', { theme: 'light' });
  await Promise.all([ada.close(), grace.close()]);
  await server.stop();
}

/** @param {Album} album */
async function noPath(album) {
  const server = await new Server(visavisWith('--ice-address', '127.0.0.1:47999')).start();
  const query = { ice: 'relay' };
  const grace = await User.join(server.url, 'path', 'Grace', { query, standIns: [[drawnCamera, 1]] });
  const ada = await User.join(server.url, 'path', 'Ada', { query, standIns: [[drawnCamera, 0]] });
  await ada.until('there is no path', () => ada.isShown('hint', en.hints.noPath('Grace')), LOOKING);
  await album.take(ada, 'no-path', 'Two who find no path to each other.', { hints: true });
  await Promise.all([ada.close(), grace.close()]);
  await server.stop();
}
