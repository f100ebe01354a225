// Start page and lobby.

import { drawnCamera } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { en } from '../../web/messages/en.js';
import { enNetwork } from '../../web/messages/en-network.js';

/** @typedef {import('./album.js').Album} Album */
/** @typedef {import('../harness/server.js').Server} Server */

const DAY = 24 * 60 * 60 * 1000;

/**
 * @param {Album} album
 * @param {Server} server
 */
export async function start(album, server) {
  album.section('The start page');
  const ada = await User.visit(server.url, 'Ada');
  await ada.write('start-room', 'engine-notes');
  await album.take(ada, 'start', 'A room, its link to copy, and nothing to sign up for.');
  await ada.page.click('[data-testid=start-options] summary');
  await album.take(ada, 'start-options', 'How pictures and sound are to travel in the room.', { theme: 'light' });
  await ada.page.click('[data-testid=start-options] summary');
  await ada.press('start-qr');
  await album.take(ada, 'start-phone', 'On a phone, with the link as a QR code.', { size: 'phone' });
  await ada.page.evaluate((day) => {
    const rooms = ['engine-notes', 'compilers', 'Thursday'].map((room, index) => ({ room, last: Date.now() - index * 3 * day }));
    localStorage.setItem('visavis.rooms', JSON.stringify(rooms));
  }, DAY);
  await ada.page.goto(server.url);
  await ada.shows('start-recent');
  await album.take(ada, 'start-recent', 'Rooms that this browser was in, in light colours.', { theme: 'light' });
  await ada.page.goto(`${server.url}/?lang=ar`);
  await ada.shows('start-recent');
  await album.take(ada, 'start-arabic', 'From right to left.');
  await ada.close();
}

/**
 * @param {Album} album
 * @param {Server} server
 */
export async function lobby(album, server) {
  album.section('The lobby');
  const grace = await User.join(server.url, 'lobby', 'Grace');
  const ada = await User.visit(`${server.url}/r/lobby`, 'Ada', { standIns: [[drawnCamera, 0]] });
  await ada.write('lobby-name', 'Ada');
  await ada.shows('lobby-people', 'Grace');
  await picture(ada);
  await album.take(ada, 'lobby', 'Before the call: picture, devices, level of the microphone, and who is in already.');
  await album.take(ada, 'lobby-phone', 'The lobby on a phone, in light colours.', { size: 'phone', theme: 'light' });
  await networkTest(album, ada);
  await ada.page.goto(`${server.url}/r/lobby?lang=de`);
  await ada.shows('lobby-people', 'Grace');
  await picture(ada);
  await album.take(ada, 'lobby-german', 'The lobby in German.');
  await Promise.all([ada.close(), grace.close()]);
}

/**
 * @param {Album} album
 * @param {User} ada in the lobby
 */
async function networkTest(album, ada) {
  await ada.press('lobby-network');
  await ada.shows('network-verdict', enNetwork.calls.direct);
  await album.take(ada, 'network-test', 'Before the call every way that it can take is tried, and what will work is said in words.');
  await ada.key('Escape');
}

/** @param {User} user */
async function picture(user) {
  await user.until(en.lobby.preview, () => user.page.$eval('vv-lobby-preview video', (video) => video.videoWidth > 0));
}
