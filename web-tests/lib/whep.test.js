import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Whep } from '../../web/lib/whep.js';
import { reset } from './helpers/call.js';
import { PeerConnectionClass, ScriptedPeerConnection, StreamClass } from './helpers/peer-connection.js';
import { settle } from './helpers/tick.js';

beforeEach(reset);

const ENDPOINT = 'https://host/whep/r?participant=Ada';
const RESOURCE = 'https://host/whep/r/1';

/** The pauses after attempts that came to nothing, one after the other. */
const PAUSES = [1_000, 2_000, 4_000, 7_000, 10_000, 10_000];

/** A server whose answers are the test's, and a client of it.
 * @param {{token?: string}} [options] */
function make(options = {}) {
  /** @type {{url: string, method: string, headers: Record<string, string>, keepalive: boolean, body: string}[]} */
  const requests = [];
  /** @type {((answer: Response | Error) => void)[]} */ const open = [];
  const whep = new Whep({
    url: ENDPOINT,
    ...options,
    platform: {
      RTCPeerConnection: PeerConnectionClass,
      MediaStream: StreamClass,
      fetch: (url, { method = '', headers = {}, keepalive = false, body = '' } = {}) => {
        requests.push({ url: String(url), method, headers: /** @type {any} */ (headers), keepalive, body: String(body) });
        if (method === 'DELETE') return Promise.resolve(new Response(''));
        return new Promise((resolve, reject) => {
          open.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
        });
      },
      random: () => 0,
    },
  });
  /** @type {string[]} */ const states = [];
  whep.on('state', ({ state, why, sentence }) => states.push([state, why, sentence].filter(Boolean).join(' ')));
  const of = (/** @type {string} */ method) => requests.filter((request) => request.method === method);
  /** @param {Response | Error} answer to the one request that is open */
  const answer = async (answer) => {
    await settle();
    assert.equal(open.length, 1, 'one offer waits for its answer');
    open.shift()?.(answer);
    await settle();
  };
  /** @param {number} status
   * @param {string} sentence
   * @param {Record<string, string>} [headers] */
  const refuse = (status, sentence, headers = {}) =>
    answer(new Response(`${sentence}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } }));
  const accept = () => answer(new Response('v=0\r\n', { status: 201, headers: { location: '/whep/r/1' } }));
  return { whep, states, posts: () => of('POST'), deletes: () => of('DELETE'), answer, refuse, accept };
}

/** A client whose connection is up. */
async function playing() {
  const made = make();
  made.whep.start();
  await made.accept();
  ScriptedPeerConnection.last.become('connected');
  return made;
}

test('an offer to receive one picture and one sound is answered, and plays once the connection is up', async () => {
  const { whep, states, posts, accept } = make();
  whep.start();
  await settle();
  const pc = ScriptedPeerConnection.last;
  assert.deepEqual(pc.getTransceivers().map(({ kind, direction }) => [kind, direction]), [['video', 'recvonly'], ['audio', 'recvonly']]);
  const [post] = posts();
  assert.deepEqual([post?.url, post?.headers, post?.body], [ENDPOINT, { 'content-type': 'application/sdp' }, pc.localDescription.sdp]);
  await accept();
  assert.deepEqual([pc.remoteDescription, states], [{ type: 'answer', sdp: 'v=0\r\n' }, ['connecting']]);
  pc.become('connected');
  assert.deepEqual(states, ['connecting', 'playing']);
  const tracks = whep.told.stream?.getTracks().map(({ kind }) => kind);
  assert.deepEqual(tracks, ['video', 'audio']);
});

test('while nobody is there it is tried again, after pauses that grow up to ten seconds, and told once', async () => {
  const { whep, states, posts, refuse, accept } = make();
  whep.start();
  await refuse(404, 'nobody');
  for (const [index, pause] of PAUSES.entries()) {
    mock.timers.tick(pause - 1);
    await settle();
    assert.equal(posts().length, index + 1, `nothing before ${pause} ms`);
    mock.timers.tick(1);
    await refuse(404, 'nobody');
    assert.equal(posts().length, index + 2, `after ${pause} ms`);
  }
  assert.deepEqual(states, ['connecting', 'waiting nobody nobody']);
  mock.timers.tick(10_000);
  await accept();
  ScriptedPeerConnection.last.become('connected');
  assert.deepEqual(states.slice(2), ['connecting', 'playing']);
  assert.equal(ScriptedPeerConnection.made.filter(({ closed }) => !closed).length, 1, 'the others are closed');
});

test('a busy server is heard, and asked again when it says so, but after a minute at most', async () => {
  for (const [status, after, wait] of /** @type {const} */ ([[503, '12', 12_000], [429, '3600', 60_000], [503, 'tomorrow', 1_000]])) {
    const { whep, states, posts, refuse } = make();
    whep.start();
    await refuse(status, 'too many rooms', { 'retry-after': after });
    assert.deepEqual(states, ['connecting', 'waiting busy too many rooms']);
    mock.timers.tick(wait - 1);
    await settle();
    assert.equal(posts().length, 1, `not before ${wait} ms`);
    mock.timers.tick(1);
    await settle();
    assert.equal(posts().length, 2, `after ${wait} ms`);
    whep.stop();
  }
});

test('a server that wants a token is asked again with one, and not before', async () => {
  const { whep, states, posts, deletes, refuse, accept } = make();
  whep.start();
  await refuse(401, 'a token');
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual([states, posts().length], [['connecting', 'refused token a token'], 1]);
  whep.use('secret');
  assert.deepEqual(states.slice(2), ['connecting']);
  await refuse(401, 'a token');
  assert.deepEqual(states.slice(3), ['refused token a token'], 'a wrong token is asked for again');
  whep.use('another');
  await accept();
  whep.stop();
  assert.deepEqual(posts().map(({ headers }) => headers['authorization']), [undefined, 'Bearer secret', 'Bearer another']);
  assert.equal(deletes()[0]?.headers['authorization'], 'Bearer another');
});

test('a token that is known is given at once', async () => {
  const { whep, posts } = make({ token: 'secret' });
  whep.start();
  await settle();
  assert.equal(posts()[0]?.headers['authorization'], 'Bearer secret');
});

test('what is refused for good is not tried again by itself', async () => {
  for (const status of [400, 403, 409]) {
    const { whep, states, posts, refuse } = make();
    whep.start();
    await refuse(status, 'no');
    mock.timers.tick(60_000);
    await settle();
    assert.deepEqual([states, posts().length], [['connecting', 'refused refused no'], 1], `${status}`);
    whep.start();
    await settle();
    assert.equal(posts().length, 2, `${status}, once more by hand`);
    whep.stop();
  }
});

test('the words of a proxy are not passed on as those of the server', async () => {
  const { whep, states, answer } = make();
  whep.start();
  await answer(new Response('<html>', { status: 403, headers: { 'content-type': 'text/html' } }));
  assert.deepEqual(states, ['connecting', 'refused refused']);
});

test('who leaves says so to the server, also while the page goes away, and asks for nothing more', async () => {
  const { whep, states, posts, deletes } = await playing();
  whep.stop();
  assert.deepEqual(deletes().map(({ url, keepalive }) => [url, keepalive]), [[RESOURCE, true]]);
  assert.equal(ScriptedPeerConnection.last.closed, true);
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual([posts().length, deletes().length, states], [1, 1, ['connecting', 'playing', 'idle']]);
});

test('who leaves while nobody is there waits no more, and whoever comes back begins with a short pause again', async () => {
  const { whep, states, posts, refuse } = make();
  whep.start();
  await refuse(404, 'nobody');
  whep.stop();
  mock.timers.tick(60_000);
  await settle();
  assert.equal(posts().length, 1);
  whep.start();
  await settle();
  whep.stop();
  await refuse(404, 'nobody');
  assert.equal(states.at(-1), 'idle', 'an answer that comes late is not told');
  whep.start();
  await refuse(404, 'nobody');
  mock.timers.tick(1_000);
  await settle();
  assert.equal(posts().length, 4);
});

test('who leaves before the answer gives back what the server then has made', async () => {
  const { whep, states, deletes, accept } = make();
  whep.start();
  await settle();
  whep.stop();
  await accept();
  assert.deepEqual([deletes().map(({ url }) => url), states], [[RESOURCE], ['connecting', 'idle']]);
  assert.equal(ScriptedPeerConnection.last.remoteDescription, null);
});

test('there is never more than one attempt at a time', async () => {
  const { whep, posts, refuse, accept } = make();
  whep.start();
  whep.start();
  whep.use('secret');
  await settle();
  assert.equal(posts().length, 1);
  await refuse(404, 'nobody');
  whep.start();
  await settle();
  assert.equal(posts().length, 2, 'who does not want to wait does not have to');
  mock.timers.tick(60_000);
  await settle();
  assert.equal(posts().length, 2, 'and what was to come then does not come as well');
  await accept();
  ScriptedPeerConnection.last.become('connected');
  whep.start();
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual([posts().length, ScriptedPeerConnection.made.length], [2, 2]);
});

test('a connection that is down for a moment goes on, one that stays down is given back and made anew', async () => {
  const { states, posts, deletes } = await playing();
  const pc = ScriptedPeerConnection.last;
  pc.become('disconnected');
  mock.timers.tick(2_999);
  pc.become('connected');
  mock.timers.tick(60_000);
  assert.deepEqual([states, deletes()], [['connecting', 'playing'], []]);
  pc.become('disconnected');
  mock.timers.tick(3_000);
  assert.deepEqual([states.slice(2), pc.closed], [['ended lost'], true]);
  assert.deepEqual(deletes().map(({ url }) => url), [RESOURCE]);
  mock.timers.tick(1_000);
  await settle();
  assert.equal(posts().length, 2);
});

test('a connection that fails is made anew at once, and with pauses where it fails each time', async () => {
  const { states, posts, accept, refuse } = await playing();
  ScriptedPeerConnection.last.become('closed');
  assert.deepEqual(states.slice(2), ['ended lost']);
  mock.timers.tick(1_000);
  await accept();
  ScriptedPeerConnection.last.become('connected');
  mock.timers.tick(4_999);
  ScriptedPeerConnection.last.become('failed');
  mock.timers.tick(1_999);
  await settle();
  assert.equal(posts().length, 2, 'it did not hold for long');
  mock.timers.tick(1);
  await accept();
  ScriptedPeerConnection.last.become('connected');
  mock.timers.tick(5_000);
  ScriptedPeerConnection.last.become('failed');
  mock.timers.tick(1_000);
  await settle();
  assert.equal(posts().length, 4, 'it did');

  await accept();
  ScriptedPeerConnection.last.become('connected');
  mock.timers.tick(4_500);
  ScriptedPeerConnection.last.become('failed');
  mock.timers.tick(2_000);
  await refuse(404, 'nobody');
  mock.timers.tick(3_999);
  await settle();
  assert.equal(posts().length, 5, 'what is gone does not become steady any more');
});

for (const [what, happen] of /** @type {[string, (made: ReturnType<typeof make>) => Promise<void>][]} */ ([
  ['cannot be reached', ({ answer }) => answer(new TypeError('network'))],
  ['has trouble of its own', ({ refuse }) => refuse(500, 'trouble')],
  ['answers what is no answer', ({ answer }) => answer(new Response('broken', { status: 201 }))],
  ['sends nothing', async ({ accept }) => {
    await accept();
    mock.timers.tick(12_000);
  }],
])) {
  test(`a server that ${what} is tried again`, async () => {
    const made = make();
    made.whep.start();
    await happen(made);
    assert.equal(made.states.at(-1), 'ended unreachable');
    assert.equal(ScriptedPeerConnection.last.closed, true);
    mock.timers.tick(1_000);
    await settle();
    assert.equal(made.posts().length, 2);
  });
}
