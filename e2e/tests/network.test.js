// The network test of the lobby: every way is really tried, said in words, and can be copied.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { UNTRUSTED_HOST, closeBrowsers } from '../harness/browser.js';
import { issue } from '../harness/certificate.js';
import { Proxy } from '../harness/proxy.js';
import { Server, visavisAnywhere, visavisWith } from '../harness/server.js';
import { KINDS, User } from '../harness/user.js';
import { Lab, obstacle } from '../lab/lab.js';
import { en } from '../../web/messages/en.js';
import { enNetwork as words } from '../../web/messages/en-network.js';

/** @typedef {import('../harness/browser.js').Kind} Kind */
/** @typedef {import('../harness/certificate.js').Issued} Issued */
/** @typedef {import('../../web/lib/network-test.js').Line} Line */
/** @typedef {keyof typeof words['states']} State */

const ADDRESS = '203.0.113.1';

/** @type {readonly Line[]} */
const LINES = ['signaling', 'stun', 'udp', 'tcp', 'tls', 'forward'];

const problem = await obstacle();
const skip = problem !== '' && `the laboratory cannot be built: ${problem}`;
if (skip) console.log(`NOT TESTED: a network without UDP; ${skip}`);

/** @type {Issued} */
let issued;
const plain = new Server(visavisAnywhere);
/** With TLS, at all addresses as the other one. */
const secure = new Server((listen, dataDir) => {
  const { command, args } = visavisAnywhere(listen, dataDir);
  return { command, args: [...args, ...issued.options] };
});

before(async () => {
  issued = await issue(UNTRUSTED_HOST, '127.0.0.1', ADDRESS);
  await Promise.all([plain.start(), secure.start()]);
});
after(async () => {
  await closeBrowsers();
  await Promise.all([plain.stop(), secure.stop()]);
  await issued?.remove();
});

/** What the lines say once all of them say something.
 * @param {User} user
 * @returns {Promise<Record<string, string>>} by line */
async function results(user) {
  await user.until('the verdict is there',
    async () => (await user.attribute('[data-testid=network-verdict]', 'data-calls')) !== '');
  const said = await Promise.all(LINES.map((line) => user.page.$eval(`[data-testid=network-${line}] [data-testid=network-result]`, ({ textContent }) => textContent ?? '')));
  return Object.fromEntries(LINES.map((line, index) => [line, said[index] ?? '']));
}

/** @param {Record<string, string>} said
 * @param {Partial<Record<Line, State>>} except those that are to say something else than that they work */
function assertStates(said, except = {}) {
  for (const line of LINES) assert.ok(said[line]?.startsWith(words.states[except[line] ?? 'works']), `${line}: ${said[line]}`);
}

for (const kind of KINDS) {
  test(`with TLS every way works, and the report that is copied says so (${kind})`, async () => {
    // Firefox takes no `turns:` with an address, and what Chromium is told of names does not reach its TURN over UDP.
    const host = kind === 'firefox' ? UNTRUSTED_HOST : '127.0.0.1';
    const ada = await User.visit(`https://${host}:${new URL(secure.url).port}/r/network`, 'Ada', { kind, trusts: issued });
    await ada.press('lobby-network');
    assertStates(await results(ada));
    await ada.shows('network-verdict', words.calls.direct);
    assert.deepEqual(await ada.legs(), [], 'no connection is left open');
    await ada.press('network-copy');
    await ada.shows('network-copy', words.copied);
    const report = await ada.copied();
    assert.match(report, /^calls: direct$/m);
    assert.doesNotMatch(report, /\d+\.\d+\.\d+\.\d+:|127\.0|turns?:|[0-9a-f]{32}/, 'neither addresses nor secrets');
    await ada.isAccessible('the network test');
    await ada.close();
  });

  test(`what a server does not offer is told, a test can be given up, and the call begins after it (${kind})`, async () => {
    const ada = await User.visit(`${plain.url}/r/network-${kind}`, 'Ada', { kind });
    await ada.press('lobby-network');
    await ada.shows('network-dialog');
    await ada.key('Escape');
    await ada.isFocused('lobby-network');
    await ada.until('nothing of it goes on', async () => (await ada.legs()).length === 0);
    await ada.press('lobby-network');
    await results(ada);
    await ada.press('network-again');
    assertStates(await results(ada), { tls: 'absent' });
    await ada.key('Escape');
    await ada.press('lobby-join');
    await ada.sees();
    await ada.close();
  });
}

test('a network test that cannot be fetched is said to be so, and can be asked for again', async () => {
  const proxy = await new Proxy(plain.url).open();
  const ada = await User.visit(`${proxy.url}/r/unfetched`, 'Ada');
  await ada.shows('lobby-join');
  proxy.cut();
  await ada.press('lobby-network');
  await ada.shows('notice', en.lobby.networkMissing);
  proxy.mend();
  await ada.pressIn('notice', en.obstacles.retry);
  await ada.shows('network-dialog');
  await ada.hides('notice', en.lobby.networkMissing);
  await ada.close();
  proxy.close();
});

test('where UDP is blocked the test says so, and that calls go over TCP', { skip }, async () => {
  const lab = await Lab.open('public', 'no-udp', 'cone');
  const product = visavisWith(...issued.options, '--turn-allow-peer', '203.0.113.0/24');
  const server = new Server((_, dataDir) => {
    const { command, args } = product('[::]:443', dataDir);
    const [enter = '', ...rest] = [...lab.at('server'), command, ...args];
    return { command: enter, args: rest };
  });
  try {
    await server.start();
    const ada = await User.visit(`https://${ADDRESS}/r/network`, 'Ada', { trusts: issued, at: lab.at('ada') });
    await ada.press('lobby-network');
    const said = await results(ada);
    assertStates(said, { stun: 'blocked', udp: 'blocked' });
    assert.ok(said['forward']?.startsWith(words.over('TCP')), said['forward']);
    await ada.shows('network-verdict', words.calls.tcp);
    await ada.shows('network-verdict', words.notes.noUdp(443));
    await ada.isAccessible('the network test where UDP is blocked');
  } finally {
    await closeBrowsers();
    await lab.close();
    await server.stop();
  }
});
