// Recording a call: who is told, what the file is, and what is left of it when the server is killed.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { quantile } from '../bench/figures.js';
import { company } from '../harness/company.js';
import { flashes, lips } from '../harness/lips.js';
import { Server } from '../harness/server.js';
import { alwaysInFront, drawnSound, plainCamera } from '../harness/stand-ins.js';
import { DESKTOP, User } from '../harness/user.js';
import { recordingLink } from '../../web/lib/links.js';
import { en } from '../../web/messages/en.js';

/** @typedef {import('../../web/lib/recordings.js').Recording} Recording */

const server = new Server();
/** The one that is killed. */
const mortal = new Server();
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'visavis-recordings-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const people = company(server, mortal);

/** What the cameras show. */
const COLOURS = { red: '#d81020', blue: '#1028d8' };

/** What is to be in a file before a test goes on, in seconds. */
const ENOUGH = 10;
const TWO_MINUTES = 120;

/** How far sound may be from its picture in the middle, in milliseconds. A single flash is up to a picture of the mix, 50 ms, from that. */
const IN_STEP = 40;

/** A download and a look at it take time from the call, in milliseconds, and the longer the more there is of it. */
const LOOK_EVERY = 1_000;
const LOOKS = 12;

/** What a server that is killed may take along, in seconds, and what a look now and then leaves unknown. */
const LOST_MOST = 3;

const run = promisify(execFile);

/** Somebody whose camera shows one colour, and whose microphone hums.
 * @param {Server} at
 * @param {string} room
 * @param {string} name
 * @param {keyof typeof COLOURS} colour */
async function enter(at, room, name, colour) {
  const user = await User.join(at.url, room, name, { standIns: [[plainCamera, COLOURS[colour]], [drawnSound, 'humming']] });
  people.push(user);
  return user;
}

/** Two who see and hear each other, the first of them the host.
 * @param {Server} at
 * @param {string} room */
async function call(at, room) {
  const ada = await enter(at, room, 'Ada', 'red');
  await ada.sees();
  const bob = await enter(at, room, 'Bob', 'blue');
  await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);
  return { ada, bob };
}

/** Begins, as a host does, with what each person sends.
 * @param {User} host */
async function begin(host) {
  await host.press('record');
  await host.shows('record-dialog', en.recording.consequences.told);
  await host.press('record-tracks');
  await host.isAccessible('dialog before a recording');
  await host.press('record-go');
  await host.shows('recording-mark', en.recording.mark);
}

/** What a page knows of the recordings of its room.
 * @param {User} user
 * @returns {Promise<{recording: boolean, recordings: Recording[]}>} */
async function known(user) {
  return /** @type {any} */ (await user.snapshot());
}

/** The one recording that a host has, once it is so.
 * @param {User} host
 * @param {Recording['state']} state */
function recordingOf(host, state) {
  return host.until(`the recording is ${state}`, async () => (await known(host)).recordings.find((one) => one.state === state));
}

/**
 * @typedef {object} File
 * @property {string} path
 * @property {number} had when the answer came, as performance.now()
 * @property {Headers} headers
 */

/** What the link leads to now.
 * @param {string} link
 * @returns {Promise<File>} */
async function download(link) {
  const response = await fetch(link);
  const had = performance.now();
  assert.equal(response.status, 200);
  const path = join(folder, 'recording.webm');
  await writeFile(path, new Uint8Array(await response.arrayBuffer()));
  return { path, had, headers: response.headers };
}

/** @param {File} file
 * @param {string} entries
 * @returns {Promise<any>} */
async function probe({ path }, entries) {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_entries', entries, path], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}

/** How much there is of a file, in seconds: one that is under way does not say so itself.
 * @param {File} file */
async function extent(file) {
  const { packets } = await probe(file, 'packet=pts_time');
  return Math.max(0, ...packets.map((/** @type {{pts_time: string}} */ packet) => Number(packet.pts_time)));
}

/** Waits until there is enough of a recording.
 * @param {User} host
 * @param {string} link
 * @param {number} [enough] in seconds
 * @returns {Promise<number>} since when it records, as performance.now(), or somewhat later: what waits to be written is not seen */
async function recorded(host, link, enough = ENOUGH) {
  let since = Infinity;
  await host.until(`${enough} s are recorded`, async () => {
    await new Promise((resolve) => setTimeout(resolve, Math.max(LOOK_EVERY, 1_000 * enough / LOOKS)));
    const file = await download(link);
    const seconds = await extent(file);
    if (seconds > 0) since = Math.min(since, file.had - 1_000 * seconds);
    return seconds >= enough;
  }, 80_000 + 1_500 * enough);
  return since;
}

/** Fails unless all of it can be played. Its pictures need not be evenly spaced.
 * @param {File} file */
async function plays({ path }) {
  const { stderr } = await run('ffmpeg', ['-v', 'error', '-i', path, '-map', '0', '-fps_mode', 'vfr', '-f', 'null', '-']);
  assert.equal(stderr, '');
}

/** Fails unless it is one picture and one sound that begin together.
 * @param {File} file */
async function isRecording(file) {
  const entries = 'format=format_name:stream=codec_name,codec_type,width,height,start_time';
  const { format, streams } = await probe(file, entries);
  const of = (/** @type {string} */ type) => streams.filter((/** @type {any} */ stream) => stream.codec_type === type);
  const [[picture, ...pictures], [sound, ...sounds]] = [of('video'), of('audio')];
  assert.match(format.format_name, /webm/);
  assert.deepEqual([picture.codec_name, picture.width, picture.height, pictures.length], ['vp8', 1280, 720, 0]);
  assert.deepEqual([sound.codec_name, sounds.length], ['opus', 0]);
  const apart = Math.abs(Number(picture.start_time) - Number(sound.start_time));
  // Sound begins with the first that somebody makes: where the recording begins the mix, they have to come over first.
  assert.ok(apart <= 2, `picture and sound begin ${apart} s apart`);
}

/** Fails unless beeps are heard when flashes are seen, from the beginning to the end.
 * @param {File} file
 * @param {number} seconds that it has */
async function isInStep({ path }, seconds) {
  const { behind } = await lips(path);
  assert.ok(behind.length >= seconds / 3, `${behind.length} beeps belong to a flash in ${seconds} s`);
  const third = Math.floor(behind.length / 3);
  for (const part of [behind.slice(0, third), behind.slice(third, -third), behind.slice(-third)]) {
    const [early, middle = NaN, late] = [0.05, 0.5, 0.95].map((share) => quantile(part, share));
    assert.ok(Math.abs(middle) <= IN_STEP, `sound is ${middle} ms behind (${early} to ${late})`);
  }
}

/** Fails unless each of the two has a file of their own, of what they sent and of nothing else, which is in step with the others.
 * @param {string} url of the server
 * @param {Recording} recording */
async function hasParts(url, { parts = [] }) {
  assert.deepEqual(parts.map(({ name, screen }) => `${name} ${screen}`).sort(), ['Ada false', 'Bob false']);
  for (const { name, id, key } of parts) {
    const file = await download(recordingLink(url, { id, key }));
    const { streams } = await probe(file, 'stream=codec_name,start_time');
    assert.deepEqual(streams.map((/** @type {any} */ { codec_name: codec }) => codec), ['vp8', 'opus'], name);
    for (const { start_time: start } of streams) assert.ok(start < 3, `what ${name} sent begins ${start} s after the recording`);
    await plays(file);
    const own = name === 'Ada' ? 'red' : 'blue';
    assert.deepEqual(await colours(file, ENOUGH / 2), [own, own]);
  }
}

/** The colours in the middle of the left and of the right half of a picture, some seconds after the beginning.
 * @param {File} file
 * @param {number} seconds */
async function colours({ path }, seconds) {
  const [width, height] = [64, 36];
  const raw = ['-frames:v', '1', '-s', `${width}x${height}`, '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'];
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-ss', String(seconds), '-i', path, ...raw], { encoding: 'buffer' });
  return [1 / 4, 3 / 4].map((place) => {
    const [red = 0, green = 0, blue = 0] = stdout.subarray(3 * (width * (height / 2) + width * place));
    if (red > 2 * Math.max(green, blue) && red > 100) return 'red';
    return blue > 2 * Math.max(red, green) && blue > 100 ? 'blue' : `rgb ${red} ${green} ${blue}`;
  });
}

/** How loud it is on the average, in dB below the loudest there can be.
 * @param {File} file
 * @returns {Promise<number>} */
async function loudness({ path }) {
  const { stderr } = await run('ffmpeg', ['-hide_banner', '-nostats', '-i', path, '-vn', '-af', 'volumedetect', '-f', 'null', '-']);
  return Number(/mean_volume: (-?[\d.]+) dB/.exec(stderr)?.[1]);
}

/** Fails unless something is wholly to be seen.
 * @param {User} user
 * @param {string} id */
async function isInView(user, id) {
  const whole = await user.page.$eval(`[data-testid="${id}"]`, (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && right > left;
  });
  assert.ok(whole, `${id} is in view`);
}

test('a host has the call recorded: everybody knows, also who is about to come, and the file has what was seen and heard', async () => {
  const { ada, bob } = await call(server, 'recorded');
  const carol = await User.visit(`${server.url}/r/recorded`, 'Carol');
  people.push(carol);
  await carol.shows('lobby-people', 'Ada');
  assert.equal(await carol.isShown('lobby-recording', en.recording.nowTracks), false);

  const began = performance.now();
  await begin(ada);
  await bob.shows('recording-mark', en.recording.mark);
  await Promise.all([ada, bob].map((one) => one.wasShown('notice', en.recording.nowTracks)));
  await carol.shows('lobby-recording', en.recording.nowTracks);
  await carol.isAccessible('lobby of a call that is recorded');
  await bob.page.setViewport({ width: 390, height: 844 });
  await isInView(bob, 'recording-mark');
  await bob.isAccessible('call on a phone that is recorded');
  await bob.page.setViewport(DESKTOP);
  await bob.press('recording-mark');
  await bob.shows('notice', en.recording.meansTracks);

  const { id, key } = await recordingOf(ada, 'running');
  const link = recordingLink(server.url, { id, key });
  await recorded(ada, link);
  assert.deepEqual([(await known(bob)).recording, (await known(bob)).recordings], [true, []], 'whoever is no host has no key');

  await ada.press('record');
  await Promise.all([ada, bob].map((one) => one.hides('recording-mark')));
  const took = (performance.now() - began) / 1_000;
  await bob.wasShown('notice', en.recording.ended);
  await carol.hides('lobby-recording', en.recording.nowTracks);
  await ada.shows('notice', en.recording.ready);
  await ada.pressIn('notice', en.recording.open);
  await ada.shows('recording-figures', en.recording.states.done);
  await ada.shows('recording-parts', 'Bob');
  await ada.isAccessible('recordings of a room');
  assert.equal(await ada.attribute('[data-testid=recording-download]', 'href'), link);
  await ada.press('recording-copy');
  await ada.until('the link is copied', async () => (await ada.copied()) === link);
  await ada.key('Escape');
  await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);

  const file = await download(link);
  assert.equal(file.headers.get('content-type'), 'video/webm');
  assert.match(file.headers.get('content-disposition') ?? '', /^attachment; filename="recorded-.*\.webm"/);
  await isRecording(file);
  await plays(file);
  const { format } = await probe(file, 'format=duration');
  const seconds = Number(format.duration);
  assert.ok(seconds >= ENOUGH && seconds <= took, `${seconds} s of ${took} s are recorded`);
  const { seconds: told, bytes } = await recordingOf(ada, 'done');
  assert.ok(Math.abs((told ?? 0) - seconds) < 0.5, `${told} s are told, and ${seconds} s recorded`);
  assert.equal(bytes, Number(file.headers.get('content-length')));
  assert.deepEqual(await colours(file, ENOUGH / 2), ['red', 'blue']);
  assert.ok((await loudness(file)) > -60, 'something is heard');
  await hasParts(server.url, await recordingOf(ada, 'done'));

  const wrong = [recordingLink(server.url, { id, key: `${key.slice(1)}a` }), recordingLink(server.url, { id: key, key }), `${server.url}/recordings/${id}`];
  const statuses = await Promise.all(wrong.map(async (address) => (await fetch(address)).status));
  assert.deepEqual(statuses, [404, 404, 404], 'nothing is handed out without the key');
});

test('a server that is killed leaves of a recording what was recorded, but for the last moments', async () => {
  const { ada, bob } = await call(mortal, 'killed');
  await begin(ada);
  const { id, key } = await recordingOf(ada, 'running');
  const link = recordingLink(mortal.url, { id, key });
  const since = await recorded(ada, link);
  const under = await recordingOf(ada, 'running');

  const seconds = (performance.now() - since) / 1_000;
  await mortal.kill();
  await mortal.start();
  const file = await ada.until('the recording is handed out again', () => download(link));
  await isRecording(file);
  await plays(file);
  const left = await extent(file);
  assert.ok(left >= seconds - LOST_MOST, `${left} s are left of ${seconds} s`);
  await hasParts(mortal.url, under);

  await Promise.all([ada, bob].map((one) => one.hides('recording-mark')));
  await bob.wasShown('notice', en.recording.ended);
  await ada.press('recordings');
  await ada.until('the host still has the link', async () => (await ada.attribute('[data-testid=recording-download]', 'href')) === link);
});

test('two minutes are whole, and their sound and picture in step, also of a call whose server is killed', async () => {
  const [ended, killed] = await Promise.all(['ended', 'cut-off'].map(async (room) => {
    const host = await User.join(mortal.url, room, 'Flo', { standIns: [[alwaysInFront], [flashes, 0]] });
    people.push(host);
    await host.sees();
    const guest = await User.join(mortal.url, room, 'Bob', { standIns: [[plainCamera, COLOURS.blue], [drawnSound, 'dead']] });
    people.push(guest);
    await guest.seesAndHears('Flo');
    await begin(host);
    const { id, key } = await recordingOf(host, 'running');
    const link = recordingLink(mortal.url, { id, key });
    return { host, link, since: await recorded(host, link, TWO_MINUTES) };
  }));
  assert.ok(ended && killed);
  await ended.host.press('record');
  await recordingOf(ended.host, 'done');
  const seconds = (performance.now() - killed.since) / 1_000;
  await mortal.kill();
  await mortal.start();
  for (const { host, link } of [killed, ended]) {
    const file = await host.until('the recording is handed out', () => download(link));
    await isRecording(file);
    await plays(file);
    const left = await extent(file);
    assert.ok(left >= (host === killed.host ? seconds - LOST_MOST : TWO_MINUTES), `${left} s are left of ${seconds} s`);
    await isInStep(file, left);
  }
});
