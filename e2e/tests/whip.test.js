// Media in by WHIP and out by WHEP, between browsers and aiortc.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Aiortc } from '../harness/aiortc.js';
import { closeBrowsers } from '../harness/browser.js';
import { Server } from '../harness/server.js';
import { drawnCamera } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

/** A small picture that is cheap to send. @type {import('../harness/user.js').StandIn} */
const SMALL = [drawnCamera, 1, { rate: 15 }];

/** @param {string} room
 * @param {string} name */
const join = (room, name) => User.join(server.url, room, name, { standIns: [SMALL], query: { path: 'forward' } });

/** @param {string} path
 * @param {Record<string, string>} query */
const address = (path, query) => new URL(`${path}?${new URLSearchParams(query)}`, server.url).href;

test('whoever publishes by WHIP is seen and heard in the call under their name, and is gone when they end', async () => {
  const ada = await join('in', 'Ada');
  const stage = new Aiortc('publish', address('/whip/in', { name: 'The stage' }));
  assert.deepEqual(await stage.says(), { published: true });
  const [seen] = await ada.sees('The stage');
  assert.equal(seen?.kind, 'whip');
  await ada.framesAdvance('The stage');
  assert.equal((await ada.remote('The stage')).path, 'forward');
  assert.equal((await ada.remote('The stage')).width, 320);
  const energy = async () => (await ada.snapshot()).participants.reduce((sum, { audio }) => sum + audio.energy, 0);
  const silent = await energy();
  await ada.until('the stage is heard', async () => (await energy()) > silent);
  assert.equal(await ada.connectionsMade(), 1, 'nobody connects to a publisher by WHIP');
  assert.deepEqual(await stage.end(), { deleted: 200 });
  await ada.sees();
  await ada.close();
});

test('whoever is in a call can be watched and heard by WHEP, and sees nobody more for that', async () => {
  const ada = await join('out', 'Ada');
  const bob = await join('out', 'Bob');
  await bob.framesAdvance('Ada');
  const others = await ada.watchOthers();
  const viewer = new Aiortc('watch', address('/whep/out', { participant: 'Ada' }));
  assert.deepEqual(await viewer.says(), { watching: true });
  const { seen, heard } = await viewer.says();
  assert.ok(seen.frames >= 10 && seen.size[0] > 0, JSON.stringify(seen));
  assert.ok(heard.loudest > 0, 'the beep of the fake microphone');
  assert.deepEqual(await viewer.end(), { deleted: 200 });
  assert.equal((await others()).most, 1);
  await Promise.all([ada.close(), bob.close()]);
});

/**
 * What a page does that publishes by WHIP: complete in itself, for it runs there.
 *
 * @param {string} url
 * @returns {Promise<{status: number, state: string}>}
 */
async function publish(url) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const pc = new RTCPeerConnection();
  for (const track of stream.getTracks()) pc.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
  await pc.setLocalDescription();
  const headers = { 'content-type': 'application/sdp' };
  const answer = await fetch(url, { method: 'POST', headers, body: pc.localDescription?.sdp ?? '' });
  await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  Object.assign(window, { published: { pc, session: answer.headers.get('location'), tag: answer.headers.get('etag') } });
  await new Promise((resolve) => {
    pc.onconnectionstatechange = () => pc.connectionState !== 'connecting' && resolve(undefined);
  });
  return { status: answer.status, state: pc.connectionState };
}

/**
 * Restarts ICE as a page does that has moved to another network: the answer of before with what has changed in it.
 *
 * @returns {Promise<{status: number, changed: boolean}>}
 */
async function restart() {
  const { pc, session, tag } = /** @type {any} */ (window).published;
  const attribute = (/** @type {string} */ sdp, /** @type {string} */ name) => new RegExp(`^a=${name}:(.*?)\r?$`, 'm').exec(sdp)?.[1] ?? '';
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
  const lines = ['ice-ufrag', 'ice-pwd'].map((name) => `a=${name}:${attribute(pc.localDescription.sdp, name)}\r\n`);
  const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' };
  const answer = await fetch(session, { method: 'PATCH', headers, body: lines.join('') });
  const fragment = await answer.text();
  const sdp = ['ice-ufrag', 'ice-pwd'].reduce(
    (before, name) => before.replaceAll(new RegExp(`^a=${name}:.*?(\r?)$`, 'gm'), `a=${name}:${attribute(fragment, name)}$1`),
    pc.remoteDescription.sdp,
  );
  await pc.setRemoteDescription({ type: 'answer', sdp });
  return { status: answer.status, changed: answer.headers.get('etag') !== tag };
}

/** Whether the pair of candidates in use is one of the newest ICE session.
 * @returns {Promise<boolean>} */
async function isRestarted() {
  const { pc } = /** @type {any} */ (window).published;
  const stats = await pc.getStats();
  const transport = [...stats.values()].find(({ type }) => type === 'transport');
  const pair = stats.get(transport?.selectedCandidatePairId);
  const { usernameFragment = '' } = stats.get(pair?.localCandidateId) ?? {};
  return usernameFragment !== '' && pc.localDescription.sdp.includes(`a=ice-ufrag:${usernameFragment}`);
}

test('a page publishes by WHIP, goes on after an ICE restart, and is gone when it closes its connection', async () => {
  const ada = await join('page', 'Ada');
  const page = await User.visit(server.url, 'a page that publishes', { standIns: [SMALL] });
  const url = address('/whip/page', { name: 'A page' });
  assert.deepEqual(await page.page.evaluate(publish, url), { status: 201, state: 'connected' });
  await ada.sees('A page');
  await ada.framesAdvance('A page');
  assert.deepEqual(await page.page.evaluate(restart), { status: 200, changed: true });
  await page.until('the new ICE session is in use', () => page.page.evaluate(isRestarted));
  await ada.framesAdvance('A page');
  await page.page.evaluate(() => /** @type {any} */ (window).published.pc.close());
  await ada.sees();
  await Promise.all([ada.close(), page.close()]);
});
