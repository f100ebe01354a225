import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { MicWatch } from '../../web/lib/mic-watch.js';
import { AudioContextClass, ScriptedAudioContext, ScriptedMicrophone } from './helpers/audio.js';
import { reset } from './helpers/call.js';
import { ScriptedMedia } from './helpers/media.js';
import { StreamClass } from './helpers/peer-connection.js';

const SPEECH = 0.1;
const ROOM = 0.001;

beforeEach(() => {
  reset();
  ScriptedAudioContext.reset();
  ScriptedAudioContext.sample = ROOM;
});

/** @param {ScriptedMicrophone | null} [mic] */
function make(mic = new ScriptedMicrophone()) {
  const media = new ScriptedMedia();
  media.tracks.mic = mic;
  const platform = { AudioContext: AudioContextClass, MediaStream: StreamClass, window: new EventTarget() };
  const watch = new MicWatch(/** @type {any} */ (media), { platform });
  /** @type {string[]} */ const said = [];
  for (const what of /** @type {const} */ (['muted-speaking', 'silent', 'ok'])) watch.on(what, () => said.push(what));
  const change = (/** @type {ScriptedMicrophone | null} */ track, enabled = true) => {
    media.tracks.mic = track;
    if (track) track.enabled = enabled;
    media.emit('change', undefined);
  };
  return { watch, mic, said, change };
}

/** @param {number} sample @param {number} ms */
function hear(sample, ms) {
  ScriptedAudioContext.sample = sample;
  mock.timers.tick(ms);
}

test('speech into a muted microphone is told once, and taken back when it is switched on', () => {
  const { mic, said, change } = make();
  change(mic, false);
  hear(SPEECH, 3_000);
  hear(ROOM, 3_000);
  hear(SPEECH, 3_000);
  assert.deepEqual(said, ['muted-speaking']);
  change(mic, true);
  assert.deepEqual(said, ['muted-speaking', 'ok']);
});

test('it is told again after the microphone was muted again', () => {
  const { mic, said, change } = make();
  for (const enabled of [false, true, false]) {
    change(mic, enabled);
    hear(SPEECH, 1_500);
  }
  assert.deepEqual(said, ['muted-speaking', 'ok', 'muted-speaking']);
});

test('a cough, a key, or a quiet room is not speech', () => {
  const { mic, said, change } = make();
  change(mic, false);
  for (let time = 0; time < 10; time += 1) {
    hear(SPEECH, 300);
    hear(ROOM, 1_000);
  }
  assert.deepEqual(said, []);
});

test('speech into a live microphone is nothing to be told', () => {
  const { said } = make();
  hear(SPEECH, 10_000);
  assert.deepEqual(said, []);
});

test('a live microphone that is dead flat for six seconds is told, and taken back at the first sound', () => {
  const { said } = make();
  hear(0, 5_500);
  assert.deepEqual(said, []);
  hear(0, 1_000);
  assert.deepEqual(said, ['silent']);
  hear(ROOM, 100);
  assert.deepEqual(said, ['silent', 'ok']);
});

test('a quiet room is not a dead microphone', () => {
  const { said } = make();
  hear(ROOM, 60_000);
  assert.deepEqual(said, []);
});

test('a muted microphone is not a dead one', () => {
  const { mic, said, change } = make();
  change(mic, false);
  hear(0, 60_000);
  assert.deepEqual(said, []);
});

test('another microphone begins anew, and the copy of the first is released', () => {
  const { mic, said, change } = make();
  hear(0, 7_000);
  change(new ScriptedMicrophone());
  assert.deepEqual(said, ['silent', 'ok']);
  assert.equal(mic?.copies[0]?.stopped, true);
  assert.equal(ScriptedAudioContext.made[0]?.state, 'closed');
  hear(0, 5_000);
  assert.deepEqual(said, ['silent', 'ok']);
});

test('a microphone that is released is let go at once, its device with it', () => {
  const { mic, change } = make();
  change(null);
  assert.equal(mic?.copies[0]?.stopped, true);
});

test('what else changes does not disturb the watch', () => {
  const { mic, said, change } = make();
  for (let time = 0; time < 14; time += 1) {
    hear(0, 500);
    change(mic);
  }
  assert.deepEqual(said, ['silent']);
  assert.equal(mic?.copies.length, 1);
});

test('the copy is switched on while the microphone is muted, and never otherwise touched', () => {
  const { mic, change } = make();
  change(mic, false);
  assert.deepEqual([mic?.copies[0]?.enabled, mic?.enabled, mic?.stopped], [true, false, false]);
});

test('a watch that was stopped hears nothing', () => {
  const { watch, mic, said, change } = make();
  watch.stop();
  change(mic, false);
  hear(SPEECH, 5_000);
  assert.deepEqual([said, mic?.copies[0]?.stopped], [[], true]);
});
