import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Emitter } from '../../web/lib/emitter.js';
import { parseLink } from '../../web/lib/links.js';
import { DEFAULT } from '../../web/lib/plan.js';
import { DEFAULT_POLICY } from '../../web/lib/policy.js';
import { text } from '../../web/messages/index.js';
import { CallMix, wantsMix } from '../../web/pages/call-mix.js';

/** What the browser keeps. @type {Map<string, string>} */
const store = new Map();

beforeEach(() => {
  store.clear();
  const value = {
    getItem: (/** @type {string} */ key) => store.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ kept) => void store.set(key, kept),
  };
  Object.defineProperty(globalThis, 'localStorage', { value, configurable: true });
});

const link = (query = '') => parseLink(`https://host/r/x${query}`);

/** A call whose mix is scripted, and a page that notes what it is told. */
function scripted({ policy = {}, plan = {}, wanted = false } = {}) {
  const call = Object.assign(new Emitter(), {
    policy: { ...DEFAULT_POLICY, ...policy },
    paths: { plan: { ...DEFAULT, ...plan } },
    mixing: { state: 'off', participant: /** @type {object | null} */ (null), reason: /** @type {string | null} */ (null), isShown: false },
    participants: new Map([['b', { id: 'b', mixed: true }], ['k', { id: 'k', mixed: false }]]),
    wantsMix: wanted,
    /** @param {boolean} on */
    setMix(on) {
      this.wantsMix = on;
    },
  });
  /** @type {{choice: any[], stage: any[], said: string[], busy: boolean[]}} */ const log = { choice: [], stage: [], said: [], busy: [] };
  const choice = Object.assign(new EventTarget(), { show: (/** @type {any[]} */ ...shown) => log.choice.push(shown) });
  const page = {
    settings: { mix: choice },
    stage: { showMix: (/** @type {any} */ mix) => log.stage.push(mix) },
    view: { follow: () => {} },
    announcer: { say: (/** @type {string} */ sentence) => log.said.push(sentence) },
  };
  const notices = { mixBusy: (/** @type {boolean} */ busy) => log.busy.push(busy) };
  const view = new CallMix(/** @type {any} */ ({ call, page, notices }));
  view.start();
  const choose = (/** @type {boolean} */ on) => choice.dispatchEvent(new CustomEvent('mix', { detail: { on } }));
  return { call: /** @type {any} */ (call), log, choose, view };
}

test('the choice is remembered for the next call, and one of a link is not', () => {
  assert.equal(wantsMix(link()), false);
  assert.equal(wantsMix(link('?path=mix')), true);
  assert.equal(wantsMix(link()), false);
  const { call, choose, log } = scripted();
  choose(true);
  assert.deepEqual([call.wantsMix, wantsMix(link()), log.choice.at(-1)], [true, true, [true, null]]);
  choose(false);
  assert.deepEqual([call.wantsMix, wantsMix(link())], [false, false]);
});

test('where the room has no mix the choice says why, and says so as soon as that changes', () => {
  const { call, log } = scripted({ policy: { mix: 'never' } });
  assert.deepEqual(log.choice.at(-1), [false, text.settings.mixNever]);
  call.policy = { ...DEFAULT_POLICY, direct: 'only' };
  call.emit('plan', undefined);
  assert.deepEqual(log.choice.at(-1), [false, text.settings.mixDirect]);
  call.policy = DEFAULT_POLICY;
  call.emit('plan', undefined);
  assert.deepEqual(log.choice.at(-1), [false, null]);
});

test('that the server has no space for one more mix is told to whoever wants it', () => {
  const busy = { mix: /** @type {const} */ ('busy') };
  assert.deepEqual(scripted({ plan: busy }).log.busy, [false]);
  const { call, choose, log } = scripted({ plan: busy, wanted: true });
  assert.deepEqual(log.busy, [true]);
  choose(false);
  assert.equal(log.busy.at(-1), false);
  choose(true);
  call.paths.plan = { ...DEFAULT, mix: 'on' };
  call.emit('plan', undefined);
  assert.equal(log.busy.at(-1), false);
});

test('the stage is told who is not in the mix, and why there is one, and it is said once that there is', () => {
  const { call, log } = scripted();
  const participant = {};
  for (const [state, isShown] of /** @type {const} */ ([['coming', false], ['on', true], ['on', true], ['going', true], ['off', false]])) {
    Object.assign(call.mixing, { state, isShown, participant, reason: 'decoder' });
    call.emit('mix', undefined);
  }
  assert.deepEqual(log.stage.map(({ state }) => state), ['coming', 'on', 'on', 'going', 'off']);
  assert.deepEqual(log.stage[1], { state: 'on', participant, why: text.mix.why.decoder, apart: new Set(['k']) });
  assert.deepEqual(log.said, [text.said.mixed, text.said.mixedEnd]);
  for (const reason of /** @type {const} */ (['choice', 'decoder', 'downlink'])) {
    Object.assign(call.mixing, { state: 'on', isShown: true, participant, reason });
    call.emit('mix', undefined);
    assert.ok(text.mix.why[reason] && log.stage.at(-1).why === text.mix.why[reason], reason);
  }
});

test('whoever comes while the mix is shown may be none of it', () => {
  const { call, log, view } = scripted();
  call.emit('participants', undefined);
  assert.equal(log.stage.length, 0);
  call.mixing.isShown = true;
  call.participants.set('n', { id: 'n', mixed: false });
  call.emit('participants', undefined);
  assert.deepEqual(log.stage.at(-1).apart, new Set(['k', 'n']));
  view.stop();
  call.emit('participants', undefined);
  assert.equal(log.stage.length, 1);
});
