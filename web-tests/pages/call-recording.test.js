import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Emitter } from '../../web/lib/emitter.js';
import { DEFAULT } from '../../web/lib/plan.js';
import { DEFAULT_POLICY } from '../../web/lib/policy.js';
import { ProtocolError } from '../../web/lib/protocol.js';
import { apart } from '../../web/messages/counting.js';
import { text } from '../../web/messages/index.js';
import { CallNotices } from '../../web/pages/call-notices.js';
import { CallRecording } from '../../web/pages/call-recording.js';
import { settle } from '../lib/helpers/tick.js';

beforeEach(() => {
  Object.defineProperty(globalThis, 'location', { value: { href: 'https://host/r/x' }, configurable: true });
});

/** A part of the page that emits what it is told to. */
const part = () => new EventTarget();

/** A call that is scripted, and a page that notes what it is told. */
function scripted({ host = true, recording = false, tracks = false, policy = {}, state = 'joined', refusal = /** @type {Error | null} */ (null) } = {}) {
  const call = Object.assign(new Emitter(), {
    state,
    self: { host },
    policy: { ...DEFAULT_POLICY, ...policy },
    paths: { plan: /** @type {import('../../web/lib/protocol.js').Plan} */ ({ ...DEFAULT, recording, tracks }) },
    recordings: /** @type {any[]} */ ([]),
    asked: /** @type {boolean[][]} */ ([]),
    /** @param {...boolean} wanted */
    async record(...wanted) {
      this.asked.push(wanted);
      if (refusal) throw refusal;
    },
  });
  /** @type {{marks: boolean[], menu: any[], forbidden: any[], listed: any[], open: string[], notices: Map<string, any>, said: string[]}} */
  const log = { marks: [], menu: [], forbidden: [], listed: [], open: [], notices: new Map(), said: [] };
  const page = Object.assign(part(), {
    header: { recording: part() },
    showRecording: (/** @type {boolean} */ on) => log.marks.push(on),
    controls: { showRecording: (/** @type {any} */ menu) => log.menu.push(menu) },
    record: Object.assign(part(), {
      show: (/** @type {string | null} */ why) => log.forbidden.push(why),
      open: () => log.open.push('record'),
      close: () => log.open.push('none'),
    }),
    recordings: { show: (/** @type {any[]} */ items) => log.listed.push(items), open: () => log.open.push('recordings') },
  });
  const shown = {
    show: (/** @type {any} */ notice) => {
      log.notices.set(notice.id, notice);
      log.said.push(notice.text);
    },
    clear: (/** @type {string} */ id) => log.notices.delete(id),
  };
  const view = new CallRecording(/** @type {any} */ ({ call, page, notices: new CallNotices(/** @type {any} */ (shown), []) }));
  view.start();
  const ask = (/** @type {EventTarget} */ on, /** @type {string} */ type, detail = { tracks: false }) => on.dispatchEvent(new CustomEvent(type, { detail }));
  /** @param {boolean} on */
  const plan = (on) => {
    call.paths.plan = { ...DEFAULT, recording: on };
    /** @type {any} */ (call).emit('plan', undefined);
  };
  /** @param {...any} items */
  const tell = (...items) => {
    call.recordings = items;
    /** @type {any} */ (call).emit('recordings', undefined);
  };
  return { call: /** @type {any} */ (call), page, log, ask, plan, tell, view };
}

/** @param {string} id @param {object} [members] */
const recording = (id, members = {}) => ({ id, key: 'k', began: 1, state: 'running', seconds: null, bytes: null, problem: null, ...members });

const DONE = { state: 'done', seconds: 5, bytes: 1_000 };

test('the mark follows the plan, and it is said once that a recording begins and that it ends', () => {
  const { log, plan } = scripted({ host: false });
  plan(true);
  plan(true);
  plan(false);
  assert.deepEqual([log.marks, log.said], [[false, true, true, false], [text.recording.now, text.recording.ended]]);
});

test('whoever comes into a call that is recorded is told', () => {
  const { call, log } = scripted({ state: 'joining', recording: true });
  assert.deepEqual([log.marks, log.said], [[], []]);
  call.state = 'joined';
  call.emit('state', undefined);
  assert.deepEqual([log.marks, log.said], [[true], [text.recording.now]]);
});

test('everybody is told so where what each person sends is kept as well', () => {
  const { page, log, ask } = scripted({ host: false, recording: true, tracks: true });
  assert.deepEqual(log.said, [text.recording.nowTracks]);
  ask(page.header.recording, 'explain');
  assert.equal(log.notices.get('recording')?.text, text.recording.meansTracks);
});

test('a connection that is lost ends no recording', () => {
  const { call, log, plan } = scripted({ recording: true });
  call.state = 'reconnecting';
  plan(false);
  call.paths.plan = { ...DEFAULT, recording: true };
  call.state = 'joined';
  call.emit('state', undefined);
  assert.deepEqual([log.marks, log.said], [[true, true], [text.recording.now]]);
});

test('hosts have a way to record in the menu, and to recordings once there are any; nobody else does', () => {
  const { call, log, plan, tell } = scripted({ host: false });
  assert.deepEqual(log.menu.at(-1), { offered: false, on: false, any: false });
  call.self = { host: true };
  call.emit('state', undefined);
  assert.deepEqual(log.menu.at(-1), { offered: true, on: false, any: false });
  plan(true);
  tell(recording('a'));
  assert.deepEqual(log.menu.at(-1), { offered: true, on: true, any: true });
});

test('nothing is recorded before it was agreed to, and one press ends it', async () => {
  const { call, page, log, ask, plan } = scripted();
  ask(page, 'record');
  assert.deepEqual([log.open, call.asked], [['record'], []]);
  ask(page.record, 'record', { tracks: true });
  assert.deepEqual(call.asked, [[true, true]]);
  plan(true);
  assert.equal(log.open.at(-1), 'none');
  ask(page, 'record');
  await settle();
  assert.deepEqual([call.asked, log.open.at(-1), log.notices.has('refused')], [[[true, true], [false, false]], 'none', false]);
});

test('where the room has no mix it is said why nothing can be recorded, as soon as that changes', () => {
  const { call, log } = scripted({ policy: { mix: 'never' } });
  assert.equal(log.forbidden.at(-1), text.recording.never);
  call.policy = { ...DEFAULT_POLICY, direct: 'only' };
  call.emit('plan', undefined);
  assert.equal(log.forbidden.at(-1), text.recording.direct);
  call.policy = DEFAULT_POLICY;
  call.emit('plan', undefined);
  assert.equal(log.forbidden.at(-1), null);
});

test('a refusal is shown as others are, and the end of the call is none', async () => {
  for (const code of ['not-recorded', 'busy', 'not-host', 'void']) {
    const { page, log, ask } = scripted({ refusal: new ProtocolError(code, 'Not now.') });
    ask(page.record, 'record');
    await settle();
    assert.equal(log.notices.get('refused')?.text, text.call.problem('Not now.'));
  }
  const { page, log, ask } = scripted({ refusal: new ProtocolError('closed', 'Over.') });
  ask(page.record, 'record');
  await settle();
  assert.equal(log.notices.size, 0);
});

test('hosts see every recording, each with its link', () => {
  const { log, tell } = scripted();
  tell(recording('a', DONE), recording('b'));
  assert.deepEqual(log.listed.at(-1).map((/** @type {any} */ { id, state, link }) => [id, state, link]), [
    ['a', 'done', 'https://host/recordings/a?key=k'],
    ['b', 'running', 'https://host/recordings/b?key=k'],
  ]);
});

test('a recording that is ready is told to hosts, with a way to it', () => {
  const { log, plan, tell } = scripted({ recording: true });
  tell(recording('a'));
  plan(false);
  tell(recording('a', DONE));
  const { text: said, kind, action } = log.notices.get('recorded');
  assert.deepEqual([said, kind, log.notices.has('recording')], [text.recording.ready, 'info', false]);
  action.run();
  assert.deepEqual([log.open.at(-1), log.notices.has('recorded')], ['recordings', false]);
});

test('what had ended before one came is no news, nor is what is told twice', () => {
  const { log, tell } = scripted();
  tell(recording('a', DONE));
  tell(recording('a', DONE), recording('b'));
  assert.equal(log.notices.has('recorded'), false);
  tell(recording('a', DONE), recording('b', { state: 'lost' }));
  assert.equal(log.notices.has('recorded'), false);
});

test('a session that goes on after a gap hears what has become of a recording', () => {
  const { log, tell } = scripted();
  tell(recording('a'));
  tell(recording('a', { state: 'lost' }));
  tell(recording('a', DONE));
  assert.equal(log.notices.get('recorded')?.text, text.recording.ready);
});

test('a recording that was cut off, or never came about, is told with the reason', () => {
  const { log, tell } = scripted();
  tell(recording('a'), recording('b'));
  tell(recording('a', { ...DONE, problem: 'no space' }), recording('b'));
  const early = log.notices.get('recorded');
  assert.deepEqual([early.text, early.kind, early.action?.label], [`${text.recording.early} ${apart('no space')}`, 'warning', text.recording.open]);
  tell(recording('b', { state: 'failed', problem: 'no time' }));
  const failed = log.notices.get('recorded');
  assert.deepEqual([failed.text, failed.kind, failed.action], [`${text.recording.failed} ${apart('no time')}`, 'warning', undefined]);
});

test('whoever presses the mark is told what it means, and the menu leads to the recordings', () => {
  const { page, log, ask } = scripted({ recording: true });
  ask(page.header.recording, 'explain');
  assert.deepEqual([log.notices.get('recording')?.text, log.notices.get('recording')?.passing], [text.recording.means, undefined]);
  ask(page, 'recordings');
  assert.equal(log.open.at(-1), 'recordings');
});

test('nothing is shown after the end of the call', () => {
  const { log, plan, tell, view } = scripted();
  view.stop();
  plan(true);
  tell(recording('a'));
  assert.deepEqual([log.marks, log.listed], [[false], []]);
});
