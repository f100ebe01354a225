import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { awaitFresh } from '../../web/elements/fresh-frame.js';

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

/** A picture in a slot that changed hands at this moment. @param {boolean} muted whether the slot never carried anything */
function changed(muted = false) {
  /** @type {VideoFrameRequestCallback | null} */ let waiting = null;
  const video = { requestVideoFrameCallback: (/** @type {VideoFrameRequestCallback} */ look) => (waiting = look) };
  const ends = new AbortController();
  const seen = { count: 0, ends };
  const [target, track] = /** @type {[any, any]} */ ([video, { muted }]);
  awaitFresh(target, track, ends.signal, () => (seen.count += 1));
  const since = performance.now();
  /** @param {number} later when it arrived, and, if that is not said, when it is shown, ms after the change */
  const frame = (later, said = true) => {
    const look = waiting;
    waiting = null;
    const metadata = said ? { receiveTime: since + later } : {};
    look?.(since + later, /** @type {VideoFrameCallbackMetadata} */ (metadata));
  };
  return { seen, frame };
}

test('a picture that was on its way when the slot changed hands is not shown, the next one is', () => {
  for (const said of [true, false]) {
    const { seen, frame } = changed();
    frame(-20, said);
    frame(40, said);
    assert.equal(seen.count, 0);
    frame(400, said);
    assert.equal(seen.count, 1);
    frame(500, said);
    assert.equal(seen.count, 1);
  }
});

test('in a slot that never carried anything the first picture is shown', () => {
  const { seen, frame } = changed(true);
  frame(5);
  assert.equal(seen.count, 1);
});

test('a picture that stands still is shown after a while, and nothing where nothing came', () => {
  const still = changed();
  still.frame(40);
  const empty = changed();
  empty.frame(-20);
  mock.timers.tick(1_000);
  assert.deepEqual([still.seen.count, empty.seen.count], [1, 0]);
});

test('a slot that changes hands again ends the wait', () => {
  const { seen, frame } = changed();
  frame(40);
  seen.ends.abort();
  frame(400);
  mock.timers.tick(1_000);
  assert.equal(seen.count, 0);
});
