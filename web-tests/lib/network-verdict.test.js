import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkReport } from '../../web/lib/network-report.js';
import { verdict } from '../../web/lib/network-verdict.js';

/** @typedef {import('../../web/lib/network-tries.js').Result} Result */
/** @typedef {import('../../web/lib/network-test.js').Results} Results */

/** @type {Record<string, Result['state']>} */
const STATES = { y: 'works', n: 'blocked', '-': 'absent', '?': 'untried', '.': 'trying' };

/**
 * @param {string} marks of signaling, STUN, relays over UDP, TCP and TLS, and forwarding
 * @param {Result['via']} [via] how forwarding works
 * @returns {Results}
 */
function found(marks, via = 'udp') {
  const [signaling, stun, udp, tcp, tls, forward] = [...marks].map((mark) => {
    const state = STATES[mark] ?? assert.fail(mark);
    return { state, ms: state === 'works' ? 12.4 : null };
  });
  return /** @type {Results} */ ({ signaling, stun, udp, tcp, tls, forward: { ...forward, via: forward?.state === 'works' ? via : null } });
}

for (const [what, marks, via, ...expected] of /** @type {[string, string, Result['via'], ...string[]][]} */ ([
  ['everything gets through', 'yyyyyy', 'udp', 'direct'],
  ['everything gets through to a server without TLS', 'yyyy-y', 'udp', 'direct'],
  ['UDP is blocked', 'ynnyyy', 'tcp', 'tcp', 'noUdp'],
  ['UDP is blocked, and the server has no TLS', 'ynny-y', 'tcp', 'tcp', 'noUdp'],
  ['only TLS gets through', 'ynnnyy', 'tls', 'tcp', 'noUdp', 'onlyTls'],
  ['only TLS gets through, and nothing is forwarded', 'ynnnyn', null, 'tcp', 'noUdp', 'onlyTls', 'noForward'],
  ['STUN alone is not answered', 'ynyyyy', 'udp', 'server'],
  ['the media port is not reached', 'yyyyyn', null, 'direct', 'noForward'],
  ['no relay works', 'yynn-y', 'udp', 'direct', 'noRelay'],
  ['nothing but the media port is reached, over UDP', 'ynnn-y', 'udp', 'forward', 'noRelay'],
  ['nothing but the media port is reached, over TCP', 'ynnn-y', 'tcp', 'forward', 'noUdp', 'noRelay'],
  ['nothing but the page gets through', 'ynnnnn', null, 'text', 'noUdp', 'otherNetwork'],
  ['nothing but the page gets through, and the server has no TLS', 'ynnn-n', null, 'text', 'noUdp', 'noTls', 'otherNetwork'],
  ['the WebSocket alone is held back', 'nyyyy?', null, 'none', 'proxy'],
  ['there is no network', 'n?????', null, 'none', 'otherNetwork'],
  ['the server does not say where it is found', 'y????y', 'udp', 'forward', 'untried'],
  ['the server has no room for the test', 'yyyyy?', null, 'direct', 'untried'],
])) {
  test(`${what}: ${expected.join(', ')}`, () => {
    const { calls, notes } = verdict(found(marks, via));
    assert.deepEqual([calls, ...notes], expected);
  });
}

const OPTIONS = { now: new Date(0), platform: { userAgent: 'Browser 1.0' } };

test('the report has the date, the browser, every result, and what follows', () => {
  assert.deepEqual(networkReport(found('ynny-y', 'tcp'), OPTIONS).split('\n'), [
    'network test, visavis-web/0.1, 1970-01-01T00:00:00.000Z',
    'Browser 1.0',
    'WebSocket to the server: works, 12 ms there and back',
    'STUN over UDP: does not work',
    'TURN over UDP: does not work',
    'TURN over TCP: works, 12 ms there and back',
    'TURN over TLS: not offered',
    'forwarding: works over TCP, connected after 12 ms',
    'calls: tcp, noUdp',
    '',
  ]);
});

test('a report of a test that is not done says so, and draws no conclusion', () => {
  const report = networkReport(found('yy...?'), OPTIONS);
  assert.match(report, /^TURN over UDP: not finished$/m);
  assert.match(report, /^forwarding: could not be tried$/m);
  assert.doesNotMatch(report, /^calls:/m);
});
