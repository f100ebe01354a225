// Another client: aiortc, which shares nothing with browsers, in programs of Python.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './wait.js';

/** Where scripts/need.sh installs it. */
const TARGET = process.env['CARGO_TARGET_DIR'] ?? fileURLToPath(new URL('../../target', import.meta.url));

/** So long for a program, a handshake and some frames on a busy machine, ms. */
const PATIENCE = 60_000;

/** A program that says what happens to it as lines of JSON, as a process of its own. */
class Program {
  #child;
  #lines;

  /** @param {string} script from here
   * @param {...string} values that it is given */
  constructor(script, ...values) {
    const python = `${TARGET}/aiortc/bin/python`;
    if (!existsSync(python)) throw new Error(`no aiortc at ${python}: run "scripts/need.sh test"`);
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.#child = spawn(python, [path, ...values], { stdio: ['pipe', 'pipe', 'inherit'] });
    process.once('exit', () => this.#child.kill('SIGKILL'));
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** The next line that it says.
   * @returns {Promise<any>} */
  async says() {
    const { value, done } = await within(this.#lines.next(), PATIENCE, 'a word of aiortc');
    if (done) throw new Error('aiortc has ended');
    return JSON.parse(value);
  }

  /** Has it end its session; the last that it says.
   * @returns {Promise<any>} */
  async end() {
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    const last = await this.says();
    await within(ended, PATIENCE, 'the end of aiortc');
    return last;
  }

  /** Interrupts it, as Ctrl-C does.
   * @returns {Promise<void>} once it has ended, in good order */
  async interrupt() {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    const [code, signal] = await within(ended, PATIENCE, 'the end of aiortc');
    if (code !== 0) throw new Error(`aiortc ended with ${code ?? signal}`);
  }
}

/** A publisher by WHIP, or a viewer by WHEP. */
export class Aiortc extends Program {
  /** @param {'publish' | 'watch'} action
   * @param {...string} values an address, and the one codec there is to be */
  constructor(action, ...values) {
    super('../aiortc/whip.py', action, ...values);
  }
}

/** The door bell of the examples: a native participant. */
export class DoorBell extends Program {
  /** @param {string} server its URL
   * @param {string} room
   * @param {string} name */
  constructor(server, room, name) {
    super('../../examples/intercom.py', `${server.replace(/^http/, 'ws')}/ws`, room, name);
  }
}
