import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_POLICY, allowsMix, pathOfPolicy, policyFor, policyOfPath, readPolicy } from '../../web/lib/policy.js';

/** @typedef {import('../../web/lib/policy.js').Policy} Policy */

/** @type {Policy} */
const SMALL = { ...DEFAULT_POLICY, direct_max: 2 };

test('a link that asks for a path asks for the policy that allows no other', () => {
  assert.equal(policyOfPath(null), null);
  assert.deepEqual(policyOfPath('direct'), { ...DEFAULT_POLICY, direct: 'only' });
  assert.deepEqual(policyOfPath('forward'), { ...DEFAULT_POLICY, direct: 'never' });
});

test('the link to a room asks for what its policy allows only', () => {
  for (const path of /** @type {const} */ (['direct', 'forward'])) {
    assert.equal(pathOfPolicy(/** @type {Policy} */ (policyOfPath(path))), path);
  }
  assert.equal(pathOfPolicy(SMALL), null);
});

test('what was chosen on the start page holds for that room only', () => {
  const chosen = { room: 'a', policy: SMALL };
  assert.deepEqual(policyFor(chosen, { room: 'a', path: null }), SMALL);
  assert.equal(policyFor(chosen, { room: 'b', path: null }), null);
  assert.equal(policyFor(null, { room: 'a', path: null }), null);
});

test('a link that asks for something else than was chosen comes first', () => {
  const never = { room: 'a', policy: /** @type {Policy} */ ({ ...SMALL, direct: 'never' }) };
  assert.deepEqual(policyFor(never, { room: 'a', path: 'forward' }), never.policy);
  assert.deepEqual(policyFor(never, { room: 'a', path: 'direct' }), policyOfPath('direct'));
});

test('what makes no sense is as if nothing had been decided', () => {
  for (const nonsense of [null, 7, {}, { direct: 'sometimes', mix: 'auto', direct_max: 0 }, { direct_max: 13 }, { direct_max: '4' }]) {
    assert.deepEqual(readPolicy(nonsense), DEFAULT_POLICY);
  }
  const policy = { direct: 'only', mix: 'never', direct_max: 12 };
  assert.deepEqual(readPolicy(policy), policy);
});

test('a room may be watched from outside unless the server is to see no media, or to mix none', () => {
  assert.equal(allowsMix(DEFAULT_POLICY), true);
  assert.equal(allowsMix({ ...DEFAULT_POLICY, direct: 'never' }), true);
  assert.equal(allowsMix({ ...DEFAULT_POLICY, direct: 'only' }), false);
  assert.equal(allowsMix({ ...DEFAULT_POLICY, mix: 'never' }), false);
});
