// A camera that flashes in the moment in which its microphone beeps, and how far the beeps of a recording are behind the flashes.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { quantile } from '../bench/figures.js';

const run = promisify(execFile);
/** What ffmpeg may say and hand out, in bytes. */
const ROOM = { maxBuffer: 1 << 30 };
/** Flash and beep that are farther apart belong to different moments, in seconds. */
const APART = 0.6;
/** Parts of a sound that are looked at as a whole, in samples at 48 kHz. */
const PART = 48;

/** How far sound is behind picture in a file, for each flash with a beep, in milliseconds, and how many of each there are.
 * @param {string} path
 * @returns {Promise<{flashes: number, beeps: number, behind: number[]}>} */
export async function lips(path) {
  const [pictures, sounds] = await Promise.all([seen(path), heard(path)]);
  const behind = pictures.flatMap((picture) => {
    const [nearest] = [...sounds].sort((a, b) => Math.abs(a - picture) - Math.abs(b - picture));
    return nearest !== undefined && Math.abs(nearest - picture) < APART ? [1_000 * (nearest - picture)] : [];
  });
  return { flashes: pictures.length, beeps: sounds.length, behind };
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

/** Runs in the page: its camera flashes for a fifth of a second, and its microphone beeps as long. Between that it hums, for
 * what is silent is not sent.
 * @param {number} number of whom, each of whom has another moment */
export function flashes(number) {
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
