import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { put, words } from '../elements/helpers/document.js';
import { text } from '../../web/messages/index.js';
import { LobbyView } from '../../web/pages/lobby.js';
import { reset } from '../lib/helpers/call.js';
import { ScriptedSocket, SocketClass, participant, welcome } from '../lib/helpers/socket.js';
import { settle } from '../lib/helpers/tick.js';

beforeEach(() => {
  reset();
  Object.assign(globalThis, { WebSocket: SocketClass });
  Object.defineProperty(globalThis, 'location', { value: { href: 'https://host/r/x' }, configurable: true });
});

/** Devices of which there are none. */
function noDevices() {
  return {
    changed: () => {},
    shown: { micOn: false, cameraOn: false, camera: null },
    starting: false,
    obstacles: [],
    media: { tracks: { mic: null } },
    used: { mic: null, camera: null, output: null },
    choices: async () => ({ mic: [], camera: [], output: [] }),
    start: async () => {},
  };
}

/** Somebody before the room `x`, whom the server knows. */
function visit() {
  const nothing = () => {};
  const options = { room: 'x', name: 'Ada', hidden: false, join: nothing, hide: nothing, back: nothing };
  const view = new LobbyView({ ...options, devices: /** @type {any} */ (noDevices()) });
  put(view.page);
  view.start();
  ScriptedSocket.last.accept().say(welcome());
  return view;
}

/** The server's answer to the latest look. @param {number} seq @param {boolean} recording @param {boolean} [tracks] @param {string} [entry] */
async function answer(seq, recording, tracks, entry) {
  const re = ScriptedSocket.last.sentOf('peek').at(-1).id;
  ScriptedSocket.last.say({ type: 'room', seq, re, room: 'x', participants: entry ? [] : [participant('Bob')], recording, ...(tracks && { tracks }), ...(entry && { entry }) });
  await settle();
}

test('whoever is about to join is told that the call is recorded, and that it is not any more', async () => {
  const view = visit();
  const told = () => words(view.page, 'lobby-recording');
  assert.deepEqual(told(), ['']);
  await answer(1, true);
  assert.deepEqual(told(), [text.recording.now]);
  for (const [seq, recording, sentence] of /** @type {const} */ ([[2, true, text.recording.now], [3, true, text.recording.nowTracks], [4, false, '']])) {
    mock.timers.tick(5_000);
    await answer(seq, recording, sentence === text.recording.nowTracks);
    assert.deepEqual([told(), words(view.page, 'lobby-people').length], [[sentence], 1]);
  }
  view.stop();
});

test('whoever is about to join is told that hosts let people in, or nobody, and nothing of who is there', async () => {
  const view = visit();
  const shown = () => ['lobby-entry', 'lobby-join', 'lobby-people'].map((id) => words(view.page, id)[0]);
  const { entry, join, ask } = text.lobby;
  for (const [index, [how, sentence, label]] of /** @type {const} */ ([['knock', entry.knock, ask], ['closed', entry.closed, join]]).entries()) {
    await answer(index + 1, false, false, how);
    assert.deepEqual(shown(), [sentence, label, '']);
    mock.timers.tick(5_000);
  }
  await answer(3, false);
  assert.deepEqual(shown().slice(0, 2), ['', join]);
  view.stop();
});
