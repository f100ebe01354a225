// The network laboratory: an internet of its own for a server and two browsers, as lab.sh builds it.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { within } from '../harness/wait.js';

/** @typedef {'public' | 'private'} Site where the server is, as lab.sh has it */
/** @typedef {'cone' | 'symmetric' | 'no-udp' | 'only-443' | 'only-tls' | 'ipv6'} Home */
/** @typedef {'server' | 'ada' | 'bob'} Place */

const SCRIPT = fileURLToPath(new URL('lab.sh', import.meta.url));

/** How long building it, or its end, may take, ms. */
const PATIENCE = 20_000;

/** One laboratory. It ends with this process, however that ends. */
export class Lab {
  #keeper;
  #pid = '';

  /** @param {import('node:child_process').ChildProcessWithoutNullStreams} keeper */
  constructor(keeper) {
    this.#keeper = keeper;
  }

  /** @param {Site} site
   * @param {Home} ada
   * @param {Home} bob
   * @returns {Promise<Lab>} once it stands */
  static async open(site, ada, bob) {
    const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child=SIGKILL'];
    const lab = new Lab(spawn('unshare', [...namespaces, 'bash', SCRIPT, site, ada, bob]));
    try {
      lab.#pid = await within(lab.#standing(), PATIENCE, 'the laboratory');
    } catch (error) {
      lab.#keeper.kill('SIGKILL');
      throw error;
    }
    return lab;
  }

  /** @param {Place} place
   * @returns {string[]} what to put before a command for it to run there */
  at(place) {
    return ['nsenter', '--target', this.#pid, '--mount', '--pid', `--net=/proc/${this.#pid}/root/run/netns/${place}`];
  }

  /** Ends every process inside, and with them the networks.
   * @returns {Promise<void>} */
  async close() {
    const ended = new Promise((resolve) => this.#keeper.once('exit', resolve));
    this.#keeper.stdin.end();
    await within(ended, PATIENCE, 'the end of the laboratory');
  }

  /** @returns {Promise<string>} its process id */
  #standing() {
    return new Promise((resolve, reject) => {
      let said = '';
      let complaints = '';
      this.#keeper.stdout.on('data', (chunk) => {
        said += chunk;
        const pid = said.match(/^standing (\d+)$/m)?.[1];
        if (pid) resolve(pid);
      });
      this.#keeper.stderr.on('data', (chunk) => (complaints += chunk));
      this.#keeper.once('error', reject);
      this.#keeper.once('close', (code) => reject(new Error(`lab.sh ended with ${code}: ${complaints.trim()}`)));
    });
  }
}

/** Tries everything that the kernel and the system have to offer for it.
 * @returns {Promise<string>} why there can be no laboratory on this machine; empty if there can */
export async function obstacle() {
  if (process.getuid?.() !== 0) return 'it takes root';
  /** @type {[Site, Home, Home][]} */
  const worlds = [['private', 'symmetric', 'only-tls'], ['public', 'no-udp', 'ipv6']];
  try {
    for (const world of worlds) await (await Lab.open(...world)).close();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll('\n', '; ') : String(error);
  }
}
