// Each way to this server's TURN that browsers are offered, alone: UDP, TCP, and TLS.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { UNTRUSTED_HOST, closeBrowsers } from '../harness/browser.js';
import { issue } from '../harness/certificate.js';
import { Server, visavisWith } from '../harness/server.js';
import { onlyIceServer } from '../harness/stand-ins.js';
import { KINDS, User } from '../harness/user.js';

/** @typedef {import('../harness/browser.js').Kind} Kind */
/** @typedef {import('../harness/certificate.js').Issued} Issued */
/** @typedef {import('../harness/user.js').StandIn} StandIn */

/** The one address of an ICE server that is left, by what it begins and ends with. */
const WAYS = /** @type {const} */ ({
  udp: ['turn:', '?transport=udp'],
  tcp: ['turn:', '?transport=tcp'],
  tls: ['turns:', '?transport=tcp'],
});

/** @type {Issued} */
let issued;
/** @type {Server} */
let server;
/** Host and port for a browser. Firefox takes no `turns:` with an address, and what Chromium is told of names does not reach
 * its TURN over UDP.
 * @param {Kind} kind */
const host = (kind) => `${kind === 'firefox' ? UNTRUSTED_HOST : '127.0.0.1'}:${new URL(server.url).port}`;

before(async () => {
  issued = await issue(UNTRUSTED_HOST, '127.0.0.1');
  server = await new Server(visavisWith(...issued.options)).start();
});
after(async () => {
  await closeBrowsers();
  await server?.stop();
  await issued?.remove();
});

/** Somebody who may use relays only, and reach them in one way only.
 * @param {keyof typeof WAYS} way
 * @param {string} name
 * @param {Kind} kind */
function join(way, name, kind) {
  const standIns = [/** @type {StandIn} */ ([onlyIceServer, ...WAYS[way]])];
  return User.join(`https://${host(kind)}`, `${way} ${kind}`, name, { kind, query: { ice: 'relay', path: 'direct' }, trusts: issued, standIns });
}

/** @param {User} user
 * @returns {Promise<string[]>} the addresses of ICE servers that its connections got */
function iceServers(user) {
  return user.page.evaluate(() => /** @type {any} */ (window).probe.connections.flatMap(
    (/** @type {RTCPeerConnection} */ connection) => connection.getConfiguration().iceServers?.flatMap(({ urls }) => urls)));
}

for (const kind of KINDS) {
  for (const [way, [beginning, end]] of Object.entries(WAYS)) {
    test(`two people see and hear each other through TURN over ${way.toUpperCase()} alone (${kind})`, async () => {
      const ada = await join(/** @type {keyof typeof WAYS} */ (way), 'Ada', kind);
      const bob = await join(/** @type {keyof typeof WAYS} */ (way), 'Bob', kind);
      await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);
      for (const one of [ada, bob]) {
        assert.deepEqual(await iceServers(one), [`${beginning}${host(kind)}${end}`]);
        const [leg] = await one.legs();
        assert.equal(leg?.pair?.local.type, 'relay');
        assert.equal(leg.pair.local.relayProtocol, way);
      }
      await Promise.all([ada.close(), bob.close()]);
    });
  }
}
