// What a change of paths costs those who watch and listen: gaps of picture and sound, in real browsers.
//
//   make bench-switch          ARGS="--rounds 10 --people 2,4 --kinds chromium"
//
// For each kind of browser and number of people a room is made whose host has everybody forwarded, and connected directly again,
// again and again (by the most publishers that are connected directly). Every picture says which frame it is, every microphone hums
// a tone of its own. Of each change each subscriber tells how long the picture stood still beyond its usual time between two frames,
// whether a frame was dark or older than the one before, for how long it was less than half as wide, for how long nothing was heard
// and for how long twice. A run in which the machine was 90 % busy or more is printed, and said not to count. Figures are printed,
// never judged.

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { closeBrowsers } from '../harness/browser.js';
import { Server, visavisAnywhere } from '../harness/server.js';
import { alwaysInFront } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { quantile } from './figures.js';
import { stampedDevices, watchPictures, watchSound } from './switch-probe.js';

/** @typedef {import('../harness/browser.js').Kind} Kind */
/** @typedef {{to: 'direct' | 'forward' | 'still', picture: number | null, interval: number, dark: number, stale: number, narrow: number,
 *   silence: number | null, doubled: number | null, took: number | null, undone: boolean}} Sample of one change at one subscriber,
 *   or of as long without one; times in milliseconds */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '25' },
    people: { type: 'string', default: '2,3,4,6' },
    kinds: { type: 'string', default: 'chromium,firefox' },
    size: { type: 'string', default: '640x360' },
    rate: { type: 'string', default: '15' },
  },
});

const rounds = Number(values.rounds);
const rate = Number(values.rate);
const [width = 640, height = 360] = values.size.split('x').map(Number);
const FREQUENCIES = [750, 1_125, 1_500, 1_875, 2_250, 2_625];

/** How long everything is watched before a change and after it, in milliseconds. */
const AROUND = { before: 700, after: 1_300 };
const BUSY = 0.9;

const server = await new Server(visavisAnywhere).start();
try {
  process.stdout.write(`${width}x${height}, ${rate} frames a second; ms: median / p95 / max\n`);
  for (const kind of /** @type {Kind[]} */ (values.kinds.split(','))) {
    for (const people of values.people.split(',').map(Number)) await measure(kind, people);
  }
} finally {
  await closeBrowsers();
  await server.stop();
}

/** @param {Kind} kind
 * @param {number} people */
async function measure(kind, people) {
  const room = `switch-${kind}-${people}`;
  /** @type {User[]} */ const users = [];
  const host = await come(room, kind, 0);
  users.push(host);
  await host.sees();
  await decide(host, people);
  for (let number = 1; number < people; number += 1) users.push(await come(room, kind, number));
  const names = users.map(({ name }) => name);
  await Promise.all(users.map((user) => user.sees(...names.filter((name) => name !== user.name))));
  await Promise.all(users.map((user) => isOn(user, 'direct')));
  await Promise.all(users.flatMap((user) => names.filter((name) => name !== user.name).map((name) => user.framesAdvance(name))));
  /** @type {Sample[]} */ const samples = [];
  const busy = await processor();
  for (let round = 0; round < rounds; round += 1) {
    for (const to of /** @type {const} */ (['still', 'forward', 'still', 'direct'])) {
      await pause(AROUND.before);
      await Promise.all(users.map(mark));
      if (to !== 'still') {
        await decide(host, to === 'forward' ? 1 : people);
        await Promise.all(users.map((user) => isOn(user, to)));
      }
      await pause(AROUND.after);
      for (const user of users) samples.push(...(await collect(user, to)));
    }
    process.stderr.write(`${kind}, ${people} people, round ${round + 1} of ${rounds}\r`);
  }
  const load = await busy();
  for (const user of users) await user.close();
  report(kind, people, samples, load);
}

/** @param {string} room
 * @param {Kind} kind
 * @param {number} number */
async function come(room, kind, number) {
  const frequency = FREQUENCIES[number] ?? 750;
  const address = new URL(`/r/${room}`, server.url);
  address.search = new URLSearchParams({ name: `person ${number}`, join: 'now' }).toString();
  return User.visit(address.href, `person ${number}`, {
    kind,
    size: { width: 960, height: 720 },
    standIns: [[alwaysInFront], [stampedDevices, { frequency, width, height, rate }], [watchPictures, { rate }], [watchSound, FREQUENCIES]],
  });
}

/** @param {User} user
 * @param {number} most publishers that are connected directly */
async function decide(user, most) {
  await user.page.$eval('vv-call-page', (page, direct_max) => {
    const policy = { direct: 'auto', mix: 'allowed', direct_max };
    page.dispatchEvent(new CustomEvent('policy', { detail: { policy } }));
  }, most);
}

/** @param {User} user
 * @param {'direct' | 'forward'} path */
async function isOn(user, path) {
  await user.until(`everybody is on ${path}`, async () => {
    const { participants, switches } = await user.snapshot();
    const settled = switches.every(({ outcome }) => outcome !== 'open');
    return settled && participants.every((one) => one.planned === path && one.path === path);
  }, 60_000);
}

/** Notes the time in a page.
 * @param {User} user */
async function mark(user) {
  await user.page.evaluate(() => {
    /** @type {any} */ (window).mark = performance.now();
  });
}

/** What was seen and heard since the last mark.
 * @param {User} user
 * @param {'direct' | 'forward' | 'still'} to
 * @returns {Promise<Sample[]>} of each of the others */
async function collect(user, to) {
  return user.page.evaluate((path, frequencies) => {
    const page = /** @type {any} */ (window);
    const { switches, participants } = page.visavis.snapshot();
    const now = performance.now();
    return participants.map((/** @type {any} */ other) => {
      /** @type {[number, number | null, number][]} */
      const frames = (page.seen[other.id] ?? []).filter((/** @type {[number]} */ [time]) => time > page.mark - 200);
      const spans = frames.slice(1).map(([time], index) => time - (frames[index]?.[0] ?? time));
      const usual = [...spans].sort((one, two) => one - two)[Math.floor(spans.length / 2)] ?? 0;
      const numbers = frames.map(([, number]) => number);
      const isOlder = (/** @type {number | null} */ number, /** @type {number | null | undefined} */ before) => {
        const by = number === null || typeof before !== 'number' ? 0 : (before - number + 4096) % 4096;
        return by > 0 && by < 2048;
      };
      const widest = Math.max(0, ...frames.slice(0, 3).map(([, , width]) => width));
      const narrow = frames.filter(([, , width]) => width < widest / 2);
      const tone = frequencies[Number(other.name.split(' ')[1])];
      const runs = page.heard.filter((/** @type {number[]} */ [frequency, , , end = 0]) => frequency === tone && end * 1_000 > page.mark);
      const lengths = (/** @type {number} */ state) => runs.filter((/** @type {number[]} */ [, sounds]) => sounds === state)
        .map((/** @type {number[]} */ [, , from = 0, end = 0]) => (end - from) * 1_000);
      const record = switches.findLast((/** @type {any} */ one) => one.publisher === other.id && one.to === path);
      return {
        to: path,
        picture: spans.length > 5 ? Math.max(...spans) - usual : null,
        interval: usual,
        dark: numbers.filter((number) => number === null).length,
        stale: numbers.filter((number, index) => isOlder(number, numbers[index - 1])).length,
        narrow: narrow.length > 1 ? (narrow.at(-1)?.[0] ?? 0) - (narrow[0]?.[0] ?? 0) : 0,
        silence: page.heard.length > 0 ? Math.max(0, ...lengths(0)) : null,
        doubled: page.heard.length > 0 ? Math.max(0, ...lengths(2)) : null,
        took: path === 'still' ? null : (record?.took_ms ?? null),
        undone: path !== 'still' && switches.some((/** @type {any} */ one) => one.outcome === 'undone' && one.publisher === other.id),
        watched: now - page.mark,
      };
    });
  }, to, FREQUENCIES);
}

/** @param {Kind} kind
 * @param {number} people
 * @param {Sample[]} samples
 * @param {number} load */
function report(kind, people, samples, load) {
  const counts = load < BUSY ? '' : ', NOT COUNTED: the machine was too busy';
  process.stdout.write(`\n${kind}, ${people} people, processor ${Math.round(load * 100)} % busy${counts}\n`);
  for (const [to, name] of /** @type {const} */ ([['forward', 'to the server'], ['direct', 'and back'], ['still', 'no change']])) {
    const of = samples.filter((sample) => sample.to === to);
    const figures = (/** @type {(sample: Sample) => number | null} */ read) => {
      const known = of.map(read).filter((value) => value !== null);
      if (known.length === 0) return 'unknown';
      return [0.5, 0.95, 1].map((share) => quantile(known, share).toFixed(0)).join(' / ');
    };
    const sum = (/** @type {(sample: Sample) => number} */ read) => of.reduce((all, sample) => all + read(sample), 0);
    process.stdout.write([
      `  ${name.padEnd(14)} ${of.length} seen`,
      `picture beyond ${quantile(of.map(({ interval }) => interval), 0.5).toFixed(0)}: ${figures(({ picture }) => picture)}`,
      `narrow ${figures(({ narrow }) => narrow)}`,
      `silence ${figures(({ silence }) => silence)}`,
      `doubled ${figures(({ doubled }) => doubled)}`,
      `to the commit ${figures(({ took }) => took)}`,
      `dark ${sum(({ dark }) => dark)}, stale ${sum(({ stale }) => stale)}, undone ${sum(({ undone }) => Number(undone))}`,
    ].join('; ') + '\n');
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** How busy the whole machine is, from here on. */
async function processor() {
  const read = async () => {
    const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
    const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, ...rest] = line.split(/\s+/).slice(1).map(Number);
    return { idle: idle + wait, all: [user, nice, system, idle, wait, ...rest.slice(0, 3)].reduce((sum, value) => sum + value, 0) };
  };
  const before = await read();
  return async () => {
    const now = await read();
    return 1 - (now.idle - before.idle) / Math.max(1, now.all - before.all);
  };
}
