// Calls whose media the server forwards.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { closeBrowsers } from '../harness/browser.js';
import { issue } from '../harness/certificate.js';
import { company } from '../harness/company.js';
import { Server, visavisAnywhere, visavisWith } from '../harness/server.js';
import { alwaysInFront, deadMediaPorts, drawnCamera, drawnScreen } from '../harness/stand-ins.js';
import { DESKTOP, KINDS, User } from '../harness/user.js';
import { Lab, obstacle } from '../lab/lab.js';

/** @typedef {import('../harness/browser.js').Kind} Kind */
/** @typedef {import('../harness/participant.js').Forward} Forward */
/** @typedef {import('../harness/user.js').StandIn} StandIn */

const run = promisify(execFile);

const server = new Server(visavisAnywhere);

/** A small picture that is cheap to send, on a page that is cheap to draw: Firefox has its own camera. @type {StandIn} */
const SMALL = [drawnCamera, 1, { rate: 8, scale: 0.5 }];
const SIZE = { width: 700, height: 560 };

const people = company(server);

/** For so long nothing may come before it counts as nothing, ms: figures are taken once a second. */
const SILENCE = 3_500;

/** Somebody in a forwarded room.
 * @param {string} room
 * @param {string} name
 * @param {{kind?: Kind, size?: import('../harness/user.js').Size, standIns?: StandIn[], query?: Record<string, string>}} [options] */
async function join(room, name, { kind = 'chromium', size = SIZE, standIns = kind === 'chromium' ? [SMALL] : [], query = {} } = {}) {
  const shown = { kind, size, standIns: [/** @type {StandIn} */ ([alwaysInFront]), ...standIns] };
  const user = await User.join(server.url, room, name, { ...shown, query: { path: 'forward', ...query } });
  people.push(user);
  return user;
}

/** @param {User} user
 * @returns {Promise<Forward>} its connection with the server */
async function forward(user) {
  return (await user.snapshot()).forward ?? assert.fail(`${user.name} is in no forwarded room`);
}

/** Everyone sees and hears `others`, by way of the server alone.
 * @param {User} user
 * @param {string[]} others */
async function seesAndHears(user, ...others) {
  for (const { path } of await user.sees(...others)) assert.ok(path === 'forward' || path === null);
  await Promise.all(others.map((name) => user.framesAdvance(name)));
  const energy = async () => (await user.snapshot()).participants.reduce((sum, { audio }) => sum + audio.energy, 0);
  const silent = await energy();
  await user.until(`somebody is heard (energy > ${silent})`, async () => (await energy()) > silent);
  for (const name of others) assert.equal((await user.remote(name)).path, 'forward');
  assert.equal(await user.connectionsMade(), 1, 'one connection is enough for everybody');
}

/** Waits until a value has not changed for a while.
 * @param {User} user
 * @param {string} what
 * @param {() => Promise<number>} read */
async function standsStill(user, what, read) {
  let [last, since] = [await read(), performance.now()];
  await user.until(`${what} stands still`, async () => {
    const now = await read();
    if (now !== last) [last, since] = [now, performance.now()];
    return performance.now() - since > SILENCE;
  });
}

test('six people, four in Chromium and two in Firefox, see and hear each other, whoever comes last and whatever their link says', async () => {
  const kinds = /** @type {const} */ (['chromium', 'firefox', 'chromium', 'chromium', 'firefox', 'chromium']);
  const names = ['Ada', 'Grace', 'Linus', 'Barbara', 'Ken', 'Radia'];
  for (const [index, name] of names.entries()) {
    const [kind = 'chromium', first] = [kinds[index], index === 0];
    const standIns = /** @type {StandIn[]} */ (kind === 'chromium' ? [[drawnCamera, index, { rate: 8, scale: 0.5 }]] : []);
    // The first one's link makes the room what it is; the others follow.
    const user = await join('six', name, { kind, standIns, query: first ? {} : { path: 'direct' } });
    if (first) await user.sees();
  }
  await Promise.all(people.map((user) => seesAndHears(user, ...names.filter((name) => name !== user.name))));
  for (const [index, user] of people.entries()) {
    const cipher = await user.until('its cipher is known', async () => (await forward(user)).srtp_cipher);
    assert.match(cipher, /GCM/, `${kinds[index]} encrypts with AES-GCM`);
    assert.equal((await forward(user)).loudest.length, 3);
    // Five are shown, and there were slots for four.
    await user.until('there are slots for all', async () => (await forward(user)).video_slots === 9);
  }
});

test('the picture that comes is as large as its tile, and what nobody watches is not sent', async () => {
  const ada = await join('sizes', 'Ada', { standIns: [[drawnCamera, 1, { rate: 8, scale: 2 }]] });
  const grace = await join('sizes', 'Grace', { standIns: [[drawnCamera, 1, { rate: 8 }]] });
  const bob = await join('sizes', 'Bob', { kind: 'firefox', size: DESKTOP });
  await Promise.all([seesAndHears(bob, 'Ada', 'Grace'), seesAndHears(grace, 'Ada', 'Bob')]);
  const width = async () => (await bob.remote('Ada')).width;
  const pin = async (/** @type {string} */ name) => {
    const { id } = await bob.remote(name);
    await bob.page.$eval(`vv-tile[data-participant="${id}"] .tile-menu`, (button) => /** @type {HTMLElement} */ (button).click());
    await bob.press('pin');
  };
  await grace.drawNothing();
  await pin('Grace');
  // Of so small a camera Chromium would never send the largest of three sizes.
  await bob.until('Grace is as large as her camera', async () => (await bob.remote('Grace')).width === 640, 60_000);
  await bob.until('Ada is small', async () => (await width()) > 0 && (await width()) < 640);
  await ada.until('Ada sends nothing large', async () => {
    const { wanted, sending } = await forward(ada);
    return !wanted['camera']?.includes('f') && !sending.includes('f');
  });
  await pin('Ada');
  // The server has to find out first that the way to Bob takes so much.
  await bob.until('Ada is large', async () => (await width()) >= 1280, 60_000);
  assert.ok((await forward(ada)).wanted['camera']?.includes('f'));
});

for (const kind of KINDS) {
  test(`who looks away, or wants only the sound, is sent no pictures (${kind})`, async () => {
    const ada = await join(`away ${kind}`, 'Ada');
    const bob = await join(`away ${kind}`, 'Bob', { kind });
    await Promise.all([seesAndHears(ada, 'Bob'), seesAndHears(bob, 'Ada')]);
    const frames = async () => (await bob.remote('Ada')).frames.camera;
    const look = (/** @type {string} */ state) => bob.page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { get: () => value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);

    await look('hidden');
    await standsStill(bob, 'the picture of Ada', frames);
    await ada.until('nobody watches Ada', async () => (await forward(ada)).wanted['camera']?.length === 0);
    await bob.audioEnergyRises('Ada');
    await look('visible');
    await bob.framesAdvance('Ada');

    await bob.press('sound-only');
    await bob.shows('notice', 'Only sound');
    await standsStill(bob, 'the picture of Ada', frames);
    await bob.audioEnergyRises('Ada');
    await ada.framesAdvance('Bob');
    await bob.pressIn('notice', 'Show pictures again');
    await bob.framesAdvance('Ada');
    await bob.hides('notice', 'Only sound');
  });

  test(`who is muted is silent, who turns the camera off is not seen, and both come back (${kind})`, async () => {
    const ada = await join(`mute ${kind}`, 'Ada', { kind });
    const bob = await join(`mute ${kind}`, 'Bob');
    await Promise.all([seesAndHears(ada, 'Bob'), seesAndHears(bob, 'Ada')]);
    await ada.press('mute');
    await standsStill(bob, 'the sound of Ada', async () => (await bob.remote('Ada')).audio.packets);
    await ada.press('mute');
    await bob.audioEnergyRises('Ada');
    await ada.press('camera');
    await bob.until('no slot carries the camera of Ada', async () => !(await bob.remote('Ada')).slots['camera']);
    assert.equal(await bob.attribute('vv-tile', 'data-playing'), null);
    await ada.press('camera');
    await bob.framesAdvance('Ada');
  });

  test(`a reloaded page is back in the call, and whoever comes late sees a shared screen (${kind})`, async () => {
    const ada = await join(`late ${kind}`, 'Ada', { standIns: [SMALL, [drawnScreen, 'chosen']] });
    const bob = await join(`late ${kind}`, 'Bob', { kind });
    await Promise.all([seesAndHears(ada, 'Bob'), seesAndHears(bob, 'Ada')]);
    await bob.page.reload();
    await Promise.all([seesAndHears(bob, 'Ada'), ada.framesAdvance('Bob')]);
    await ada.press('share');
    await ada.pressIn('share-dialog', 'Choose what to share');
    await bob.framesAdvance('Ada', 'screen');
    await bob.framesAdvance('Ada');
    const cleo = await join(`late ${kind}`, 'Cleo');
    await Promise.all([cleo.framesAdvance('Ada', 'screen'), cleo.framesAdvance('Bob'), ada.framesAdvance('Cleo')]);
    await ada.press('share');
    await bob.until('the screen is gone', async () => (await bob.page.$('vv-screen-tile')) === null);
  });

  test(`who may use relays only reaches the server through its TURN (${kind})`, async () => {
    const ada = await join(`relay ${kind}`, 'Ada', { kind, query: { ice: 'relay' } });
    const bob = await join(`relay ${kind}`, 'Bob');
    await Promise.all([seesAndHears(ada, 'Bob'), seesAndHears(bob, 'Ada')]);
    const [leg] = await ada.legs();
    assert.equal(leg?.pair?.local.type, 'relay');
  });
}

test('the statistics tell the layer of each tile and what the server does for the room', async () => {
  const ada = await join('figures', 'Ada');
  const bob = await join('figures', 'Bob');
  await Promise.all([seesAndHears(ada, 'Bob'), seesAndHears(bob, 'Ada')]);
  await bob.press('stats');
  await bob.shows('room-figures', 'Sending2');
  await bob.shows('stats-panel', 'picture, ');
  await bob.isAccessible('statistics of a forwarded room');
});

test('who cannot reach the media port of the server is told so', async () => {
  const ada = await join('dead', 'Ada', { standIns: [SMALL, [deadMediaPorts]] });
  await ada.shows('notice', 'media port cannot be reached');
  const bob = await join('dead', 'Bob');
  await ada.sees('Bob');
  await bob.sees('Ada');
  assert.ok(!(await bob.isShown('notice', 'media port')));
});

const problem = await obstacle();
const skip = problem !== '' && `the laboratory cannot be built: ${problem}`;
if (skip) console.log(`NOT TESTED: a publisher whose network is cut; ${skip}`);

test('a publisher whose network is cut is seen again when it is back', { skip }, async () => {
  const host = '203.0.113.1';
  const issued = await issue(host);
  const lab = await Lab.open('public', 'cone', 'cone');
  const product = visavisWith(...issued.options);
  const program = new Server((_, dataDir) => {
    const { command, args } = product(`${host}:443`, dataDir);
    const [enter = '', ...rest] = [...lab.at('server'), command, ...args];
    return { command: enter, args: rest };
  });
  const firewall = (/** @type {'-I' | '-D'} */ change) => {
    const [enter = '', ...rest] = lab.at('ada');
    return run(enter, [...rest, 'iptables', change, 'OUTPUT', '-o', 'eth', '-j', 'DROP']);
  };
  try {
    await program.start();
    const joining = /** @type {const} */ (['ada', 'bob']).map((who) => User.join(`https://${host}`, 'cut', who, {
      query: { path: 'forward' }, trusts: issued, at: lab.at(who), standIns: [[drawnCamera, 1, { scale: 0.5 }]],
    }));
    const [ada, bob] = /** @type {[User, User]} */ (await Promise.all(joining));
    await Promise.all([seesAndHears(ada, 'bob'), seesAndHears(bob, 'ada')]);
    await firewall('-I');
    await standsStill(bob, 'the picture of Ada', async () => (await bob.remote('ada')).frames.camera);
    await ada.until('the connection is noticed to be broken', async () => (await forward(ada)).state !== 'connected');
    await firewall('-D');
    await Promise.all([bob.framesAdvance('ada'), ada.framesAdvance('bob')]);
    await Promise.all([bob.audioEnergyRises('ada'), ada.audioEnergyRises('bob')]);
  } finally {
    await closeBrowsers();
    await lab.close();
    await program.stop();
    await issued.remove();
  }
});
