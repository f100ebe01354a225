import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Tabs } from '../../web/lib/tabs.js';
import { reset } from './helpers/call.js';
import { settle } from './helpers/tick.js';

/** The locks of one browser: exclusive ones, queued, with `steal`, `ifAvailable` and `signal`. */
class ScriptedLocks {
  /** @type {Map<string, any[]>} the holder, then those who wait */ #queues = new Map();
  /** What a busy browser has been asked and has not looked at yet. @type {(() => void)[] | null} */ #unread = null;

  /** From now on nothing is answered. */
  stall() {
    this.#unread = [];
  }

  /** Answers everything, in order. */
  goOn() {
    const unread = this.#unread ?? [];
    this.#unread = null;
    for (const read of unread) read();
  }

  /**
   * @param {string} name
   * @param {{steal?: boolean, ifAvailable?: boolean, signal?: AbortSignal}} options
   * @param {(lock: {name: string} | null) => unknown} callback
   */
  request(name, { steal = false, ifAvailable = false, signal }, callback) {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      const entry = { callback: () => callback({ name }), resolve, reject, held: false };
      const read = () => {
        if (signal?.aborted) return;
        if (ifAvailable && queue.length > 0) return resolve(Promise.resolve(null).then(callback));
        if (steal) queue.shift()?.reject(new DOMException('stolen', 'AbortError'));
        if (steal) queue.unshift(entry);
        else queue.push(entry);
        this.#grant(queue);
      };
      signal?.addEventListener('abort', () => this.#abandon(queue, entry));
      if (this.#unread) this.#unread.push(read);
      else read();
    });
  }

  async query() {
    return { held: [...this.#queues].filter(([, [first]]) => first?.held).map(([name]) => ({ name })) };
  }

  /** @param {any[]} queue @param {any} entry */
  #abandon(queue, entry) {
    if (entry.held) return;
    if (queue.includes(entry)) queue.splice(queue.indexOf(entry), 1);
    entry.reject(new DOMException('aborted', 'AbortError'));
  }

  /** @param {any[]} queue */
  #grant(queue) {
    const [first] = queue;
    if (!first || first.held) return;
    first.held = true;
    void Promise.resolve().then(first.callback).then((result) => {
      if (queue[0] === first) queue.shift();
      first.resolve(result);
      this.#grant(queue);
    });
  }
}

beforeEach(reset);

/** A browser; `open` opens a tab in the room. */
function browser() {
  const locks = /** @type {any} */ (new ScriptedLocks());
  return {
    locks,
    open(room = 'r') {
      const tabs = new Tabs(room, { platform: { locks } });
      /** @type {string[]} */ const said = [];
      tabs.on('elsewhere', () => said.push('elsewhere'));
      tabs.on('free', () => said.push('free'));
      tabs.on('taken', () => said.push('taken'));
      return { tabs, said };
    },
  };
}

test('the first tab has the room, at once', async () => {
  const { tabs, said } = browser().open();
  assert.equal(await tabs.claimed, true);
  assert.deepEqual(said, []);
});

test('a second tab is told that the room is elsewhere', async () => {
  const { open } = browser();
  const first = open();
  await first.tabs.claimed;
  const second = open();
  await settle();
  assert.deepEqual(second.said, []);
  mock.timers.tick(500);
  assert.equal(await second.tabs.claimed, false);
  assert.deepEqual([first.said, second.said], [[], ['elsewhere']]);
});

test('a page that is being reloaded is waited for', async () => {
  const { open } = browser();
  const old = open();
  await old.tabs.claimed;
  const reloaded = open();
  mock.timers.tick(400);
  old.tabs.release();
  assert.equal(await reloaded.tabs.claimed, true);
  mock.timers.tick(60_000);
  assert.deepEqual(reloaded.said, []);
});

test('a browser that is slow to answer does not make a free room pass for taken', async () => {
  const { locks, open } = browser();
  locks.stall();
  const { tabs, said } = open();
  mock.timers.tick(10_000);
  await settle();
  assert.deepEqual(said, []);
  locks.goOn();
  assert.equal(await tabs.claimed, true);
  await settle();
  assert.deepEqual(said, []);
});

test('a browser that is slow to answer tells in the end that the room is elsewhere', async () => {
  const { locks, open } = browser();
  const first = open();
  await first.tabs.claimed;
  locks.stall();
  const second = open();
  mock.timers.tick(10_000);
  await settle();
  locks.goOn();
  assert.equal(await second.tabs.claimed, false);
  assert.deepEqual([first.said, second.said], [[], ['elsewhere']]);
});

test('a room that was elsewhere and is free again is had, and that is said', async () => {
  const { open } = browser();
  const first = open();
  await first.tabs.claimed;
  const second = open();
  mock.timers.tick(500);
  await second.tabs.claimed;
  first.tabs.release();
  await settle();
  assert.deepEqual(second.said, ['elsewhere', 'free']);
  const third = open();
  mock.timers.tick(500);
  assert.equal(await third.tabs.claimed, false);
  await third.tabs.takeOver();
  await settle();
  assert.deepEqual([second.said, third.said], [['elsewhere', 'free', 'taken'], ['elsewhere']]);
});

test('another room is another matter', async () => {
  const { open } = browser();
  await open('r').tabs.claimed;
  assert.equal(await open('s').tabs.claimed, true);
});

test('whether a room is taken can be seen without claiming it', async () => {
  const { locks, open } = browser();
  const taken = (/** @type {string} */ room) => Tabs.isTaken(room, { platform: { locks } });
  const { tabs } = open('r');
  await tabs.claimed;
  assert.deepEqual([await taken('r'), await taken('s')], [true, false]);
  tabs.release();
  await settle();
  assert.equal(await taken('r'), false);
});

test('a room is taken over, and back', async () => {
  const { open } = browser();
  const first = open();
  await first.tabs.claimed;
  const second = open();
  mock.timers.tick(500);
  await second.tabs.claimed;
  await second.tabs.takeOver();
  await settle();
  assert.deepEqual([first.said, second.said], [['taken'], ['elsewhere']]);
  await first.tabs.takeOver();
  await settle();
  assert.deepEqual([first.said, second.said], [['taken'], ['elsewhere', 'taken']]);
});

test('whoever has the room takes nothing over', async () => {
  const { tabs, said } = browser().open();
  await tabs.claimed;
  await tabs.takeOver();
  await settle();
  assert.deepEqual(said, []);
});

test('a room that was released is free, also if it was released before it was had', async () => {
  const { open } = browser();
  const first = open();
  await first.tabs.claimed;
  const second = open();
  second.tabs.release();
  first.tabs.release();
  assert.equal(await second.tabs.claimed, false);
  assert.deepEqual(second.said, []);
  assert.equal(await open().tabs.claimed, true);
});

test('where there are no locks, or none are allowed, every tab has the room', async () => {
  const refuse = () => Promise.reject(new DOMException('no', 'SecurityError'));
  const forbidden = { request: refuse, query: refuse };
  for (const locks of [undefined, forbidden]) {
    const tabs = new Tabs('r', { platform: { locks: /** @type {any} */ (locks) } });
    assert.equal(await tabs.claimed, true);
    await tabs.takeOver();
    assert.equal(await Tabs.isTaken('r', { platform: { locks: /** @type {any} */ (locks) } }), false);
  }
});
