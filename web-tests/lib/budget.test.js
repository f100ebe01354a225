import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUDGET, divide, uplink } from '../../web/lib/budget.js';

const TOTALS = [150_000, 300_000, 1_000_000, 3_000_000, 8_000_000];
const SUBSCRIBERS = [1, 2, 3, 4, 6, 10, 25];

/** @param {(demand: {subscribers: number, total: number, screen: boolean}) => void} check */
function forEachDemand(check) {
  for (const total of TOTALS) {
    for (const subscribers of SUBSCRIBERS) {
      for (const screen of [false, true]) check({ subscribers, total, screen });
    }
  }
}

test('all encodings together fit the uplink, unless every one of them is at its floor', () => {
  forEachDemand((demand) => {
    const { camera, screen } = divide(demand);
    const each = camera.maxBitrate + (demand.screen ? screen.maxBitrate : 0) + BUDGET.sound;
    const floors = BUDGET.floor * (demand.screen ? 2 : 1) + BUDGET.sound;
    const atFloor = each <= floors || camera.maxBitrate === BUDGET.floor;
    assert.ok(each * demand.subscribers <= demand.total + demand.subscribers || atFloor, JSON.stringify(demand));
  });
});

test('nothing is below the floor or above the most that a picture needs', () => {
  forEachDemand((demand) => {
    const { camera, screen } = divide(demand);
    for (const { maxBitrate, maxFramerate, scaleResolutionDownBy } of [camera, screen]) {
      assert.ok(maxBitrate >= BUDGET.floor && maxBitrate <= BUDGET.cameraMax);
      assert.ok(maxFramerate >= 5 && maxFramerate <= 30);
      assert.ok(scaleResolutionDownBy >= 1);
    }
  });
});

test('one more subscriber never gets anybody a better picture', () => {
  for (const total of TOTALS) {
    for (let subscribers = 1; subscribers < 30; subscribers += 1) {
      const few = divide({ subscribers, total }).camera;
      const more = divide({ subscribers: subscribers + 1, total }).camera;
      assert.ok(more.maxBitrate <= few.maxBitrate);
      assert.ok(more.scaleResolutionDownBy >= few.scaleResolutionDownBy);
      assert.ok(more.maxFramerate <= few.maxFramerate);
    }
  }
});

test('a single subscriber gets the full picture of a usual camera', () => {
  assert.deepEqual(divide({ subscribers: 1 }).camera, {
    maxBitrate: 2_500_000,
    maxFramerate: 30,
    scaleResolutionDownBy: 1,
  });
});

test('a small share is a smaller picture, whatever the camera delivers', () => {
  const [hd, vga] = [1_080, 480].map((cameraHeight) => divide({ subscribers: 6, cameraHeight }).camera);
  assert.equal(1_080 / (hd?.scaleResolutionDownBy ?? 0), 360);
  assert.equal(480 / (vga?.scaleResolutionDownBy ?? 0), 360);
});

test('a camera that is smaller than the step is not scaled at all', () => {
  assert.equal(divide({ subscribers: 1, cameraHeight: 360 }).camera.scaleResolutionDownBy, 1);
});

test('a shared screen goes before the camera and keeps its sharpness longer', () => {
  const { camera, screen } = divide({ subscribers: 2, screen: true });
  assert.ok(screen.maxBitrate > camera.maxBitrate);
  assert.equal(screen.scaleResolutionDownBy, 1);
  assert.ok(camera.scaleResolutionDownBy > 1);
});

test('text keeps every line however little there is, and gives up frames', () => {
  const shares = [1, 4, 20].map((subscribers) => divide({ subscribers, screen: true, quality: 'text' }).screen);
  assert.deepEqual(shares.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy), [1, 1, 1]);
  assert.deepEqual(shares.map(({ maxFramerate }) => maxFramerate), [15, 8, 5]);
});

test('motion keeps its frames, and gives up size', () => {
  const shares = [1, 4, 20].map((subscribers) => divide({ subscribers, screen: true, quality: 'motion' }).screen);
  assert.ok(shares.every(({ maxFramerate }) => maxFramerate >= 20));
  const scales = shares.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy);
  assert.deepEqual(scales, [...scales].sort((one, other) => one - other));
  assert.ok((scales.at(-1) ?? 0) > (scales[0] ?? 0));
});

test('what the encoder of a screen holds on to is what the share is for', () => {
  assert.equal(divide({ subscribers: 1, screen: true, quality: 'text' }).screenKeeps, 'maintain-resolution');
  assert.equal(divide({ subscribers: 1, screen: true, quality: 'motion' }).screenKeeps, 'maintain-framerate');
});

test('the sound of a share is taken off before the pictures', () => {
  const demand = { subscribers: 3, screen: true };
  const [without, with_] = [false, true].map((screenSound) => divide({ ...demand, screenSound }));
  const sum = (/** @type {typeof without} */ all) => (all?.camera.maxBitrate ?? 0) + (all?.screen.maxBitrate ?? 0);
  assert.equal(sum(without) - sum(with_), BUDGET.screenSound);
});

test('the start rate stays within the share', () => {
  forEachDemand((demand) => {
    const { start } = divide(demand);
    assert.ok(start <= Math.max(demand.total / demand.subscribers, BUDGET.floor));
    assert.ok(start <= BUDGET.startMax);
  });
});

test('the uplink is the default as long as any leg says nothing', () => {
  assert.equal(uplink([]), BUDGET.total);
  assert.equal(uplink([null, null]), BUDGET.total);
  assert.equal(uplink([5_000_000, null]), BUDGET.total);
});

test('the uplink follows the sum of the estimates, with room to grow and within bounds', () => {
  assert.equal(uplink([400_000, 600_000]), 1_250_000);
  assert.equal(uplink([10_000]), BUDGET.totalMin);
  assert.equal(uplink([9_000_000, 9_000_000]), BUDGET.totalMax);
});
