import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { watchNetwork } from '../../web/lib/network.js';

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

function make() {
  const window = new EventTarget();
  const connection = Object.assign(new EventTarget(), { type: 'wifi' });
  const seen = { changes: 0 };
  const stop = watchNetwork(() => (seen.changes += 1), { window, connection });
  return { window, connection, seen, stop };
}

test('coming back online is a change, reported once when it is settled', () => {
  const { window, seen } = make();
  window.dispatchEvent(new Event('online'));
  window.dispatchEvent(new Event('online'));
  assert.equal(seen.changes, 0);
  mock.timers.tick(300);
  assert.equal(seen.changes, 1);
});

test('another kind of network is a change; a new estimate of its speed, or no network, is none', () => {
  const { connection, seen } = make();
  for (const [type, changes] of /** @type {const} */ ([['wifi', 0], ['cellular', 1], ['none', 1], ['wifi', 2]])) {
    connection.type = type;
    connection.dispatchEvent(new Event('change'));
    mock.timers.tick(300);
    assert.equal(seen.changes, changes, type);
  }
});

test('nothing is reported after watching has stopped', () => {
  const { window, seen, stop } = make();
  window.dispatchEvent(new Event('online'));
  stop();
  window.dispatchEvent(new Event('online'));
  mock.timers.tick(300);
  assert.equal(seen.changes, 0);
});
