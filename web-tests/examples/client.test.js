import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { settle } from '../lib/helpers/tick.js';

const html = readFileSync(join(import.meta.dirname, '../../examples/client.html'), 'utf8');
const [, script = ''] = /<script>(.*?)<\/script>/s.exec(html) ?? [];

/** The page's script in a page that has what it touches; the camera question waits for `answer`. */
function open() {
  /** @type {Map<string, any>} */ const elements = new Map();
  const element = (/** @type {string} */ id) => {
    if (!elements.has(id)) elements.set(id, { querySelector: () => element(`${id} video`) });
    return elements.get(id);
  };
  /** @type {Map<string, (detail?: unknown) => void>} */ const heard = new Map();
  const socket = {
    id: 'own',
    on: (/** @type {string} */ type, /** @type {() => void} */ handle) => heard.set(type, handle),
    emit() {},
    disconnect: () => void (socket.id = ''),
  };
  /** @type {(stream: unknown) => void} */ let answer = () => {};
  const question = new Promise((resolve) => (answer = resolve));
  const page = {
    document: {
      getElementById: element,
      createElement: () => ({}),
      head: { append: (/** @type {{onload: () => void}} */ { onload }) => onload() },
    },
    location: { protocol: 'http:', origin: 'http://localhost', search: '' },
    navigator: { mediaDevices: { getUserMedia: () => question } },
    fetch: async () => ({ ok: false }),
    io: () => socket,
    URLSearchParams,
  };
  runInContext(script, createContext(page));
  return { element, heard, answer };
}

function stream() {
  const tracks = ['audio', 'video'].map((kind) => ({ kind, stopped: false, stop: () => {} }));
  for (const track of tracks) track.stop = () => void (track.stopped = true);
  return { tracks, getTracks: () => tracks };
}

for (const leaves of [true, false]) {
  test(`devices that are granted ${leaves ? 'after' : 'before'} leaving are given back by leaving`, async () => {
    const { element, heard, answer } = open();
    const granted = stream();
    await settle();
    heard.get('connect')?.();
    if (leaves) element('leave').onclick();
    answer(granted);
    await settle();
    assert.equal(element('you video').srcObject, leaves ? undefined : granted);
    if (!leaves) element('leave').onclick();
    assert.deepEqual(granted.tracks.map(({ stopped }) => stopped), [true, true]);
  });
}

test('whoever leaves before the page is connected is not connected any more', async () => {
  const { element, heard } = open();
  element('leave').onclick();
  await settle();
  assert.equal(heard.size, 0);
});
