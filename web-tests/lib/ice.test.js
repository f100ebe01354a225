import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IceServers } from '../../web/lib/ice.js';

const OLD = [{ urls: 'stun:old' }];
const NEW = [{ urls: 'stun:new' }];

/** @param {() => Promise<Response>} answer */
function make(answer) {
  let asked = 0;
  const ice = new IceServers('http://host/api/ice', {
    fetch: () => {
      asked += 1;
      return answer();
    },
  });
  return { ice, asked: () => asked };
}

const answered = async () => Response.json({ ice_servers: NEW, ice_ttl: 3_600 });

test('young servers are used without asking', async () => {
  const { ice, asked } = make(answered);
  ice.set(OLD, 3_600);
  assert.deepEqual([await ice.fresh(), asked()], [OLD, 0]);
});

test('servers past half of their life are replaced, with one question for all who ask', async () => {
  const { ice, asked } = make(answered);
  ice.set(OLD, -1);
  assert.deepEqual(await Promise.all([ice.fresh(), ice.fresh()]), [NEW, NEW]);
  assert.deepEqual([asked(), ice.stale, ice.current], [1, false, NEW]);
});

for (const [why, answer] of /** @type {[string, () => Promise<Response>][]} */ ([
  ['cannot be reached', () => Promise.reject(new TypeError('network'))],
  ['refuses', async () => new Response('', { status: 429 })],
  ['answers nonsense', async () => Response.json({ ice_servers: 1 })],
  ['answers no JSON', async () => new Response('<html>')],
])) {
  test(`the old servers are kept when the server ${why}`, async () => {
    const { ice } = make(answer);
    ice.set(OLD, -1);
    assert.deepEqual(await ice.fresh(), OLD);
  });
}
