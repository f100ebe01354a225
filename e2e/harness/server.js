// The program under test as a child process: on a free port, with a data folder of its own, its log kept for failures.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from './wait.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Lines of log kept for a failure. */
const LOG_LINES = 50;

const LOOPBACK = '127.0.0.1';
const ANYWHERE = '0.0.0.0';

/** @type {Set<Server>} */
const started = new Set();

/** What all servers of this process logged last, for a failure.
 * @returns {string} */
export function serverLogs() {
  return [...started].map((server) => `log of ${server.url}:\n  ${server.log().replaceAll('\n', '\n  ')}`).join('\n');
}

/** @typedef {{command: string, args: string[], cwd?: string}} Program */

// A script that fails leaves no server behind.
process.once('exit', () => started.forEach((server) => server.abandon()));

/** A server process. `start` it, use `url`, `stop` it; `kill` and `start` again to see what survives. */
export class Server {
  /** Where it listens, `http://127.0.0.1:PORT`; the same after a restart. */
  url = '';
  /** @type {string[]} */
  #log = [];
  /** @type {import('node:child_process').ChildProcess | null} */
  #process = null;
  /** @type {(listen: string) => Program} */
  #program;
  #dataDir = '';

  /** @param {(listen: string, dataDir: string) => Program} program the command for an address to listen on */
  constructor(program = visavis) {
    this.#program = (listen) => program(listen, this.#dataDir);
  }

  /** @returns {Promise<this>} once it answers */
  async start() {
    this.#dataDir ||= await mkdtemp(join(tmpdir(), 'visavis-e2e-'));
    const listen = this.url ? new URL(this.url).host : '127.0.0.1:0';
    const { command, args, cwd = root } = this.#program(listen);
    const env = { ...process.env, VISAVIS_BIN: undefined }; // it names the program, and is no option of it
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    started.add(this);
    this.url = await within(this.#address(child), 20_000, `start of ${command}`);
    return this;
  }

  /** Asks it to end, and waits until it has; removes its data.
   * @returns {Promise<void>} */
  async stop() {
    started.delete(this);
    await this.#end('SIGTERM');
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  /** Ends it without a chance to say goodbye. Its data stays, for the next `start`.
   * @returns {Promise<void>} */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** The last lines of its log, for a failure.
   * @returns {string} */
  log() {
    return this.#log.join('\n');
  }

  /** Ends it now, when nobody is left who could wait for it. */
  abandon() {
    this.#process?.kill('SIGKILL');
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await within(ended, 15_000, `end of the server after ${signal}`).catch((error) => {
      child.kill('SIGKILL');
      throw new Error(`${error.message}\n${this.log()}`);
    });
  }

  /** @param {import('node:child_process').ChildProcess} child
   * @returns {Promise<string>} */
  #address(child) {
    return new Promise((resolve, reject) => {
      /** @param {Buffer} chunk */
      const read = (chunk) => {
        this.#log.push(...chunk.toString().trimEnd().split('\n'));
        this.#log.splice(0, this.#log.length - LOG_LINES);
        const found = plain(chunk.toString()).match(/listening on (http:\/\/[\w.:[\]]+)/);
        if (found?.[1]) resolve(found[1].replace(ANYWHERE, LOOPBACK));
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${this.log()}`)));
    });
  }
}

/** The product.
 * @param {string} listen
 * @param {string} dataDir
 * @returns {Program} */
export function visavis(listen, dataDir) {
  return { command: binary(), args: ['--listen', listen, '--data-dir', dataDir] };
}

/** The product at all addresses of this machine: what forwards media says where it is to be found, and Firefox goes to no
 * loopback address from another one.
 * @type {typeof visavis} */
export const visavisAnywhere = (listen, dataDir) => visavis(listen.replace(LOOPBACK, ANYWHERE), dataDir);

/** The product with more options.
 * @param {...string} options
 * @returns {typeof visavis} */
export function visavisWith(...options) {
  return (listen, dataDir) => {
    const { command, args } = visavis(listen, dataDir);
    return { command, args: [...args, ...options] };
  };
}

/** The classic server of e2e/reference.
 * @param {string} listen
 * @returns {Program} */
export function reference(listen) {
  const folder = join(root, 'e2e/reference');
  if (!existsSync(join(folder, 'node_modules'))) throw new Error(`run "npm ci" in ${folder} first`);
  return { command: process.execPath, args: [join(folder, 'server.js'), listen.split(':')[1] ?? '0'] };
}

/** Where the synthetic callers are: built beside the product.
 * @returns {string} */
export function loadBinary() {
  return join(dirname(binary()), 'visavis-load');
}

function binary() {
  const given = process.env['VISAVIS_BIN'];
  const candidates = given ? [given] : ['debug', 'release'].map((profile) => join(root, 'target', profile, 'visavis'));
  const found = candidates.find((path) => existsSync(path));
  if (!found) throw new Error(`no server binary at ${candidates.join(' or ')}: run "cargo build -p visavis-server"`);
  return found;
}

/** @param {string} line
 * @returns {string} without colours */
function plain(line) {
  return line.replace(/\u001b\[[\d;]*m/g, '');
}
