// Does the page stay quick, and still, while it shows nine people?
//
//   make bench-tiles          ARGS="--rounds 5"
//
// Somebody is in a call, traced; eight others join it one by one, are all seen, and four of them leave one by one. The
// longest tasks of the main thread are told twice: as they took on the clock, which on a machine that runs all nine browsers
// counts the waiting for a processor too, and in CPU time, which is what the page itself costs. Figures are printed, never
// judged. The others are in a browser of their own, which is not traced, silent, and draw nothing: one machine has to be
// enough for all nine.

import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeBrowsers } from '../harness/browser.js';
import { Server } from '../harness/server.js';
import { drawnCamera } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { table } from './figures.js';

/** @typedef {{cat: string, name: string, ph: string, pid: number, tid: number, dur?: number, tdur?: number, args: any}} TraceEvent */
/** @typedef {{wall: number, cpu: number}} Longest in milliseconds */

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });

/** How long eight others may take on a busy machine, in milliseconds. */
const PATIENCE = 180_000;

const server = await new Server().start();
/** @type {Record<string, Longest[]>} */
const phases = { 'page load': [], 'eight join': [], 'nine tiles, 10 s': [], 'four leave': [] };
/** @type {number[]} */
const shifts = [];
try {
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    await measure(`nine-${round}`);
    process.stderr.write(`round ${round} of ${values.rounds}\n`);
  }
  for (const of of /** @type {const} */ (['wall', 'cpu'])) {
    const series = Object.entries(phases).map(([name, longest]) => ({ name, values: longest.map((one) => one[of]) }));
    process.stdout.write(`\nlongest task of the main thread, ms of ${of === 'wall' ? 'the clock' : 'CPU time'}\n${table(series)}\n`);
  }
  process.stdout.write(`\nlayout shifts in all rounds: ${shifts.reduce((sum, count) => sum + count, 0)}\n`);
} finally {
  await closeBrowsers();
  await server.stop();
}

/** @param {string} room */
async function measure(room) {
  const ada = await come(room, 'Ada', 0);
  phases['page load']?.push(await longest(ada, async () => {
    await ada.page.reload();
    await joined(ada);
  }));
  await watchShifts(ada);
  /** @type {User[]} */
  const others = [];
  phases['eight join']?.push(await longest(ada, async () => {
    for (let number = 1; number < 9; number += 1) {
      const other = await come(room, `Guest ${number}`, number);
      await other.drawNothing();
      others.push(other);
      await seen(ada, number);
    }
  }));
  phases['nine tiles, 10 s']?.push(await longest(ada, () => new Promise((resolve) => setTimeout(resolve, 10_000))));
  phases['four leave']?.push(await longest(ada, async () => {
    for (const one of others.splice(4)) await one.close();
    await seen(ada, 4);
  }));
  shifts.push(await ada.page.evaluate(() => /** @type {any} */ (window).shifts.length));
  for (const one of [ada, ...others]) await one.close();
}

/**
 * @param {string} room
 * @param {string} name
 * @param {number} number
 */
async function come(room, name, number) {
  const guest = /** @type {const} */ ({ devices: 'no-camera', query: { mic: 'off' } });
  const user = await User.join(server.url, room, name, { standIns: [[drawnCamera, number, { rate: 3, scale: 0.6 }]], ...(number > 0 && guest) });
  await joined(user);
  return user;
}

/** @param {User} user */
function joined(user) {
  return user.until('the call is joined', () => user.page.evaluate(
    () => /** @type {any} */ (window).visavis?.snapshot().state === 'joined'), PATIENCE);
}

/**
 * @param {User} user
 * @param {number} others
 */
function seen(user, others) {
  return user.until(`${others} pictures are there`, () => user.page.$$eval('vv-stage vv-tile', (tiles, count) =>
    tiles.length === count && tiles.every((tile) => (tile.querySelector('video')?.videoWidth ?? 0) > 0), others), PATIENCE);
}

/** @param {User} user */
function watchShifts(user) {
  return user.page.evaluate(() => {
    const page = /** @type {any} */ (window);
    page.shifts = [];
    new PerformanceObserver((list) => page.shifts.push(...list.getEntries())).observe({ type: 'layout-shift' });
  });
}

/**
 * @param {User} user
 * @param {() => Promise<unknown>} deed what is done meanwhile
 * @returns {Promise<Longest>}
 */
async function longest(user, deed) {
  const path = join(tmpdir(), `visavis-tiles-${process.pid}.json`);
  await user.page.evaluate(() => performance.mark('visavis-bench'));
  await user.page.tracing.start({ path, categories: ['toplevel', 'blink.user_timing', 'disabled-by-default-devtools.timeline'] });
  await deed();
  await user.page.evaluate(() => performance.mark('visavis-bench'));
  await user.page.tracing.stop();
  const { traceEvents: events } = /** @type {{traceEvents: TraceEvent[]}} */ (JSON.parse(await readFile(path, 'utf8')));
  await rm(path);
  const own = events.find(({ name, cat }) => name === 'visavis-bench' && cat.includes('user_timing'));
  const tasks = events.filter(({ name, ph, pid, tid }) => ph === 'X' && pid === own?.pid && tid === own?.tid && name.includes('RunTask'));
  if (tasks.length === 0) throw new Error('the trace holds no task of the page');
  const most = (/** @type {'dur' | 'tdur'} */ of) => Math.max(...tasks.map((task) => task[of] ?? 0)) / 1000;
  return { wall: most('dur'), cpu: most('tdur') };
}
