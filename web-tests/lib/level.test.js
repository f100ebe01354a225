import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { LOOKS_PER_SECOND, Level } from '../../web/lib/level.js';
import { AudioContextClass, ScriptedAudioContext, ScriptedMicrophone } from './helpers/audio.js';
import { reset } from './helpers/call.js';
import { StreamClass } from './helpers/peer-connection.js';

beforeEach(() => {
  reset();
  ScriptedAudioContext.reset();
});

function make() {
  const window = new EventTarget();
  const track = new ScriptedMicrophone();
  const platform = { AudioContext: AudioContextClass, MediaStream: StreamClass, window };
  const level = new Level(/** @type {any} */ (track), { platform });
  /** @type {number[]} */ const seen = [];
  level.on('level', (value) => seen.push(Math.round(value * 100) / 100));
  return { level, seen, window, track };
}

test('a level is even in decibels, from silence to full scale', () => {
  const { level, seen } = make();
  for (const sample of [0, 0.0001, 0.001, 0.0316, -0.1, 1, 4]) {
    ScriptedAudioContext.sample = sample;
    mock.timers.tick(67);
  }
  assert.deepEqual(seen, [0, 0, 0, 0.5, 0.67, 1, 1]);
  assert.equal(level.peak, 4);
});

test('it is looked about fifteen times a second', () => {
  const { seen } = make();
  mock.timers.tick(10_000);
  assert.ok(Math.abs(seen.length - 10 * LOOKS_PER_SECOND) <= 5, `${seen.length}`);
});

test('before the page may listen nothing is said, and a touch of the page lets it', () => {
  ScriptedAudioContext.begins = 'suspended';
  const { seen, window } = make();
  const context = ScriptedAudioContext.last;
  mock.timers.tick(1_000);
  assert.deepEqual(seen, []);
  context.resume = async () => void (context.state = 'running');
  window.dispatchEvent(new Event('click'));
  mock.timers.tick(67);
  assert.deepEqual(seen, [0]);
});

test('a level that was stopped is silent, has released its context, and leaves the track alone', () => {
  const { level, seen, window, track } = make();
  level.stop();
  mock.timers.tick(1_000);
  window.dispatchEvent(new Event('click'));
  assert.deepEqual([seen, ScriptedAudioContext.last.state, track.stopped], [[], 'closed', false]);
  level.stop();
});
