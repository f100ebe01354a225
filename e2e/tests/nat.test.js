// Calls between homes behind NATs and firewalls, over the small internet of e2e/lab: which way they find.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { issue } from '../harness/certificate.js';
import { Server, visavisWith } from '../harness/server.js';
import { drawnCamera } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { Lab, obstacle } from '../lab/lab.js';

/** @typedef {import('../harness/certificate.js').Issued} Issued */
/** @typedef {import('../harness/probe.js').Pair} Pair */
/** @typedef {import('../harness/server.js').Program} Program */
/** @typedef {import('../harness/user.js').StandIn} StandIn */
/** @typedef {import('../lab/lab.js').Home} Home */
/** @typedef {import('../lab/lab.js').Site} Site */
/** @typedef {(ada: Pair, bob: Pair) => void} Look fails if these are not the pairs of candidates that it wants */

const ADDRESS = '203.0.113.1';
const ADDRESS_6 = '2001:db8::1';

/** The addresses of this internet are those of examples, which TURN takes for special: here they stand for public ones. */
const OPTIONS = ['--turn-allow-peer', '203.0.113.0/24', '--turn-allow-peer', '2001:db8::/32'];

const problem = await obstacle();
const skip = problem !== '' && `the laboratory cannot be built: ${problem}`;
if (skip) console.log(`NOT TESTED: calls between homes behind NATs; ${skip}`);

/** @type {Issued} */
let issued;
before(async () => {
  issued = await issue(ADDRESS, ADDRESS_6);
});
after(() => issued?.remove());

/**
 * Ada and Bob, each at home, see and hear each other, and go on to do so once `look` finds the pairs that it wants.
 *
 * @param {{ada: Home, bob: Home, site?: Site, host?: string, bobsHost?: string, options?: string[], query?: Record<string, string>}} world
 *   `host`: the server in the address of the page, of Bob's where he names another one; `options`: of the server
 * @param {Look} look
 */
async function call({ ada, bob, site = 'public', host = ADDRESS, bobsHost = host, options = [], query = { path: 'direct' } }, look) {
  const lab = await Lab.open(site, ada, bob);
  const product = visavisWith(...issued.options, ...OPTIONS, ...options);
  const server = new Server((_, dataDir) => inLab(lab, product('[::]:443', dataDir)));
  try {
    await server.start();
    const join = (/** @type {'ada' | 'bob'} */ who, /** @type {StandIn} */ ...camera) =>
      User.join(`https://${who === 'bob' ? bobsHost : host}`, 'homes', who, { query, trusts: issued, at: lab.at(who), standIns: [camera] });
    const people = [join('ada', drawnCamera, 1, { scale: 0.5 }), join('bob', drawnCamera, 2, { scale: 0.5 })];
    await talk(/** @type {[User, User]} */ (await Promise.all(people)), look);
  } finally {
    await closeBrowsers();
    await lab.close();
    await server.stop();
  }
}

/** @param {Lab} lab
 * @param {Program} program
 * @returns {Program} the same, where the server is */
function inLab(lab, { command, args }) {
  const [enter = '', ...rest] = [...lab.at('server'), command, ...args];
  return { command: enter, args: rest };
}

/** @param {[User, User]} people
 * @param {Look} look */
async function talk([ada, bob], look) {
  await Promise.all([ada.seesAndHears('bob'), bob.seesAndHears('ada')]);
  // A browser may begin with a pair that works, and find a better one while the picture moves already.
  await ada.until('the browsers are on the pairs that are wanted', async () => {
    look(await pairOf(ada), await pairOf(bob));
    return true;
  });
  await Promise.all([ada.framesAdvance('bob'), bob.framesAdvance('ada')]);
}

/** @param {User} user
 * @returns {Promise<Pair>} what its one connection has selected */
async function pairOf(user) {
  const legs = await user.legs();
  assert.equal(legs.length, 1);
  return legs[0]?.pair ?? assert.fail(`${user.name} has no pair`);
}

/** From one router to the other, and nowhere else.
 * @type {Look} */
function throughTheRouters(ada, bob) {
  for (const [{ local, remote }, router] of /** @type {const} */ ([[ada, '203.0.113.11'], [bob, '203.0.113.12']])) {
    assert.match(`${local.type} ${remote.type}`, /^(srflx|prflx) (srflx|prflx)$/);
    assert.equal(local.address, router);
  }
}

/** Through the server, which all who have a relay have asked in this way.
 * @param {string | null} protocol null: whatever the browser prefers
 * @param {Pair[]} pairs
 * @param {string} [address] of the relays */
function relayedOver(protocol, pairs, address = ADDRESS) {
  const relays = pairs.map(({ local }) => local).filter(({ type }) => type === 'relay');
  assert.ok(relays.length > 0, 'nobody has a relay');
  for (const { relayProtocol, address: at } of relays) {
    assert.deepEqual([relayProtocol, at], [protocol ?? relayProtocol, address]);
  }
  for (const { local, remote } of pairs) assert.ok([local.type, remote.type].includes('relay'), `${local.type} ${remote.type}`);
}

/** Ada has the relay, and comes to it in this way; Bob may do what he likes.
 * @param {string} protocol
 * @returns {Look} */
const adasRelay = (protocol) => (ada, bob) => {
  relayedOver(protocol, [ada]);
  assert.ok([bob.local.type, bob.remote.type].includes('relay'));
};

test('two homes behind cone NATs reach each other directly', { skip }, () =>
  call({ ada: 'cone', bob: 'cone' }, throughTheRouters));

for (const ada of /** @type {const} */ (['cone', 'symmetric'])) {
  test(`homes behind a ${ada} and a symmetric NAT meet at a relay over UDP`, { skip }, () =>
    call({ ada, bob: 'symmetric' }, (...pairs) => relayedOver('udp', pairs)));
}

test('a home without UDP comes to its relay over TCP', { skip }, () =>
  call({ ada: 'no-udp', bob: 'cone' }, adasRelay('tcp')));

// That is TURN without TLS, beside the page: nothing but the port is looked at here, and browsers rather do without.
test('a home that is let out to port 443 only comes to its relay over TCP', { skip }, () =>
  call({ ada: 'only-443', bob: 'cone' }, adasRelay('tcp')));

test('a home that may speak nothing but TLS on port 443 comes to its relay over TLS', { skip }, () =>
  call({ ada: 'only-tls', bob: 'cone' }, adasRelay('tls')));

test('a server behind a 1:1 NAT relays at its public address', { skip }, () =>
  call({ site: 'private', ada: 'cone', bob: 'symmetric', options: ['--public-ip', ADDRESS] }, (...pairs) => relayedOver('udp', pairs)));

test('two homes with IPv6 alone reach each other directly, through firewalls', { skip }, () =>
  call({ ada: 'ipv6', bob: 'ipv6', host: `[${ADDRESS_6}]` }, (ada, bob) => {
    assert.deepEqual([ada.local.address, bob.local.address], ['2001:db8:1::2', '2001:db8:2::2']);
    for (const { local, remote } of [ada, bob]) assert.match(`${local.type} ${remote.type}`, /^(host|prflx) (host|prflx)$/);
  }));

test('two homes with IPv6 alone meet at IPv4 relays of a server that has both', { skip }, () => {
  const options = ['--public-ip', ADDRESS, '--public-ip', ADDRESS_6];
  return call({ ada: 'ipv6', bob: 'ipv6', host: `[${ADDRESS_6}]`, options, query: { ice: 'relay', path: 'direct' } }, (...pairs) => relayedOver(null, pairs));
});

test('two homes with IPv6 alone meet at IPv6 relays of a server that knows no IPv4 address of its own', { skip }, () =>
  call({ ada: 'ipv6', bob: 'ipv6', host: `[${ADDRESS_6}]`, query: { ice: 'relay', path: 'direct' } }, (...pairs) => relayedOver(null, pairs, ADDRESS_6)));

/** How somebody's one connection comes to the server, and where.
 * @param {Pair} pair */
function serversEnd({ local, remote: { protocol, address, port } }) {
  return `${local.relayProtocol ?? protocol} ${address} ${port}`;
}

/** @param {string} adas
 * @param {string} bobs
 * @returns {Look} */
const forwardedBy = (adas, bobs) => (...pairs) => assert.deepEqual(pairs.map(serversEnd), [adas, bobs]);

const forwarded = { query: { path: 'forward' } };

test('a server behind a 1:1 NAT forwards at its public address', { skip }, () =>
  call({ ...forwarded, site: 'private', ada: 'cone', bob: 'symmetric', options: ['--public-ip', ADDRESS] },
    forwardedBy(`udp ${ADDRESS} 443`, `udp ${ADDRESS} 443`)));

// By ICE over TCP, or by a relay that is asked for over TCP: the browser takes what answers first.
test('a server behind a 1:1 NAT forwards over TCP to a home that is let out to port 443 only', { skip }, () =>
  call({ ...forwarded, site: 'private', ada: 'only-443', bob: 'cone', options: ['--public-ip', ADDRESS] },
    forwardedBy(`tcp ${ADDRESS} 443`, `udp ${ADDRESS} 443`)));

test('a server with several addresses forwards between homes with IPv6 and with IPv4 alone', { skip }, () =>
  call({ ...forwarded, ada: 'ipv6', bob: 'cone', host: `[${ADDRESS_6}]`, bobsHost: ADDRESS },
    forwardedBy(`udp ${ADDRESS_6} 443`, `udp ${ADDRESS} 443`)));
