import assert from 'node:assert/strict';
import { test } from 'node:test';
import { press, put, seen, words } from './helpers/document.js';
import { NetworkTestDialog } from '../../web/elements/network-test.js';
import { network } from '../../web/messages/network.js';

/** @typedef {import('../../web/lib/network-test.js').Results} Results */

// The button that copies says for a while that it has.
Object.assign(globalThis, { window: { clearTimeout: () => {}, setTimeout: () => 0 } });

/** @type {Results} */
const RESULTS = {
  signaling: { state: 'works', ms: 12 },
  stun: { state: 'blocked', ms: null },
  udp: { state: 'untried', ms: null },
  tcp: { state: 'trying', ms: null },
  tls: { state: 'absent', ms: null },
  forward: { state: 'works', ms: 70, via: 'tcp' },
};

test('every way has its result in words', () => {
  const dialog = put(new NetworkTestDialog());
  dialog.show(RESULTS, null, 443);
  const { works, blocked, untried, trying, absent } = network.states;
  assert.deepEqual(words(dialog, 'network-result'), [
    `${works} · 12 ms`, blocked, untried, trying, absent, `${network.over('TCP')} · 70 ms`,
  ]);
  assert.deepEqual(words(dialog, 'network-verdict'), [network.running]);
});

test('what follows is said in words, with the port that is blocked', () => {
  const dialog = put(new NetworkTestDialog());
  dialog.show(RESULTS, { calls: 'tcp', notes: ['noUdp'] }, 8443);
  assert.deepEqual(words(dialog, 'network-verdict'), [network.calls.tcp + network.notes.noUdp(8443)]);
  assert.match(network.notes.noUdp(8443), /8443/);
});

test('a report that cannot be copied is shown, to be copied by hand, until the test begins anew', async () => {
  const dialog = put(new NetworkTestDialog());
  dialog.report = () => 'what was found';
  dialog.show(RESULTS, { calls: 'tcp', notes: [] }, 443);
  press(seen(dialog, 'network-copy')[0]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(seen(dialog, 'network-report').map(({ value }) => value), ['what was found']);
  dialog.show(RESULTS, null, 443);
  assert.deepEqual(seen(dialog, 'network-report'), []);
});
