// What the server makes of everybody: the mix, for those who want it and those who only watch, and recordings.

import { drawnCamera, drawnSound } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { en } from '../../web/messages/en.js';

/** @typedef {import('./album.js').Album} Album */
/** @typedef {import('../harness/server.js').Server} Server */

const ROOM = 'seminar';
const NAMES = ['Ada', 'Grace', 'Linus', 'Radia', 'Edsger'];
/** Several people, a mix and its viewers are much for one machine. */
const FEW = { rate: 5 };

/** How long the mix may take to come on a busy machine, in milliseconds. */
const PATIENCE = 120_000;

/**
 * @param {Album} album
 * @param {Server} server
 */
export async function mixed(album, server) {
  /** @type {User[]} */
  const people = [];
  for (const [number, name] of NAMES.entries()) people.push(await come(server, number, name));
  const [ada, grace] = people;
  const last = people.at(-1);
  if (!ada || !grace || !last) throw new Error('nobody came');

  album.section('One picture of all');
  await last.until('the mix is there', async () => (await last.snapshot()).mix.state === 'on', PATIENCE);
  await showsAll(last, 'vv-mix-tile video');
  await album.take(last, 'mix', 'Whoever wants to spare battery and network receives one picture and one sound, which the server makes of all.');
  await album.take(last, 'mix-phone', 'The same on a phone.', { size: 'phone' });
  const viewer = await User.visit(`${server.url}/r/${ROOM}/watch`, 'Viewer');
  await showsAll(viewer, '[data-testid=watch-video]');
  await album.take(viewer, 'watch', 'Who only watches a room, without being in it.');
  await viewer.close();

  album.section('Recordings');
  await ada.press('record');
  await ada.shows('record-dialog');
  await album.take(ada, 'record', 'What it means that a call is recorded, before a host has it done.');
  await ada.press('record-go');
  await ada.shows('recording-mark');
  await grace.wasShown('notice', en.recording.now);
  await album.take(grace, 'recorded', 'Everybody is told, and sees it for as long as it lasts.', { theme: 'light' });
  const late = await User.visit(`${server.url}/r/${ROOM}`, 'Barbara', { standIns: [[drawnCamera, NAMES.length]] });
  await late.write('lobby-name', 'Barbara');
  await late.shows('lobby-recording', en.recording.now);
  await album.take(late, 'recorded-lobby', 'Who is about to come is told before.', { size: 'phone' });
  await late.close();
  await ada.press('record');
  await ada.shows('notice', en.recording.ready);
  await ada.pressIn('notice', en.recording.open);
  await ada.shows('recording-figures', en.recording.states.done);
  await album.take(ada, 'recordings', 'The recordings of the room, for its hosts.');
  for (const one of people) await one.close();
}

/**
 * @param {Server} server
 * @param {number} number
 * @param {string} name
 */
async function come(server, number, name) {
  const standIns = /** @type {import('../harness/user.js').StandIn[]} */ ([[drawnCamera, number, FEW], [drawnSound, 'humming']]);
  const query = { ...(number !== 1 && { mic: 'off' }), ...(number === NAMES.length - 1 && { path: 'mix' }) };
  const user = await User.join(server.url, ROOM, name, { standIns, query });
  await user.sees(...NAMES.slice(0, number));
  return user;
}

/** Waits for a picture in which everybody has a place and a face: nothing of a grid of five is as grey as what stands for a camera
 * that has not come yet.
 * @param {User} user
 * @param {string} video */
async function showsAll(user, video) {
  await user.until('everybody is in the picture', () => user.page.$eval(video, (element) => {
    const picture = /** @type {HTMLVideoElement} */ (element);
    if (picture.videoWidth === 0) return false;
    const [width, height] = [64, 36];
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context?.drawImage(picture, 0, 0, width, height);
    // The middles of the tiles of a grid of five.
    const middles = [[12, 12], [32, 12], [52, 12], [22, 24], [42, 24]];
    return middles.every(([x = 0, y = 0]) => {
      const [red = 0, green = 0, blue = 0] = context?.getImageData(x, y, 1, 1).data ?? [];
      return Math.max(red, green, blue) - Math.min(red, green, blue) > 12;
    });
  }), PATIENCE);
}
