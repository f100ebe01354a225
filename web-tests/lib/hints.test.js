import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HINTS, Hints } from '../../web/lib/hints.js';
import { participant, state } from './helpers/socket.js';

const LOSSY = { loss: HINTS.loss + 0.01, fps: 30 };
const GOOD = { loss: 0, fps: 30 };
const FROZEN = { loss: 0, fps: HINTS.fps - 1 };

/** People whose legs are looked at. @param {string[]} ids */
function observe(...ids) {
  const hints = new Hints();
  /** @type {Map<string, any>} */
  const people = new Map(ids.map((id) => [id, { ...participant(id), leg: 'connected', stats: GOOD }]));
  /** @type {string[]} */ const said = [];
  return {
    people,
    said,
    /** @param {number} seconds */
    look(seconds, signaled = true) {
      for (let second = 0; second < seconds; second += 1) {
        for (const { kind, participant: whom } of hints.look(people, signaled)) {
          said.push(whom ? `${kind} ${whom.id}` : kind);
        }
      }
    },
    /** @param {string} id @param {object} members */
    set(id, members) {
      Object.assign(people.get(id), members);
    },
  };
}

test('a leg that loses packets is told after ten seconds, and when it has been good for ten', () => {
  const { look, set, said } = observe('b');
  set('b', { stats: LOSSY });
  look(9);
  assert.deepEqual(said, []);
  look(1);
  assert.deepEqual(said, ['network-bad b']);
  look(60);
  set('b', { stats: GOOD });
  look(9);
  assert.deepEqual(said, ['network-bad b']);
  look(1);
  assert.deepEqual(said, ['network-bad b', 'network-ok b']);
});

test('what does not last is not told', () => {
  const { look, set, said } = observe('b');
  for (let time = 0; time < 10; time += 1) {
    set('b', { stats: LOSSY });
    look(9);
    set('b', { stats: GOOD });
    look(1);
  }
  assert.deepEqual(said, []);
});

test('a camera that stands still is told, if it is on and can say so', () => {
  const on = { ...state(), camera: true };
  for (const [members, expected] of /** @type {[object, string[]][]} */ ([
    [{ state: on }, ['network-bad b']],
    [{ state: state() }, []],
    [{ state: on, kind: 'classic' }, []],
  ])) {
    const { look, set, said } = observe('b');
    set('b', { ...members, stats: FROZEN });
    look(20);
    assert.deepEqual(said, expected);
  }
});

test('a server that forwards sends only what is on screen, and is one way for all', () => {
  const { look, set, said } = observe('b', 'c');
  set('b', { forwarded: true, state: { ...state(), camera: true }, stats: FROZEN });
  set('c', { forwarded: true, leg: 'failed' });
  look(60);
  assert.deepEqual(said, []);
  set('b', { stats: LOSSY });
  look(10);
  assert.deepEqual(said, ['network-bad b']);
});

test('when most legs are bad it is one\'s own network', () => {
  const { look, set, said } = observe('b', 'c', 'd');
  for (const id of ['b', 'c']) set(id, { stats: LOSSY });
  look(10);
  assert.deepEqual(said, ['network-bad']);
  for (const id of ['b', 'c']) set(id, { stats: GOOD });
  look(10);
  assert.deepEqual(said, ['network-bad', 'network-ok']);
});

test('one bad leg of two that becomes two is told anew, as one\'s own', () => {
  const { look, set, said } = observe('b', 'c');
  set('b', { stats: LOSSY });
  look(10);
  set('c', { stats: LOSSY });
  look(10);
  assert.deepEqual(said, ['network-bad b', 'network-ok b', 'network-bad']);
});

test('a leg that fails and stays down for ten seconds has no path, until it is up', () => {
  const { look, set, said } = observe('b');
  set('b', { leg: 'failed' });
  look(3);
  set('b', { leg: 'connecting' }); // another attempt
  look(7);
  assert.deepEqual(said, []);
  look(1);
  assert.deepEqual(said, ['no-path b']);
  set('b', { leg: 'connected' });
  look(1);
  assert.deepEqual(said, ['no-path b', 'network-ok b']);
});

test('a leg that never comes up has no path, even if nothing ever calls it failed', () => {
  const { look, set, said } = observe('b');
  set('b', { leg: 'connecting', stats: null });
  look(20);
  assert.deepEqual(said, []);
  look(1);
  assert.deepEqual(said, ['no-path b']);
});

test('whoever is away, or cannot be reached by the server, is not without a path', () => {
  const { look, set, said } = observe('b');
  set('b', { leg: 'failed', connected: false });
  look(60);
  set('b', { connected: true });
  look(60, false);
  assert.deepEqual(said, []);
});

test('a bad leg that breaks is told as such, once', () => {
  const { look, set, said } = observe('b');
  set('b', { stats: LOSSY });
  look(10);
  set('b', { leg: 'failed' });
  look(30);
  assert.deepEqual(said, ['network-bad b', 'no-path b']);
});

test('about somebody who has left nothing is said any more', () => {
  const { look, set, people, said } = observe('b');
  set('b', { stats: LOSSY });
  look(10);
  people.delete('b');
  look(30);
  assert.deepEqual(said, ['network-bad b']);
});
