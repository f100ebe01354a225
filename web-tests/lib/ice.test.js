import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { IceServers } from '../../web/lib/ice.js';
import { reset } from './helpers/call.js';
import { PeerConnectionClass, ScriptedPeerConnection } from './helpers/peer-connection.js';

const OLD = [{ urls: 'stun:old' }];
const NEW = [{ urls: 'stun:new' }];

beforeEach(reset);

/** @param {() => Promise<Response>} answer */
function make(answer) {
  let asked = 0;
  const ice = new IceServers('http://host/api/ice', {
    RTCPeerConnection: PeerConnectionClass,
    fetch: () => {
      asked += 1;
      return answer();
    },
  });
  const known = () => ice.use((servers) => servers);
  /** @param {RTCIceServer[]} servers */
  const givenOf = (servers) => {
    ice.set(servers, 3_600);
    return ice.use((iceServers) => new PeerConnectionClass({ iceServers }).getConfiguration().iceServers);
  };
  return { ice, asked: () => asked, known, givenOf };
}

const answered = async () => Response.json({ ice_servers: NEW, ice_ttl: 3_600 });

test('young servers are used without asking', async () => {
  const { ice, asked, known } = make(answered);
  ice.set(OLD, 3_600);
  await ice.freshen();
  assert.deepEqual([known(), asked()], [OLD, 0]);
});

test('servers past half of their life are replaced, with one question for all who ask', async () => {
  const { ice, asked, known } = make(answered);
  ice.set(OLD, -1);
  const asking = [ice, ice].map((each) => each.freshen().then(known));
  assert.deepEqual(await Promise.all(asking), [NEW, NEW]);
  assert.deepEqual([asked(), ice.stale, known()], [1, false, NEW]);
});

for (const [why, answer] of /** @type {[string, () => Promise<Response>][]} */ ([
  ['cannot be reached', () => Promise.reject(new TypeError('network'))],
  ['refuses', async () => new Response('', { status: 429 })],
  ['answers nonsense', async () => Response.json({ ice_servers: 1 })],
  ['answers no JSON', async () => new Response('<html>')],
])) {
  test(`the old servers are kept when the server ${why}`, async () => {
    const { ice, known } = make(answer);
    ice.set(OLD, -1);
    await ice.freshen();
    assert.deepEqual(known(), OLD);
  });
}

test('of addresses that the browser does not take, the others of the same server stay', () => {
  ScriptedPeerConnection.refused = new Set(['turn:a:6000', 'stun:']);
  const { givenOf } = make(answered);
  const turn = { username: 'u', credential: 'c' };
  assert.deepEqual(givenOf([{ ...turn, urls: ['turn:a:6000', 'turn:a'] }, { urls: 'stun:' }, { urls: 'stun:b' }]), [
    { ...turn, urls: ['turn:a'] },
    { urls: ['stun:b'] },
  ]);
  assert.deepEqual(givenOf([{ urls: 'stun:' }]), []);
  assert.equal(ScriptedPeerConnection.made.filter(({ closed }) => !closed).length, 2);
});

test('servers that the browser takes are tried by nobody', () => {
  const { givenOf } = make(answered);
  assert.deepEqual(givenOf(NEW), NEW);
  assert.equal(ScriptedPeerConnection.made.length, 1);
});

test('what fails for another reason than the servers fails as before, and costs no server', () => {
  const { ice, known } = make(answered);
  ice.set(NEW, 3_600);
  const fail = () => {
    throw new DOMException('closed', 'InvalidStateError');
  };
  ice.on('error', () => assert.fail('the servers are not to blame'));
  assert.throws(() => ice.use(fail), { name: 'InvalidStateError' });
  assert.deepEqual(known(), NEW);
});

test('an address that the browser does not take is complained about once, however often it is handed out', () => {
  ScriptedPeerConnection.refused = new Set(['stun:']);
  const { ice, givenOf } = make(answered);
  /** @type {string[]} */ const complaints = [];
  ice.on('error', ({ code }) => complaints.push(code));
  for (let time = 0; time < 3; time += 1) givenOf([{ urls: 'stun:' }]);
  assert.deepEqual(complaints, ['ice-server']);
});
