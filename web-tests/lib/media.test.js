import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalMedia } from '../../web/lib/media.js';
import { ScriptedDevices } from './helpers/devices.js';
import { settle } from './helpers/tick.js';

/** @param {Partial<import('../../web/lib/platform.js').Platform>} [platform] */
function make(platform = {}) {
  const devices = new ScriptedDevices();
  const media = new LocalMedia({ platform: { mediaDevices: /** @type {any} */ (devices), ...platform } });
  /** @type {any[]} */ const errors = [];
  media.on('error', ({ source, kind }) => errors.push([source, kind]));
  return { media, devices, errors };
}

test('microphone and camera are asked for in one question', async () => {
  const { media, devices } = make();
  await media.start({ mic: true, camera: true });
  assert.equal(devices.asked.length, 1);
  assert.deepEqual([media.isLive('mic'), media.isLive('camera')], [true, true]);
  assert.equal(typeof media.cameraReadyAt, 'number');
});

test('a source that is not wanted is not asked for', async () => {
  const { media, devices } = make();
  await media.start({ mic: true, camera: false });
  assert.equal(devices.asked[0].video, false);
  assert.equal(media.tracks.camera, null);
});

test('one device that fails does not take the other along', async () => {
  const { media, devices, errors } = make();
  devices.failing.video = 'NotFoundError';
  await media.start({ mic: true, camera: true });
  assert.equal(media.isLive('mic'), true);
  assert.deepEqual(errors, [['camera', 'missing']]);
});

test('whoever refuses both devices is asked once', async () => {
  const { media, devices, errors } = make();
  devices.failing.audio = devices.failing.video = 'NotAllowedError';
  await media.start({ mic: true, camera: true });
  assert.equal(devices.asked.length, 1);
  assert.deepEqual(errors, [['mic', 'denied'], ['camera', 'denied']]);
});

test('a device that is allowed already is had although the other one is blocked', async () => {
  const permissions = { query: async (/** @type {{name: string}} */ { name }) =>
    ({ state: name === 'microphone' ? 'granted' : 'denied' }) };
  const { media, devices, errors } = make({ permissions: /** @type {any} */ (permissions) });
  devices.failing.video = 'NotAllowedError';
  await media.start({ mic: true, camera: true });
  assert.deepEqual(devices.asked.map(({ audio, video }) => [!!audio, !!video]), [[true, true], [true, false]]);
  assert.deepEqual([media.isLive('mic'), errors], [true, [['camera', 'denied']]]);
});

for (const [name, kind] of [
  ['NotAllowedError', 'denied'],
  ['NotFoundError', 'missing'],
  ['NotReadableError', 'busy'],
  ['TypeError', 'other'],
]) {
  test(`${name} is told as "${kind}" and never thrown`, async () => {
    const { media, devices, errors } = make();
    devices.failing.audio = name ?? null;
    await media.start({ mic: true });
    assert.deepEqual(errors, [['mic', kind]]);
  });
}

test('an insecure page has no devices and says why', async () => {
  const media = new LocalMedia({ platform: { mediaDevices: undefined } });
  /** @type {any[]} */ const errors = [];
  media.on('error', ({ kind }) => errors.push(kind));
  await media.start({ mic: true, camera: true });
  await media.setEnabled('screen', true);
  assert.deepEqual(errors, ['insecure', 'insecure', 'insecure']);
  assert.deepEqual(await media.devices(), []);
});

test('a muted microphone keeps its device, a camera that is off does not', async () => {
  const { media, devices } = make();
  await media.start({ mic: true, camera: true });
  const { mic, camera } = media.tracks;
  await media.setEnabled('mic', false);
  await media.setEnabled('camera', false);
  assert.deepEqual([mic?.readyState, mic?.enabled, media.isLive('mic')], ['live', false, false]);
  assert.deepEqual([camera?.readyState, media.tracks.camera], ['ended', null]);
  await media.setEnabled('mic', true);
  await media.setEnabled('camera', true);
  assert.equal(media.tracks.mic, mic);
  assert.equal(devices.asked.length, 2);
  assert.equal(media.isLive('camera'), true);
});

test('switching quickly ends with what was wanted last', async () => {
  const { media } = make();
  await Promise.all([true, false, true, false].map((on) => media.setEnabled('camera', on)));
  assert.equal(media.tracks.camera, null);
});

test('muting and switching off are at once, also while another device is being asked for', async () => {
  const { media, devices } = make();
  await media.start({ mic: true, camera: true });
  const { mic, camera } = media.tracks;
  devices.getUserMedia = () => new Promise(() => {}); // the person does not answer
  void media.useDevice('camera', 'second');
  void media.setEnabled('mic', false);
  void media.setEnabled('camera', false);
  assert.deepEqual([mic?.enabled, camera?.readyState, media.tracks.camera], [false, 'ended', null]);
});

test('a device that is granted when it is not wanted any more is never live', async () => {
  const { media } = make();
  /** @type {boolean[]} */ const live = [];
  media.on('change', () => live.push(media.isLive('mic') || media.isLive('camera')));
  const started = media.start({ mic: true, camera: true });
  void media.setEnabled('mic', false);
  void media.setEnabled('camera', false);
  await started;
  assert.deepEqual([media.tracks.mic?.enabled, media.tracks.camera, live], [false, null, [false]]);
});

test('a chosen device that is gone gives way to any other', async () => {
  const { media, errors } = make();
  await media.start({ camera: true, cameraId: 'gone' });
  assert.equal(media.isLive('camera'), true);
  assert.deepEqual(errors, []);
});

test('a chosen camera that is gone leaves the chosen microphone as it is', async () => {
  const { media, devices } = make();
  devices.plugged = [{ kind: 'audioinput', deviceId: 'second' }];
  await media.start({ mic: true, micId: 'second', camera: true, cameraId: 'gone' });
  const { audio, video } = devices.asked.at(-1);
  assert.deepEqual([audio.deviceId, video.deviceId], [{ exact: 'second' }, undefined]);
});

test('another device takes the place of the first, which is released', async () => {
  const { media, devices } = make();
  await media.start({ camera: true });
  const first = media.tracks.camera;
  await media.useDevice('camera', 'second');
  assert.equal(first?.readyState, 'ended');
  assert.deepEqual(devices.asked.at(-1).video.deviceId, { exact: 'second' });
});

test('another camera is taken at once when the first could not be had', async () => {
  const { media, devices, errors } = make();
  devices.busy = 'first';
  await media.start({ camera: true, cameraId: 'first' });
  await media.useDevice('camera', 'second');
  assert.equal(media.isLive('camera'), true);
  assert.deepEqual([devices.asked.length, errors], [2, [['camera', 'busy']]]);
});

test('a device that is chosen while its source is off is not opened', async () => {
  const { media, devices } = make();
  await media.useDevice('camera', 'second');
  assert.equal(devices.asked.length, 0);
});

test('others do not see a camera go and come back while it becomes another one', async () => {
  const { media } = make();
  await media.start({ camera: true });
  /** @type {boolean[]} */ const live = [];
  media.on('change', () => live.push(media.isLive('camera')));
  await media.useDevice('camera', 'second');
  assert.deepEqual(live, [true]);
});

test('a camera that cannot become another one is gone, and that is said', async () => {
  const { media, devices, errors } = make();
  await media.start({ camera: true });
  devices.failing.video = 'NotReadableError';
  /** @type {boolean[]} */ const live = [];
  media.on('change', () => live.push(media.isLive('camera')));
  await media.useDevice('camera', 'second');
  assert.deepEqual([live, errors], [[false], [['camera', 'busy']]]);
});

test('a muted microphone stays muted on another device', async () => {
  const { media } = make();
  await media.start({ mic: true });
  await media.setEnabled('mic', false);
  await media.useDevice('mic', 'second');
  assert.equal(media.isLive('mic'), false);
});

test('a device that is unplugged is told at once, and comes back when it is plugged in again', async () => {
  const { media, devices, errors } = make();
  await media.start({ camera: true });
  devices.failing.video = 'NotFoundError';
  media.tracks.camera?.dispatchEvent(new Event('ended'));
  assert.deepEqual([errors[0], media.tracks.camera], [['camera', 'missing'], null]);
  await settle();
  devices.failing.video = null;
  devices.plugged = [{ kind: 'videoinput' }];
  devices.dispatchEvent(new Event('devicechange'));
  await settle();
  assert.equal(media.isLive('camera'), true);
});

test('a share ends with its sound when the person ends it in the browser', async () => {
  const { media } = make();
  await media.setEnabled('screen', true);
  assert.deepEqual([media.isLive('screen'), media.isLive('screen_audio')], [true, true]);
  assert.equal(media.tracks.screen?.contentHint, 'text');
  media.tracks.screen?.dispatchEvent(new Event('ended'));
  assert.deepEqual([media.tracks.screen, media.tracks.screen_audio], [null, null]);
});

test('stopping releases everything', async () => {
  const { media } = make();
  await media.start({ mic: true, camera: true });
  const tracks = Object.values(media.tracks).filter((track) => track !== null);
  await media.stop();
  assert.deepEqual(tracks.map(({ readyState }) => readyState), ['ended', 'ended']);
});
