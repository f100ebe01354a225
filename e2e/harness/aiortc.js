// Another client: aiortc, which shares nothing with browsers, by WHIP and WHEP.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './wait.js';

const SCRIPT = fileURLToPath(new URL('../aiortc/whip.py', import.meta.url));
/** Where scripts/need.sh installs it. */
const TARGET = process.env['CARGO_TARGET_DIR'] ?? fileURLToPath(new URL('../../target', import.meta.url));

/** So long for a program, a handshake and some frames on a busy machine, ms. */
const PATIENCE = 60_000;

/** A publisher or a viewer as a process of its own. */
export class Aiortc {
  #child;
  #lines;

  /** @param {'publish' | 'watch'} action
   * @param {...string} values an address, and the one codec there is to be */
  constructor(action, ...values) {
    const python = `${TARGET}/aiortc/bin/python`;
    if (!existsSync(python)) throw new Error(`no aiortc at ${python}: run "scripts/need.sh test"`);
    this.#child = spawn(python, [SCRIPT, action, ...values], { stdio: ['pipe', 'pipe', 'inherit'] });
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
}
