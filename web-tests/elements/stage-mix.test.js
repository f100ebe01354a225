import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StageMix } from '../../web/elements/stage-mix.js';

/** @param {import('../../web/elements/stage-mix.js').Mix['state']} state @param {string[]} [apart] */
const mix = (state, apart = []) => {
  const participant = state === 'off' ? null : /** @type {any} */ ({ id: 'mix' });
  return { state, participant, why: `why ${state}`, apart: new Set(apart) };
};

/** A tile that notes what happens to it. */
function tile() {
  /** @type {string[]} */ const log = [];
  return { log, why: '', show: () => log.push('shown'), remove: () => log.push('removed') };
}

test('the tile of the mix is unseen at first, then alone, then over everybody, and gone', () => {
  const stage = new StageMix();
  const seen = () => [stage.isSeen, stage.isAlone];
  const made = tile();
  const stand = () => /** @type {any} */ (made);
  assert.deepEqual(seen(), [false, false]);
  stage.show(mix('coming'), stand);
  assert.deepEqual([seen(), made.log, made.why], [[false, false], ['shown'], 'why coming']);
  stage.show(mix('on', ['k']), () => assert.fail('there is a tile already'));
  assert.deepEqual([seen(), stage.isApart('k'), stage.isApart('b')], [[true, true], true, false]);
  stage.show(mix('going'), stand);
  assert.deepEqual(seen(), [true, false]);
  stage.show(mix('off'), stand);
  assert.deepEqual([seen(), stage.tile, made.log.at(-1)], [[false, false], null, 'removed']);
});

test('where nobody\'s picture is wanted, everybody has a place, and the mix none', () => {
  const stage = new StageMix();
  stage.show(mix('on'), () => /** @type {any} */ (tile()));
  stage.soundOnly = true;
  assert.deepEqual([stage.isSeen, stage.isAlone], [false, false]);
  stage.soundOnly = false;
  assert.deepEqual([stage.isSeen, stage.isAlone], [true, true]);
});
