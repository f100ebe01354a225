// Synthetic callers (crates/load) in a room of the server under test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadBinary } from './server.js';
import { DEADLINE, within } from './wait.js';

/**
 * What they say in the end, of all the time since everyone of them received something.
 * @typedef {object} Summary
 * @property {number} connected callers whose connection stands
 * @property {number} failed connections that failed
 * @property {number} sent packets
 * @property {number} received packets
 * @property {number} lost packets
 * @property {number} least packets that any one of them received
 * @property {number} streams that any one of them received, at least
 */

/** So long until everybody is connected: thirty handshakes on a busy machine. */
const ARRIVAL = 2 * DEADLINE;

export class Crowd {
  /** @param {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, import('node:stream').Readable, import('node:stream').Readable>} child
   * @param {AsyncIterator<string>} lines */
  constructor(child, lines) {
    this.child = child;
    this.lines = lines;
  }

  /** @param {string} server its URL
   * @param {string} room
   * @param {{count: number, publish: number}} size
   * @returns {Promise<Crowd>} once everyone of them receives something */
  static async join(server, room, { count, publish }) {
    const program = loadBinary();
    if (!existsSync(program)) throw new Error(`no synthetic callers at ${program}: run "cargo build -p visavis-load"`);
    const args = ['callers', '--url', server, '--room', room, '--count', `${count}`, '--publish', `${publish}`];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    process.once('exit', () => child.kill('SIGKILL'));
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    const crowd = new Crowd(child, createInterface(child.stdout)[Symbol.asyncIterator]());
    const arrived = await within(crowd.lines.next(), ARRIVAL, 'the arrival of synthetic callers');
    if (arrived.done) throw new Error(`the synthetic callers did not arrive: ${said}`);
    return crowd;
  }

  /** Has all of them leave.
   * @returns {Promise<Summary>} */
  async leave() {
    const ended = once(this.child, 'exit');
    this.child.stdin.end();
    const { value } = await within(this.lines.next(), DEADLINE, 'the summary of synthetic callers');
    await within(ended, DEADLINE, 'the end of synthetic callers');
    return JSON.parse(value);
  }
}
