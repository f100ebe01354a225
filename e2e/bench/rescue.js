// How soon somebody is seen: a third person who comes into a call of two, and two people between whom UDP is cut.
//
//   make bench-rescue          ARGS="--rounds 10"
//
// A third person joins a room that goes directly, and one that is forwarded all along, in turns: from the server's answer to the
// first frame. In the laboratory (network namespaces; root) UDP is cut between two homes while the server goes on to be reached from
// both: for how long the pictures of the two stood still for each other. Figures are printed, never judged.

import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { closeBrowsers } from '../harness/browser.js';
import { issue } from '../harness/certificate.js';
import { Server, visavisAnywhere, visavisWith } from '../harness/server.js';
import { alwaysInFront, drawnCamera } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { Lab, obstacle } from '../lab/lab.js';
import { comparison, table } from './figures.js';
import { watchPictures } from './switch-probe.js';

/** @typedef {import('../harness/user.js').StandIn} StandIn */

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(values.rounds);
const run = promisify(execFile);
const HOST = '203.0.113.1';
const SIZE = { width: 700, height: 560 };

/** @param {number} number @returns {StandIn[]} */
const shown = (number) => [[alwaysInFront], [drawnCamera, number, { rate: 15 }], [watchPictures, { rate: 15 }]];

try {
  await third();
  const problem = await obstacle();
  if (problem) process.stdout.write(`\nNOT MEASURED: the laboratory cannot be built: ${problem}\n`);
  else await cut();
} finally {
  await closeBrowsers();
}

async function third() {
  const server = await new Server(visavisAnywhere).start();
  const series = [{ name: 'forwarded all along', path: 'forward', values: [0] }, { name: 'direct', path: '', values: [0] }];
  for (const one of series) one.values = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const { path, values: times } of series) {
      const join = (/** @type {string} */ name, /** @type {number} */ number) => User.join(server.url, `third-${round}-${path}`, name,
        { size: SIZE, standIns: shown(number), query: path ? { path } : {} });
      const [ada, bob] = /** @type {[User, User]} */ (await Promise.all([join('Ada', 0), join('Bob', 1)]));
      await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);
      const carol = await join('Carol', 2);
      const { joined, first_frame: first } = await carol.until('a first frame is there', async () => {
        const { timings } = /** @type {any} */ (await carol.snapshot());
        return timings.first_frame === null ? null : timings;
      });
      times.push(first - joined);
      await Promise.all([ada, bob, carol].map((user) => user.close()));
    }
  }
  await closeBrowsers();
  await server.stop();
  process.stdout.write(`from the server's answer to the first frame of somebody else, ms\n${table(series)}\n${comparison(series)}\n`);
}

async function cut() {
  const series = [{ name: 'picture stood still', values: [0] }, { name: 'until it was forwarded', values: [0] }];
  for (const one of series) one.values = [];
  const issued = await issue(HOST);
  for (let round = 0; round < rounds; round += 1) {
    const lab = await Lab.open('public', 'cone', 'cone');
    const product = visavisWith(...issued.options, '--turn-allow-peer', '203.0.113.0/24');
    const server = new Server((_, dataDir) => {
      const { command, args } = product(`${HOST}:443`, dataDir);
      const [enter = '', ...rest] = [...lab.at('server'), command, ...args];
      return { command: enter, args: rest };
    });
    try {
      await server.start();
      const joining = /** @type {const} */ (['ada', 'bob']).map((who, number) => User.join(`https://${HOST}`, 'cut', who,
        { trusts: issued, at: lab.at(who), size: SIZE, standIns: shown(number) }));
      const [ada, bob] = /** @type {[User, User]} */ (await Promise.all(joining));
      await Promise.all([ada.seesAndHears('bob'), bob.seesAndHears('ada')]);
      const [enter = '', ...rest] = lab.at('ada');
      const marks = [ada, bob].map((user) => user.page.evaluate(() => performance.now()));
      const times = await Promise.all(marks);
      const firewall = ['-d', '-s'].map((side) => run(enter, [...rest, 'iptables', '-I', side === '-d' ? 'OUTPUT' : 'INPUT', '-p', 'udp', side, '203.0.113.12', '-j', 'DROP']));
      await Promise.all(firewall);
      for (const [user, name, mark] of /** @type {const} */ ([[ada, 'bob', times[0] ?? 0], [bob, 'ada', times[1] ?? 0]])) {
        await user.until(`${name} is forwarded and seen`, async () => (await user.remote(name)).path === 'forward');
        await user.framesAdvance(name);
        const { longest, taken } = await user.page.evaluate((since) => {
          const page = /** @type {any} */ (window);
          const { switches, participants } = page.visavis.snapshot();
          /** @type {number[]} */ const seen = (page.seen[participants[0].id] ?? []).map((/** @type {number[]} */ [time]) => time);
          const after = seen.filter((time) => time > since - 200);
          const spans = after.slice(1).map((time, index) => time - (after[index] ?? time));
          return { longest: Math.max(...spans), taken: switches[0]?.taken_ms ?? 0 };
        }, mark);
        series[0]?.values.push(longest);
        series[1]?.values.push(taken);
      }
    } finally {
      await closeBrowsers();
      await lab.close();
      await server.stop();
    }
  }
  await issued.remove();
  process.stdout.write(`\nUDP is cut between two people, ms\n${table(series)}\n`);
}
