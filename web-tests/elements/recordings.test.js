import assert from 'node:assert/strict';
import { test } from 'node:test';
import { press, put, seen, words } from './helpers/document.js';
import { settle } from '../lib/helpers/tick.js';
import { Controls } from '../../web/elements/controls.js';
import { listen } from '../../web/elements/dom.js';
import { LobbyForm } from '../../web/elements/lobby-form.js';
import { RecordDialog } from '../../web/elements/record-dialog.js';
import { RecordingMark } from '../../web/elements/recording-mark.js';
import { RecordingsButton } from '../../web/elements/recordings-button.js';
import { RecordingsDialog } from '../../web/elements/recordings-dialog.js';
import { whenBegan } from '../../web/elements/recording-words.js';
import { text } from '../../web/messages/index.js';

/**
 * @param {string} id
 * @param {Partial<import('../../web/elements/recording-row.js').Shown>} [members]
 * @returns {import('../../web/elements/recording-row.js').Shown}
 */
function shown(id, members = {}) {
  const done = { state: /** @type {const} */ ('done'), seconds: 61.5, bytes: 11_534_336, problem: null };
  return { id, key: 'k', began: 1_790_000_000_000, link: `https://host/recordings/${id}?key=k`, parts: [], ...done, ...members };
}

/** One that is not over. */
const RUNNING = { state: /** @type {const} */ ('running'), seconds: null, bytes: null };

/** @param {import('../../web/elements/recording-row.js').Shown[]} recordings */
function dialogOf(...recordings) {
  const dialog = put(new RecordingsDialog());
  dialog.show(recordings);
  return dialog;
}

test('the mark is there for as long as the call is recorded, in words, and says what that means to who presses it', () => {
  const mark = put(new RecordingMark());
  const asked = { times: 0 };
  listen(mark, 'explain', () => (asked.times += 1));
  assert.deepEqual(words(mark, 'recording-mark'), []);
  mark.show(true);
  assert.deepEqual(words(mark, 'recording-mark'), [text.recording.mark]);
  const [button] = seen(mark, 'recording-mark');
  assert.equal(button.getAttribute('title'), text.recording.means);
  press(button);
  assert.equal(asked.times, 1);
  mark.show(true, true);
  assert.equal(button.getAttribute('title'), text.recording.meansTracks);
  mark.show(false);
  assert.deepEqual(words(mark, 'recording-mark'), []);
});

test('whoever is about to join is told that the call is recorded, above the button and with it', () => {
  const form = put(new LobbyForm());
  const [join] = seen(form, 'lobby-join');
  const all = join.parentElement.children;
  form.showRecording(false);
  assert.deepEqual([words(form, 'lobby-recording'), join.getAttribute('aria-describedby')], [[''], null]);
  form.showRecording(true);
  const [told] = seen(form, 'lobby-recording');
  assert.deepEqual([told.textContent, told.getAttribute('role')], [text.recording.now, 'status']);
  assert.equal(all.indexOf(told), all.indexOf(join) - 1);
  assert.equal(join.getAttribute('aria-describedby'), told.getAttribute('id'));
  form.showRecording(true, true);
  assert.equal(told.textContent, text.recording.nowTracks);
  form.showRecording(false);
  assert.deepEqual(words(form, 'lobby-recording'), ['']);
});

test('what is said of a recording does not change while it stays so, so that it is not read out again', () => {
  const form = put(new LobbyForm());
  form.showRecording(true);
  const [told] = seen(form, 'lobby-recording');
  const { content } = told;
  form.showRecording(true);
  assert.equal(told.content, content);
});

test('a room without recordings says so', () => {
  const dialog = dialogOf();
  assert.deepEqual([words(dialog, 'recordings-none'), words(dialog, 'recording')], [[text.recording.none], []]);
  dialog.show([shown('a')]);
  assert.deepEqual([words(dialog, 'recordings-none'), words(dialog, 'recording').length], [[], 1]);
});

test('a recording says when it began, how it is, how long and how large, and leads to its file', () => {
  const recording = shown('a');
  const dialog = dialogOf(recording);
  assert.match(words(dialog, 'recording')[0] ?? '', new RegExp(`^${whenBegan(recording)}`));
  assert.deepEqual(words(dialog, 'recording-figures'), [`${text.recording.states.done} · 1 min, 2 sec · 11.5 MB`]);
  assert.deepEqual(words(dialog, 'recording-problem'), []);
  const [download] = seen(dialog, 'recording-download');
  assert.deepEqual([download.tag, download.getAttribute('href'), download.getAttribute('download')], ['a', recording.link, '']);
});

test('one that is under way can be had as far as it is, one that failed cannot, and one that was cut off says why', () => {
  const problem = 'the disk is full';
  const dialog = dialogOf(
    shown('a', { state: 'failed', seconds: null, bytes: null, problem: 'no space' }),
    shown('b', { problem }),
    shown('c', { ...RUNNING, state: 'lost' }),
    shown('d', RUNNING),
  );
  const rows = seen(dialog, 'recording').map((row) => [words(row, 'recording-figures')[0], words(row, 'recording-problem')[0], seen(row, 'recording-download').length]);
  const { states } = text.recording;
  assert.deepEqual(rows, [
    [states.running, undefined, 1],
    [states.lost, undefined, 1],
    [`${states.done} · 1 min, 2 sec · 11.5 MB`, problem, 1],
    [states.failed, 'no space', 0],
  ]);
});

test('the newest is the first, and those that are there already stay what they are', () => {
  const dialog = dialogOf(shown('a', RUNNING));
  const [first] = seen(dialog, 'recording');
  dialog.show([shown('a'), shown('b', RUNNING)]);
  assert.deepEqual(seen(dialog, 'recording').map((row) => row.getAttribute('data-state')), ['running', 'done']);
  assert.equal(seen(dialog, 'recording')[1], first);
  dialog.show([shown('b', RUNNING)]);
  assert.equal(seen(dialog, 'recording').length, 1);
});

test('the link is copied, and shown only where the browser does not let the page do that', async () => {
  const recording = shown('a');
  const dialog = dialogOf(recording);
  const field = seen(dialog, 'recording')[0].children.at(-2);
  const clipboard = { writeText: async (/** @type {string} */ link) => assert.equal(link, recording.link) };
  Object.defineProperty(globalThis, 'navigator', { value: { clipboard }, configurable: true });
  Object.assign(globalThis, { window: { clearTimeout: () => {}, setTimeout: () => 0 } });
  const [copy] = seen(dialog, 'recording-copy');
  press(copy);
  await settle();
  assert.deepEqual([copy.textContent, field.hidden], [text.controls.copied, true]);
  clipboard.writeText = () => Promise.reject(new Error('forbidden'));
  press(copy);
  await settle();
  assert.deepEqual([copy.textContent, field.hidden, field.value], [text.controls.copyByHand, false, recording.link]);
});

test('what each person sent is beside the recording, under their name, as far as it is known', () => {
  const part = { id: 'p', key: 'q', name: 'Ada', screen: false, bytes: null, link: 'https://host/recordings/p?key=q' };
  const screen = { ...part, id: 's', screen: true, bytes: 2_000_000, link: 'https://host/recordings/s?key=q' };
  const dialog = dialogOf(shown('a', { ...RUNNING, parts: [part] }));
  const links = () => seen(dialog, 'recording-part').map((link) => [link.textContent, link.getAttribute('href')]);
  assert.deepEqual(links(), [['Ada', part.link]]);
  const [first] = seen(dialog, 'recording-part');
  dialog.show([shown('a', { ...RUNNING, parts: [part, screen] })]);
  assert.deepEqual(links(), [['Ada', part.link], [text.recording.screenOf('Ada'), screen.link]]);
  dialog.show([shown('a', { ...RUNNING, parts: [{ ...part, bytes: 1_000_000 }, screen] })]);
  assert.equal(seen(dialog, 'recording-part')[0], first, 'it keeps the focus');
  assert.deepEqual(words(dialog, 'recording-parts'), [`Ada · 1 MB${text.recording.screenOf('Ada')} · 2 MB`]);
  dialog.show([shown('a', { parts: [] })]);
  assert.deepEqual(words(dialog, 'recording-parts'), []);
});

test('where nothing may be recorded the dialog says why, and lets nobody begin', () => {
  const dialog = put(new RecordDialog());
  dialog.show(text.recording.direct);
  const [go] = seen(dialog, 'record-go');
  assert.deepEqual([words(dialog, 'record-why'), go.disabled], [[text.recording.direct], true]);
  dialog.show(null);
  assert.deepEqual([words(dialog, 'record-why'), go.disabled], [[], false]);
});

test('nothing is recorded before it is said what that means, and agreed to', () => {
  const dialog = put(new RecordDialog());
  const agreed = /** @type {boolean[]} */ ([]);
  listen(dialog, 'record', ({ tracks }) => agreed.push(tracks));
  dialog.show(null);
  dialog.open();
  const [shownDialog] = seen(dialog, 'record-dialog');
  for (const sentence of Object.values(text.recording.consequences)) assert.ok(shownDialog.textContent.includes(sentence), sentence);
  assert.deepEqual(agreed, []);
  const form = shownDialog.children.find((/** @type {any} */ { tag }) => tag === 'form');
  form.dispatchEvent(new Event('submit'));
  seen(dialog, 'record-tracks')[0].checked = true;
  form.dispatchEvent(new Event('submit'));
  assert.deepEqual(agreed.map(Boolean), [false, true], 'what each person sends is kept where that was chosen');
});

test('after a call its recordings can be had, if there are any', () => {
  const button = put(new RecordingsButton());
  button.show([]);
  assert.deepEqual(seen(button, 'recordings'), []);
  button.show([shown('a')]);
  const [opens] = seen(button, 'recordings');
  press(opens);
  assert.equal(seen(button, 'recordings-dialog')[0].getAttribute('open'), '');
});

test('the menu of a host has one button that begins and ends, and one for what there is', () => {
  const controls = put(new Controls());
  const look = () => seen(controls, 'record').map((button) => [button.getAttribute('aria-label'), button.getAttribute('aria-haspopup')]);
  assert.deepEqual([look(), seen(controls, 'recordings').length], [[], 0]);
  controls.showRecording({ offered: true, on: false, any: false });
  assert.deepEqual([look(), seen(controls, 'recordings').length], [[[text.recording.begin, 'dialog']], 0]);
  controls.showRecording({ offered: true, on: true, any: true });
  assert.deepEqual([look(), seen(controls, 'recordings').length], [[[text.recording.stop, null]], 1]);
  controls.showRecording({ offered: false, on: true, any: true });
  assert.deepEqual([look(), seen(controls, 'recordings').length], [[], 0]);
  const pressed = /** @type {string[]} */ ([]);
  for (const type of ['record', 'recordings']) {
    listen(controls, type, () => pressed.push(type));
    press(controls.button(type));
  }
  assert.deepEqual(pressed, ['record', 'recordings']);
});
