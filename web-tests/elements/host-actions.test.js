import assert from 'node:assert/strict';
import { test } from 'node:test';
import './helpers/document.js';
import { actionsFor } from '../../web/elements/host-actions.js';

const ON = { mic: true, camera: true, screen: true, screen_audio: false, hand: false };
const OFF = { mic: false, camera: false, screen: false, screen_audio: false, hand: false };
const FREE = { mic: true, camera: true };

test('what is on can be switched off, and what is off can be asked for', () => {
  assert.deepEqual(actionsFor({ kind: 'native', host: false, state: ON }, FREE), ['mute', 'cameraOff', 'shareOff', 'appoint', 'remove']);
  assert.deepEqual(actionsFor({ kind: 'native', host: false, state: OFF }, FREE), ['askMic', 'askCamera', 'appoint', 'remove']);
});

test('nobody is asked for what the rules forbid, but a host, for whom they are none', () => {
  assert.deepEqual(actionsFor({ kind: 'native', host: false, state: OFF }, { mic: false, camera: true }), ['askCamera', 'appoint', 'remove']);
  assert.deepEqual(actionsFor({ kind: 'native', host: true, state: OFF }, { mic: false, camera: false }), ['askMic', 'askCamera']);
});

test('of two hosts none is over the other', () => {
  assert.deepEqual(actionsFor({ kind: 'native', host: true, state: ON }, FREE), ['mute', 'cameraOff', 'shareOff']);
});

test('whoever has a classic page can only be taken out, and whoever publishes by WHIP is made no host', () => {
  assert.deepEqual(actionsFor({ kind: 'classic', host: false, state: ON }, FREE), ['remove']);
  assert.deepEqual(actionsFor({ kind: 'whip', host: false, state: ON }, FREE), ['mute', 'cameraOff', 'shareOff', 'remove']);
});
