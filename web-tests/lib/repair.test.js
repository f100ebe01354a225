import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Repair, REPAIR } from '../../web/lib/repair.js';

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
});

/** @param {boolean} [polite] */
function make(polite = false) {
  const leg = { healthy: false, offers: /** @type {boolean[]} */ ([]), again: /** @type {boolean[]} */ ([]) };
  const repair = new Repair({
    healthy: () => leg.healthy,
    polite: () => polite,
    offer: ({ overdue, again }) => {
      leg.offers.push(overdue);
      leg.again.push(again);
    },
  });
  return { leg, repair };
}

test('a leg that is up while nothing arrives is repaired like one that failed', () => {
  const { leg, repair } = make();
  repair.stalled();
  repair.stalled();
  mock.timers.tick(0);
  repair.stalled();
  assert.equal(leg.offers.length, 1);
});

test('a short disconnection heals by itself', () => {
  const { leg, repair } = make();
  repair.assess('disconnected', 'disconnected');
  mock.timers.tick(REPAIR.disconnected - 1);
  leg.healthy = true;
  repair.assess('connected', 'connected');
  mock.timers.tick(60_000);
  assert.deepEqual(leg.offers, []);
});

test('a disconnection of two seconds restarts ICE', () => {
  const { leg, repair } = make();
  repair.assess('disconnected', 'disconnected');
  mock.timers.tick(REPAIR.disconnected);
  assert.equal(leg.offers.length, 1);
});

test('a failure restarts ICE at once', () => {
  const { leg, repair } = make();
  repair.assess('failed', 'failed');
  mock.timers.tick(0);
  assert.equal(leg.offers.length, 1);
});

for (const [state, wait] of /** @type {const} */ ([['disconnected', REPAIR.disconnected], ['failed', 0]])) {
  test(`when a leg is ${state}, the polite side lets the other one offer first`, () => {
    const { leg, repair } = make(true);
    repair.assess(state, state);
    mock.timers.tick(wait + REPAIR.impoliteFirst - 1);
    assert.equal(leg.offers.length, 0);
    mock.timers.tick(1);
    assert.equal(leg.offers.length, 1);
  });
}

test('a repair that leads to nothing is tried again, each time later, and for ever', () => {
  const { leg, repair } = make();
  repair.now();
  /** @type {number[]} */ const counts = [];
  for (const wait of [5_000, 10_000, 15_000, 20_000, 20_000, 20_000]) {
    repair.assess('failed', 'failed');
    mock.timers.tick(wait);
    counts.push(leg.offers.length);
  }
  assert.deepEqual(counts, [2, 3, 4, 5, 6, 7]);
  assert.deepEqual(leg.again, [false, true, true, true, true, true, true]);
});

test('success ends the trying', () => {
  const { leg, repair } = make();
  repair.now();
  leg.healthy = true;
  mock.timers.tick(REPAIR.retry);
  mock.timers.tick(60_000);
  assert.equal(leg.offers.length, 1);
});

test('a connection that does not come about in time is tried anew, by the polite side first', () => {
  const polite = make(true);
  polite.repair.expectConnection();
  const impolite = make(false);
  impolite.repair.expectConnection();
  mock.timers.tick(REPAIR.patience);
  assert.deepEqual([polite.leg.offers, impolite.leg.offers], [[true], []]);
  mock.timers.tick(REPAIR.politeFirst);
  assert.deepEqual(impolite.leg.offers, [true]);
});

test('nobody is offered to who cannot be reached; the repair waits for them', () => {
  const { leg, repair } = make();
  repair.setReachable(false);
  repair.now();
  mock.timers.tick(60_000);
  assert.deepEqual(leg.offers, []);
  repair.setReachable(true);
  assert.equal(leg.offers.length, 1);
});

test('an offer of the other side takes the place of one that is due', () => {
  const { leg, repair } = make();
  repair.setReachable(false);
  repair.now();
  repair.offered();
  repair.setReachable(true);
  assert.deepEqual(leg.offers, []);
});

test('of two confused sides the one with the lower id moves first', () => {
  const first = make();
  const second = make();
  first.repair.confused(true);
  second.repair.confused(false);
  mock.timers.tick(0);
  assert.deepEqual([first.leg.offers.length, second.leg.offers.length], [1, 0]);
  mock.timers.tick(REPAIR.idFirst);
  assert.equal(second.leg.offers.length, 1);
});

test('a closed leg is never repaired', () => {
  const { leg, repair } = make();
  repair.assess('disconnected', 'disconnected');
  repair.close();
  repair.now();
  repair.assess('failed', 'failed');
  mock.timers.tick(60_000);
  assert.deepEqual(leg.offers, []);
});
