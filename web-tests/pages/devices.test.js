import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptedDevices } from '../lib/helpers/devices.js';

const scripted = new ScriptedDevices();
Object.defineProperty(globalThis, 'navigator', { value: { mediaDevices: scripted }, configurable: true });
const { Devices } = await import('../../web/pages/devices.js');

test('a problem with a camera stays until the one that was chosen instead works', async () => {
  const devices = new Devices({ mic: false, camera: true });
  const kinds = () => devices.obstacles.map(({ kind }) => kind);
  scripted.failing.video = 'NotReadableError';
  await devices.start();
  const choosing = devices.choose('camera', 'second');
  assert.deepEqual(kinds(), ['busy']);
  await choosing;
  assert.deepEqual(kinds(), ['busy']);
  scripted.failing.video = null;
  await devices.choose('camera', 'third');
  assert.deepEqual([kinds(), devices.shown.cameraOn], [[], true]);
});

test('what the person turns off and on is told, and nothing else is', async () => {
  /** @type {[string, boolean][]} */
  const chosen = [];
  const devices = new Devices({ mic: false, camera: true }, (source, on) => chosen.push([source, on]));
  scripted.failing.video = 'NotFoundError';
  await devices.start();
  scripted.failing.video = null;
  await devices.retry(['camera']);
  assert.deepEqual(chosen, []);
  await devices.toggle('mic');
  await devices.toggle('camera');
  assert.deepEqual(chosen, [['mic', true], ['camera', false]]);
});
