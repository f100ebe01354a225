import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalMedia } from '../../web/lib/media.js';
import { settle } from './helpers/tick.js';

class ScriptedCapture extends EventTarget {
  enabled = true;
  readyState = 'live';
  contentHint = '';
  /** @type {any[]} */ constraints = [];

  /** @param {'audio' | 'video'} kind */
  constructor(kind) {
    super();
    this.kind = kind;
  }

  /** @param {any} constraints */
  async applyConstraints(constraints) {
    this.constraints.push(constraints);
  }

  stop() {
    this.readyState = 'ended';
  }
}

/** A browser's dialog: the test chooses, or says no. */
class ScriptedDialog extends EventTarget {
  /** @type {any[]} */ asked = [];
  /** @type {((stream: any) => void)[]} */ #choices = [];
  /** @type {((error: Error) => void)[]} */ #refusals = [];

  /** @param {any} wanted */
  getDisplayMedia(wanted) {
    this.asked.push(wanted);
    return new Promise((resolve, reject) => {
      this.#choices.push(resolve);
      this.#refusals.push(reject);
    });
  }

  async enumerateDevices() {
    return [{ kind: 'audiooutput', deviceId: 'a' }, { kind: 'audioinput', deviceId: 'b' }];
  }

  /** @param {('audio' | 'video')[]} kinds */
  async choose(...kinds) {
    const tracks = kinds.map((kind) => new ScriptedCapture(kind));
    this.#choices.pop()?.({ getTracks: () => tracks });
    await settle();
    return tracks;
  }

  async refuse() {
    this.#refusals.pop()?.(new DOMException('no', 'NotAllowedError'));
    await settle();
  }
}

/** @param {object} [platform] */
function make(platform = {}) {
  const dialog = new ScriptedDialog();
  const media = new LocalMedia({ platform: { mediaDevices: /** @type {any} */ (dialog), ...platform } });
  /** @type {string[]} */ const said = [];
  media.on('error', ({ source, kind }) => said.push(`${source} ${kind}`));
  media.on('change', () => said.push(media.isLive('screen') ? 'shared' : 'not shared'));
  return { dialog, media, said };
}

test('a share is asked for at once, whatever the devices are busy with: a click is soon forgotten', () => {
  const { media, dialog } = make();
  void media.setEnabled('camera', true); // its question is not answered yet
  void media.shareScreen();
  assert.equal(dialog.asked.length, 1);
});

test('text is captured at few frames, motion at many, and both say what they are', async () => {
  for (const [quality, most] of /** @type {['text' | 'motion', number][]} */ ([['text', 15], ['motion', 30]])) {
    const { media, dialog, said } = make();
    void media.shareScreen({ quality });
    const [picture] = await dialog.choose('video');
    assert.equal(dialog.asked[0].video.frameRate.max, most);
    assert.equal(picture?.contentHint, quality);
    assert.deepEqual([media.quality, said], [quality, ['shared']]);
  }
});

test('sound is asked for unless it is not wanted, and goes out as it is played', async () => {
  const { media, dialog } = make();
  void media.shareScreen({ sound: false });
  await dialog.choose('video');
  void media.shareScreen();
  const [, sound] = await dialog.choose('video', 'audio');
  assert.equal(dialog.asked[0].audio, false);
  assert.equal(dialog.asked[1].audio.echoCancellation, false);
  assert.equal(sound?.contentHint, 'music');
  assert.equal(media.isLive('screen_audio'), true);
});

test('another screen takes the place of the first without a moment between', async () => {
  const { media, dialog, said } = make();
  void media.shareScreen();
  const [first, sound] = await dialog.choose('video', 'audio');
  void media.shareScreen();
  assert.equal(first?.readyState, 'live');
  const [second] = await dialog.choose('video');
  assert.deepEqual([first?.readyState, sound?.readyState], ['ended', 'ended']);
  assert.deepEqual([media.tracks.screen, media.tracks.screen_audio], [second, null]);
  assert.deepEqual(said, ['shared', 'shared']);
});

test('whoever chooses nothing goes on as before', async () => {
  const { media, dialog, said } = make();
  void media.shareScreen();
  await dialog.choose('video');
  void media.shareScreen({ quality: 'motion' });
  await dialog.refuse();
  assert.deepEqual(said, ['shared', 'screen denied']);
  assert.deepEqual([media.isLive('screen'), media.quality], [true, 'text']);
});

test('one dialog is enough, however often it is asked for', async () => {
  const { media, dialog } = make();
  const asked = [media.shareScreen(), media.shareScreen()];
  await dialog.choose('video');
  await Promise.all(asked);
  assert.equal(dialog.asked.length, 1);
});

test('a choice that comes after the share was ended is not taken', async () => {
  const { media, dialog, said } = make();
  void media.shareScreen();
  media.stopSharing();
  const [picture] = await dialog.choose('video');
  assert.deepEqual([picture?.readyState, media.tracks.screen, said], ['ended', null, []]);
});

test('ending a share releases the screen and its sound, and is said once', async () => {
  const { media, dialog, said } = make();
  void media.shareScreen();
  const tracks = await dialog.choose('video', 'audio');
  media.stopSharing();
  media.stopSharing();
  assert.deepEqual(tracks.map(({ readyState }) => readyState), ['ended', 'ended']);
  assert.deepEqual([media.tracks.screen, media.tracks.screen_audio], [null, null]);
  assert.deepEqual(said, ['shared', 'not shared']);
});

test('a share that is ended in the browser\'s own bar is over', async () => {
  const { media, dialog, said } = make();
  void media.shareScreen();
  const [picture, sound] = await dialog.choose('video', 'audio');
  picture?.dispatchEvent(new Event('ended'));
  assert.deepEqual([media.tracks.screen, media.tracks.screen_audio, sound?.readyState], [null, null, 'ended']);
  assert.deepEqual(said, ['shared', 'not shared']);
});

test('sound that ends alone leaves the picture', async () => {
  const { media, dialog } = make();
  void media.shareScreen();
  const [picture, sound] = await dialog.choose('video', 'audio');
  sound?.dispatchEvent(new Event('ended'));
  assert.deepEqual([media.tracks.screen, media.tracks.screen_audio], [picture, null]);
});

test('the sound of a share can be muted apart from the microphone', async () => {
  const { media, dialog } = make();
  void media.shareScreen();
  await dialog.choose('video', 'audio');
  await media.setEnabled('screen_audio', false);
  assert.deepEqual([media.isLive('screen_audio'), media.isLive('screen')], [false, true]);
});

test('the quality is changed while the share goes on', async () => {
  const { media, dialog, said } = make();
  void media.shareScreen();
  const [picture] = await dialog.choose('video');
  media.setQuality('motion');
  media.setQuality('motion');
  assert.deepEqual([media.quality, picture?.contentHint, picture?.readyState], ['motion', 'motion', 'live']);
  assert.deepEqual(picture?.constraints, [{ frameRate: { ideal: 30, max: 30 } }]);
  assert.deepEqual([dialog.asked.length, said], [1, ['shared', 'shared']]);
});

test('a page without secure context says that there is no share', async () => {
  const { media, said } = make({ mediaDevices: undefined });
  await media.shareScreen();
  assert.deepEqual(said, ['screen insecure']);
});

test('outputs are listed only where one can be chosen', async () => {
  const [none, some] = await Promise.all([false, true].map((choosesOutput) => make({ choosesOutput }).media.outputs()));
  assert.deepEqual(none, []);
  assert.deepEqual(some?.map(({ deviceId }) => deviceId), ['a']);
});
