// The mix in a call: one picture and one sound of everybody, for whoever wants or needs it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Aiortc } from '../harness/aiortc.js';
import { company } from '../harness/company.js';
import { Server } from '../harness/server.js';
import { drawnSound, plainCamera } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';

const server = new Server();

const people = company(server);

/** Five people: what their cameras show, and what their microphones sound like, in hertz. */
const CAST = [
  { name: 'Ada', colour: [216, 32, 32], pitch: 440 },
  { name: 'Bob', colour: [32, 160, 48], pitch: 660 },
  { name: 'Eve', colour: [32, 56, 216], pitch: 920 },
  { name: 'Joe', colour: [216, 184, 24], pitch: 1240 },
  { name: 'Zoe', colour: [168, 48, 184], pitch: 1640 },
];

/** Somebody of the cast joins.
 * @param {string} room
 * @param {number} who
 * @param {Record<string, string>} [query] */
async function join(room, who, query = {}) {
  const { name = '', colour = [], pitch = 0 } = CAST[who] ?? {};
  const standIns = /** @type {import('../harness/user.js').StandIn[]} */ ([[plainCamera, `rgb(${colour})`], [drawnSound, 'humming', pitch]]);
  const user = await User.join(server.url, room, name, { standIns, query });
  people.push(user);
  return user;
}

/** Which of the cast's colours are on the mix, each on a good part of it, and on how many columns' worth of different places.
 * @param {User} user
 * @returns {Promise<string[]>} names */
function seen(user) {
  return user.page.evaluate((cast) => {
    const video = /** @type {HTMLVideoElement | null} */ (document.querySelector('vv-mix-tile video'));
    if (!video?.videoWidth) return [];
    const [width, height] = [64, 36];
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    context?.drawImage(video, 0, 0, width, height);
    const pixels = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
    const isOf = (/** @type {number} */ at, /** @type {number[]} */ colour) =>
      colour.every((value, channel) => Math.abs((pixels[at * 4 + channel] ?? 0) - value) < 48);
    const places = [...Array(width * height).keys()];
    return cast.filter(({ colour }) => places.filter((at) => isOf(at, colour)).length > places.length / 20).map(({ name }) => name);
  }, CAST);
}

/** Whose tones are in what comes to a page.
 * @param {User} user
 * @returns {Promise<string[]>} names */
function heard(user) {
  return user.page.evaluate(async (cast) => {
    const context = new AudioContext();
    await context.resume();
    const { connections } = /** @type {any} */ (window).probe;
    const receivers = connections.flatMap((/** @type {RTCPeerConnection} */ connection) => connection.getReceivers());
    const tracks = receivers.map((/** @type {RTCRtpReceiver} */ { track }) => track);
    const analyser = new AnalyserNode(context, { fftSize: 16_384, smoothingTimeConstant: 0 });
    for (const track of tracks.filter((/** @type {MediaStreamTrack} */ { kind, readyState }) => kind === 'audio' && readyState === 'live')) {
      new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }).connect(analyser);
    }
    // Until all that is looked at has been played, and what came before the connection was up has gone.
    const whole = context.currentTime + (2 * analyser.fftSize) / context.sampleRate;
    while (context.currentTime < whole) {
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const at = (/** @type {number} */ pitch) => Math.round((pitch * analyser.fftSize) / context.sampleRate);
    const level = (/** @type {number} */ pitch) => Math.max(...levels.slice(at(pitch) - 3, at(pitch) + 4));
    const found = cast.filter(({ pitch }) => level(pitch) > -60).map(({ name }) => name);
    await context.close();
    return found;
  }, CAST);
}

/** Waits until these and no others are seen on the mix and heard.
 * @param {User} user
 * @param {string[]} sight
 * @param {string[]} sound */
async function gets(user, sight, sound) {
  /** @type {unknown} */ let last;
  const look = async () => {
    const got = { sight: await seen(user), sound: await heard(user) };
    last = got;
    return `${got.sight}` === `${sight}` && `${got.sound}` === `${sound}`;
  };
  await user.until(`${user.name} sees ${sight} and hears ${sound}`, look, 90_000).catch(async (error) => {
    throw new Error(`${error.message}\nit was ${JSON.stringify(last)}, and ${JSON.stringify((await user.snapshot()).mix)}`);
  });
}

/** @param {User} user
 * @param {string} state */
const isOnMix = (user, state) => user.until(`the mix is ${state}`, async () => (await user.snapshot()).mix.state === state, 60_000);

/** Looks at every frame whether there is a picture where one looks: the mix, or somebody's own tile.
 * @param {User} user
 * @returns {Promise<() => Promise<string[]>>} ends it; what was without a picture, and when */
async function watchStage(user) {
  await user.page.evaluate(() => {
    const page = /** @type {any} */ (window);
    page.holes = [];
    page.looks = true;
    const look = () => {
      const tile = document.querySelector('vv-mix-tile:not([data-unseen])') ?? document.querySelector('vv-stage > vv-tile');
      const shows = tile?.hasAttribute('data-playing') && (tile.querySelector('video')?.videoWidth ?? 0) > 0;
      if (!shows) page.holes.push(`${tile?.localName} at ${Math.round(performance.now())}`);
      if (page.looks) requestAnimationFrame(look);
    };
    look();
  });
  return () => user.page.evaluate(() => {
    const page = /** @type {any} */ (window);
    page.looks = false;
    return page.holes;
  });
}

const names = CAST.map(({ name }) => name);

test('who receives the mix in a room of five sees all five and hears everybody but themselves, while the others go on', async () => {
  const [ada, , , , zoe] = [
    await join('five', 0),
    await join('five', 1),
    await join('five', 2),
    await join('five', 3),
    await join('five', 4, { path: 'mix' }),
  ];
  await isOnMix(zoe, 'on');
  await gets(zoe, names, names.slice(0, 4));
  const { mix, participants } = await zoe.snapshot();
  assert.equal(mix.reason, 'choice');
  assert.ok(participants.every(({ path }) => path === 'mix'));
  const [first] = (await ada.snapshot()).participants;
  assert.deepEqual([first?.path, first?.reason], ['forward', 'mixed']);
  await ada.framesAdvance('Zoe');

  for (const codec of ['VP8', 'H264']) {
    const viewer = new Aiortc('watch', new URL('/whep/five', server.url).href, codec);
    assert.deepEqual(await viewer.says(), { watching: true });
    const { seen: picture, heard: sound } = await viewer.says();
    assert.ok(picture.frames >= 10, `${codec}: ${JSON.stringify(picture)}`);
    assert.deepEqual(picture.size, [1280, 720], codec);
    assert.ok(sound.loudest > 2000, `${codec}: ${JSON.stringify(sound)}`);
    assert.deepEqual(await viewer.end(), { deleted: 200 });
  }
});

test('the mix is chosen and given back in the settings, and no tile is dark meanwhile', async () => {
  const [ada, bob] = [await join('two', 0), await join('two', 1)];
  await bob.framesAdvance('Ada');
  const holes = await watchStage(bob);
  await bob.key('d');
  await bob.press('mix-choice');
  await isOnMix(bob, 'on');
  await bob.key('Escape');
  await gets(bob, names.slice(0, 2), ['Ada']);
  await bob.key('d');
  await bob.press('mix-choice');
  await isOnMix(bob, 'off');
  await bob.key('Escape');
  await bob.framesAdvance('Ada');
  assert.deepEqual(await holes(), [], 'there is a picture on the stage all the time');
  await ada.until('the room is direct again', async () => (await ada.remote('Bob')).path === 'direct', 60_000);
});
