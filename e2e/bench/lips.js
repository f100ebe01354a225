// How far the sound of a recording is behind its picture, and that of what the browser has sent.
//
//   make bench-lips            ARGS="--seconds 120"
//
// A camera flashes white at the moment in which its microphone beeps, about every second and a half; the call is recorded, and
// ffmpeg says when flash and beep are to be seen and heard in the file. Figures are printed, never judged.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { closeBrowsers } from '../harness/browser.js';
import { Server } from '../harness/server.js';
import { alwaysInFront } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { recordingLink } from '../../web/lib/links.js';
import { quantile } from './figures.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '120' }, people: { type: 'string', default: '1' } } });
const run = promisify(execFile);
/** What ffmpeg may say and hand out, in bytes. */
const ROOM = { maxBuffer: 1 << 30 };
/** Flash and beep that are farther apart belong to different moments, in seconds. */
const APART = 0.6;
/** Parts of a sound that are looked at as a whole, in samples at 48 kHz. */
const PART = 48;

const server = await new Server().start();
const folder = await mkdtemp(join(tmpdir(), 'visavis-lips-'));
try {
  const people = [];
  for (let number = 0; number < Number(values.people); number += 1) {
    people.push(await User.join(server.url, 'lips', `Flash ${number}`, { standIns: [[alwaysInFront], [flashes, number]] }));
  }
  const [host] = people;
  if (!host) throw new Error('nobody is there');
  const [mix, ...parts] = await record(host);
  if (mix) report('the mix', await seen(mix), await heard(mix));
  for (const part of parts) report('what was sent', await seen(part), await heard(part));
} finally {
  await closeBrowsers();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Has the call recorded for a while.
 * @param {User} host
 * @returns {Promise<string[]>} the file of the mix, and those of what each sent */
async function record(host) {
  await host.press('record');
  if (await host.isShown('record-tracks')) await host.press('record-tracks');
  await host.press('record-go');
  await new Promise((resolve) => setTimeout(resolve, 1_000 * Number(values.seconds)));
  await host.press('record');
  const { id, key, parts = [] } = await host.until('it is recorded', async () => {
    const { recordings } = /** @type {any} */ (await host.snapshot());
    return recordings.find((/** @type {any} */ one) => one.state === 'done');
  });
  const links = [{ id, key }, ...parts].map((one) => recordingLink(server.url, one));
  return Promise.all(links.map((link, index) => save(`recording-${index}`, link)));
}

/** @param {string} name
 * @param {string} link
 * @returns {Promise<string>} */
async function save(name, link) {
  const path = join(folder, name);
  await writeFile(path, new Uint8Array(await (await fetch(link)).arrayBuffer()));
  return path;
}

/** When a picture becomes bright, in seconds.
 * @param {string} path
 * @returns {Promise<number[]>} */
async function seen(path) {
  const [width, height] = [32, 18];
  const filter = `scale=${width}:${height},format=gray,showinfo`;
  const { frames, data } = await decoded(path, ['-map', '0:v:0', '-fps_mode', 'passthrough', '-vf', filter, '-f', 'rawvideo']);
  const size = width * height;
  const levels = frames.map(({ at }, index) => {
    const pixels = data.subarray(index * size, (index + 1) * size);
    return { at, level: pixels.reduce((sum, pixel) => sum + pixel, 0) / size };
  });
  return rises(levels, 1 / 2);
}

/** When a sound becomes loud, in seconds.
 * @param {string} path
 * @returns {Promise<number[]>} */
async function heard(path) {
  const filter = 'aresample=48000,aformat=sample_fmts=flt:channel_layouts=mono,ashowinfo';
  const { frames, data } = await decoded(path, ['-map', '0:a:0', '-af', filter, '-f', 'f32le']);
  const samples = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  /** @type {{at: number, level: number}[]} */ const levels = [];
  let first = 0;
  for (const { at, samples: count } of frames) {
    for (let start = 0; start + PART <= count; start += PART) {
      const part = samples.subarray(first + start, first + start + PART);
      levels.push({ at: at + start / 48_000, level: Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / PART) });
    }
    first += count;
  }
  return rises(levels, 1 / 3);
}

/** Where a level rises above this share of the highest, after a while below.
 * @param {{at: number, level: number}[]} levels
 * @param {number} share
 * @returns {number[]} */
function rises(levels, share) {
  const lowest = quantile(levels.map(({ level }) => level), 0.1);
  const highest = quantile(levels.map(({ level }) => level), 0.97);
  const edge = lowest + (highest - lowest) * share;
  /** @type {number[]} */ const found = [];
  let above = -Infinity;
  for (const { at, level } of levels) {
    if (level <= edge) continue;
    if (at - above > APART) found.push(at);
    above = at;
  }
  // The first may have been cut.
  return found.slice(1);
}

/** What ffmpeg makes of a file, and the time of each frame of it.
 * @param {string} path
 * @param {string[]} options
 * @returns {Promise<{frames: {at: number, samples: number}[], data: Buffer}>} */
async function decoded(path, options) {
  const args = ['-hide_banner', '-nostats', '-copyts', '-i', path, ...options, '-'];
  const { stdout, stderr } = await run('ffmpeg', args, { encoding: 'buffer', ...ROOM });
  const lines = stderr.toString().split('\n').filter((line) => /showinfo.* pts_time:/.test(line));
  const frames = lines.map((line) => ({
    at: Number(/pts_time:\s*(-?[\d.]+)/.exec(line)?.[1]),
    samples: Number(/nb_samples:\s*(\d+)/.exec(line)?.[1] ?? 0),
  }));
  return { frames, data: stdout };
}

/** @param {string} name
 * @param {number[]} pictures
 * @param {number[]} sounds */
function report(name, pictures, sounds) {
  const behind = pictures.flatMap((picture) => {
    const [nearest] = [...sounds].sort((a, b) => Math.abs(a - picture) - Math.abs(b - picture));
    return nearest !== undefined && Math.abs(nearest - picture) < APART ? [1_000 * (nearest - picture)] : [];
  });
  const [p5, median, p95] = [0.05, 0.5, 0.95].map((share) => quantile(behind, share).toFixed(0));
  process.stdout.write(`${name}: ${pictures.length} flashes, ${sounds.length} beeps, ${behind.length} pairs: `
    + `the sound is ${median} ms behind the picture (median; ${p5} to ${p95} from p5 to p95)\n`);
}

/** Runs in the page: its camera flashes for a fifth of a second, and its microphone beeps as long. Between that it hums, for
 * what is silent is not sent.
 * @param {number} number of whom, each of whom has another moment */
function flashes(number) {
  const devices = navigator.mediaDevices;
  devices.getUserMedia = async (constraints) => {
    const context = new AudioContext();
    const loud = new GainNode(context, { gain: 0.02 });
    const tone = new OscillatorNode(context, { frequency: 1_000 });
    const end = context.createMediaStreamDestination();
    tone.connect(loud).connect(end);
    tone.start();
    let isOn = false;
    const { trackOf } = /** @type {any} */ (window);
    const camera = trackOf({ width: 640, height: 360 }, 25, (/** @type {CanvasRenderingContext2D} */ canvas) => {
      const wasOn = isOn;
      isOn = (Date.now() + number * 500) % 1_507 < 200; // no multiple of the time between two pictures
      canvas.fillStyle = isOn ? '#fff' : '#101010';
      canvas.fillRect(0, 0, 640, 360);
      if (isOn !== wasOn) loud.gain.setValueAtTime(isOn ? 0.5 : 0.02, context.currentTime);
    });
    return new MediaStream([...(constraints?.video ? [camera] : []), ...(constraints?.audio ? end.stream.getAudioTracks() : [])]);
  };
}
