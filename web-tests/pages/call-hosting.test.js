import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { press, put, seen, words } from '../elements/helpers/document.js';
import { Emitter } from '../../web/lib/emitter.js';
import { DEFAULT_POLICY, DEFAULT_RULES } from '../../web/lib/policy.js';
import { ProtocolError } from '../../web/lib/protocol.js';
import { apart } from '../../web/messages/counting.js';
import { enHosts } from '../../web/messages/en-hosts.js';
import { text } from '../../web/messages/index.js';
import { CallHosting } from '../../web/pages/call-hosting.js';
import { CallNotices } from '../../web/pages/call-notices.js';
import { settle } from '../lib/helpers/tick.js';

/** What is played. @type {string[]} */
const played = [];

beforeEach(() => {
  played.length = 0;
  Object.defineProperty(globalThis, 'location', { value: { href: 'https://host/r/x?name=Ada' }, configurable: true });
  Object.assign(globalThis, {
    Audio: class {
      play() {
        played.push('chime');
        return Promise.reject(new Error('nothing plays here'));
      }
    },
  });
});

/** @param {string} id @param {object} [members] */
const person = (id, members = {}) => ({
  id, name: id, kind: 'native', host: false, state: { mic: true, camera: true, screen: false }, ...members,
});

/** A call that is scripted, and a page that notes what it is told. @param {object} [members] of the call */
function scripted(members = {}) {
  const call = /** @type {any} */ (Object.assign(new Emitter(), {
    state: 'joined',
    room: 'x',
    hostKey: /** @type {string | null} */ (null),
    self: { id: 'me', host: true },
    rules: DEFAULT_RULES,
    policy: DEFAULT_POLICY,
    knocks: [],
    participants: new Map([['Grace', person('Grace')]]),
    media: Object.assign(new Emitter(), { live: new Set(), isLive: (/** @type {string} */ source) => call.media.live.has(source) }),
    allows: (/** @type {string} */ what) => call.self.host || call.rules[what],
    /** @type {any[]} */ asked: [],
    ...members,
  }));
  for (const name of ['mute', 'ask', 'appoint', 'remove', 'admit', 'end', 'setPolicy']) {
    call[name] = async (/** @type {any[]} */ ...wanted) => {
      call.asked.push([name, ...wanted]);
      if (call.refusal) throw call.refusal;
    };
  }
  /** @type {{forbidden: any[], off: string[], open: string[], notices: Map<string, any>}} */
  const log = { forbidden: [], off: [], open: [], notices: new Map() };
  const shown = {
    show: (/** @type {any} */ notice) => log.notices.set(notice.id, notice),
    clear: (/** @type {string} */ id) => log.notices.delete(id),
  };
  const body = put(document.createElement('div'));
  const page = Object.assign(new EventTarget(), {
    panel: /** @type {string | null} */ (null),
    notices: shown,
    announcer: { say: (/** @type {string} */ sentence) => log.open.push(sentence) },
    controls: { forbid: (/** @type {any} */ why) => log.forbidden.push(why), showEnd: () => {} },
    chat: { forbid: () => {} },
    people: Object.assign(new EventTarget(), {
      extend: (/** @type {any} */ { above, below }) => body.append(above, below),
    }),
    tileMenu: { offer: (/** @type {any} */ more) => body.append(more), close: () => log.open.push('no menu') },
    adopt: (/** @type {any} */ dialog) => body.append(dialog),
    open: (/** @type {string} */ panel) => log.open.push(panel),
  });
  const devices = { used: { output: null }, turnOff: (/** @type {string} */ source) => log.off.push(source), toggle: async (/** @type {string} */ source) => log.open.push(`toggle ${source}`) };
  const view = new CallHosting(/** @type {any} */ ({ call, page, devices, notices: new CallNotices(/** @type {any} */ (shown), []) }));
  view.start();
  return { call, page, log, body, view };
}

/** The parts that are fetched have come. */
const fetched = async () => {
  await import('../../web/pages/hosting.js');
  await settle();
};

/** @param {ReturnType<typeof scripted>} made @param {any[]} knocks */
async function knock({ call }, ...knocks) {
  call.knocks = knocks;
  call.emit('knocks', undefined);
  await fetched();
}

test('a knock is heard once and seen for as long as it lasts, with both answers to it', async () => {
  const made = scripted();
  await knock(made, { id: 'x', name: 'Linus' });
  const notice = () => made.log.notices.get('knock');
  assert.equal(notice().text, enHosts.knocks.one('Linus'));
  notice().other.run();
  notice().action.run();
  assert.deepEqual(made.call.asked, [['admit', 'x', false], ['admit', 'x', true]]);
  await knock(made, { id: 'x', name: 'Linus' }, { id: 'y', name: '' });
  assert.equal(notice().text, enHosts.knocks.many(2));
  notice().action.run();
  assert.deepEqual(made.log.open, ['people']);
  assert.deepEqual(words(made.body, 'knock').map((said) => said.includes(enHosts.knocks.admit)), [true, true]);
  await knock(made);
  assert.deepEqual([notice(), seen(made.body, 'knock').length, played], [undefined, 0, ['chime']]);
});

test('while the list of people is open it has who knocks, and no notice does', async () => {
  const made = scripted();
  await knock(made, { id: 'x', name: 'Linus' });
  Object.assign(made.page, { panel: 'people' });
  made.page.dispatchEvent(new CustomEvent('open', { detail: null }));
  await settle();
  assert.equal(made.log.notices.has('knock'), false);
  await knock(made, { id: 'x', name: 'Linus' }, { id: 'y', name: 'Radia' });
  assert.deepEqual([made.log.open, made.log.notices.has('knock')], [[enHosts.knocks.one('Radia')], false]);
  Object.assign(made.page, { panel: null });
  made.page.dispatchEvent(new CustomEvent('closed', { detail: null }));
  await settle();
  assert.equal(made.log.notices.get('knock').text, enHosts.knocks.many(2));
});

test('whoever waits is let in from the list of people', async () => {
  const made = scripted();
  await knock(made, { id: 'x', name: 'Linus' });
  const [row] = seen(made.body, 'knock');
  const buttons = row.children.filter((/** @type {any} */ one) => one.tag === 'button');
  assert.deepEqual(buttons.map((/** @type {any} */ one) => one.getAttribute('aria-label')), [
    `${enHosts.knocks.refuse}: ${apart('Linus')}`, `${enHosts.knocks.admit}: ${apart('Linus')}`,
  ]);
  press(buttons[1]);
  assert.deepEqual(made.call.asked, [['admit', 'x', true]]);
});

test('what is forbidden is said at its button, and is off', () => {
  const { call, log } = scripted({ self: { id: 'me', host: false }, rules: { ...DEFAULT_RULES, mic: false } });
  call.emit('plan', undefined);
  assert.deepEqual(log.forbidden.at(-1), { mute: text.hosting.forbidden.mic, camera: null, share: null });
  assert.deepEqual(log.off, ['mic']);
  call.self.host = true;
  call.emit('plan', undefined);
  assert.deepEqual(log.forbidden.at(-1), { mute: null, camera: null, share: null });
});

test('whoever is muted is told by whom, or that the rules are so', () => {
  const { call, log } = scripted();
  call.emit('muted', { from: 'Grace', mic: true, camera: false, screen: true });
  assert.deepEqual(log.off, ['mic'], 'a share ends by itself');
  assert.equal(log.notices.get('muted mic').text, text.hosting.muted.mic('Grace'));
  assert.equal(log.notices.get('muted screen').text, text.hosting.muted.screen('Grace'));
  call.emit('muted', { from: 'gone', mic: true, camera: false, screen: false });
  assert.equal(log.notices.get('muted mic').text, text.hosting.muted.mic(text.hosting.someHost));
  call.emit('muted', { from: null, mic: false, camera: true, screen: false });
  assert.equal(log.notices.get('muted camera').text, text.hosting.forbidden.camera);
});

test('whoever is asked to unmute does it by the notice, which goes once it is done', () => {
  const { call, log } = scripted();
  call.emit('asked', { from: 'Grace', mic: true, camera: false });
  const notice = log.notices.get('asked mic');
  assert.equal(notice.text, text.hosting.asked.mic('Grace'));
  notice.action.run();
  call.media.live.add('mic');
  call.media.emit('change', undefined);
  assert.deepEqual([log.open, log.notices.has('asked mic')], [['toggle mic'], false]);
});

test('a host is offered what can be done about somebody, and is asked before what cannot be taken back', async () => {
  const made = scripted();
  made.page.dispatchEvent(new CustomEvent('options', { detail: { participant: 'Grace' } }));
  await fetched();
  press(seen(made.body, 'host-mute')[0]);
  press(seen(made.body, 'host-remove')[0]);
  await settle();
  assert.deepEqual(made.call.asked, [['mute', { mic: true }, 'Grace']]);
  assert.deepEqual(words(made.body, 'confirm-go'), [enHosts.confirm.remove.go]);
  press(seen(made.body, 'confirm-go')[0]);
  seen(made.body, 'confirm-dialog')[0].dispatchEvent(new Event('close'));
  await settle();
  assert.deepEqual(made.call.asked.slice(1), [['remove', 'Grace']]);
});

test('whoever thinks better of it does nothing', async () => {
  const made = scripted();
  made.page.dispatchEvent(new Event('end'));
  made.page.dispatchEvent(new CustomEvent('end', { detail: null }));
  await fetched();
  press(seen(made.body, 'confirm-cancel')[0]);
  seen(made.body, 'confirm-dialog')[0].dispatchEvent(new Event('close'));
  await settle();
  assert.deepEqual(made.call.asked, []);
});

test('a guest is offered nothing of it', async () => {
  const made = scripted({ self: { id: 'me', host: false } });
  made.page.dispatchEvent(new CustomEvent('options', { detail: { participant: 'Grace' } }));
  await fetched();
  assert.deepEqual(seen(made.body, 'host-mute'), []);
});

test('what the server refuses is told, unless it is about somebody who has gone', async () => {
  const made = scripted();
  for (const [code, told] of /** @type {const} */ ([['unknown-participant', false], ['not-allowed', true]])) {
    made.call.refusal = new ProtocolError(code, 'no');
    await knock(made, { id: code, name: '' });
    made.log.notices.get('knock').action.run();
    await settle();
    assert.equal(made.log.notices.has('refused'), told, code);
  }
});

test('everybody reads the rules in the list of people, and only hosts may change them', async () => {
  const made = scripted({ rules: { ...DEFAULT_RULES, entry: 'knock', mic: false, chat: false } });
  Object.assign(made.page, { panel: 'people' });
  made.page.dispatchEvent(new CustomEvent('open', { detail: null }));
  await fetched();
  const { means, names } = enHosts.rules;
  assert.deepEqual(words(made.body, 'rules-entry'), [means.knock]);
  assert.deepEqual(words(made.body, 'rules-guests'), [means.without(`${names.mic} and ${names.chat}`)]);
  assert.equal(seen(made.body, 'rules-change').length, 1);
  made.call.self.host = false;
  made.call.emit('plan', undefined);
  await settle();
  assert.deepEqual([seen(made.body, 'rules-change'), seen(made.body, 'mute-all')], [[], []]);
});

test('whoever has the key of the room can copy the link that makes others host', async () => {
  Object.assign(globalThis, { window: { clearTimeout: () => {}, setTimeout: () => 0 } });
  const copied = /** @type {string[]} */ ([]);
  const clipboard = { writeText: async (/** @type {string} */ link) => void copied.push(link) };
  Object.defineProperty(globalThis, 'navigator', { value: { clipboard }, configurable: true });
  const made = scripted();
  Object.assign(made.page, { panel: 'people' });
  made.page.dispatchEvent(new CustomEvent('open', { detail: null }));
  await fetched();
  assert.deepEqual(seen(made.body, 'host-link'), []);
  made.call.hostKey = 'k/e+y';
  made.call.emit('plan', undefined);
  await settle();
  press(seen(made.body, 'host-link')[0]);
  await settle();
  assert.deepEqual(copied, ['https://host/r/x#host=k%2Fe%2By']);
});

test('media is not kept to direct ways while guests may not send everything, and the other way round', async () => {
  const made = scripted({ policy: { ...DEFAULT_POLICY, rules: { ...DEFAULT_RULES, camera: false } } });
  const ask = async () => {
    made.page.people.dispatchEvent(new CustomEvent('policy', { detail: null }));
    await fetched();
    return [seen(made.body, 'policy-only')[0].disabled, words(made.body, 'policy-note')[0]];
  };
  assert.deepEqual(await ask(), [true, enHosts.rules.policy]);
  made.call.policy = DEFAULT_POLICY;
  assert.deepEqual(await ask(), [false, text.policy.note]);
  made.call.policy = { ...DEFAULT_POLICY, direct: 'only' };
  press(seen(made.body, 'rules-change')[0]);
  assert.deepEqual(['mic', 'camera', 'screen', 'chat'].map((right) => seen(made.body, `rules-${right}`)[0].disabled), [true, true, true, false]);
  assert.deepEqual(words(made.body, 'rules-note'), [enHosts.rules.direct]);
});
