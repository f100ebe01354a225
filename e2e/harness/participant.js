// Somebody in a call: a page in a browser, and the questions that a test asks it.
//
// A native page answers by its public snapshot(); a classic page knows nothing of tests, and the probe answers for it.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPage } from './browser.js';
import { serverLogs } from './server.js';
import { modestCamera, untoldSpeed } from './stand-ins.js';
import { DEADLINE, until } from './wait.js';

/** @typedef {import('./browser.js').Kind} Kind */
/** @typedef {import('./browser.js').Devices} Devices */
/** @typedef {import('./probe.js').Probe} Probe */

/**
 * What the tests read of visavis.snapshot().
 * @typedef {object} Remote
 * @property {string} id
 * @property {string} name
 * @property {'native' | 'classic' | 'whip'} kind
 * @property {boolean} connected
 * @property {string} leg
 * @property {{mic: boolean, camera: boolean, screen: boolean, hand: boolean}} state
 * @property {'direct' | 'relayed' | 'forward' | 'mix' | null} path
 * @property {'direct' | 'forward'} planned
 * @property {string} reason
 * @property {{camera: number, screen: number}} frames
 * @property {{packets: number, energy: number}} audio
 * @property {number} width of the camera's picture
 * @property {Record<string, string>} slots
 *
 * @typedef {object} Forward
 * @property {number} connection
 * @property {string} state
 * @property {boolean} used
 * @property {number} video_slots
 * @property {{participant: string, source: string, width: number, height: number}[]} shown
 * @property {boolean} sound_only
 * @property {Record<string, string[]>} wanted
 * @property {string[]} sending
 * @property {string[]} loudest
 * @property {string | null} srtp_cipher
 *
 * @typedef {object} Snapshot
 * @property {string} room
 * @property {string} participant
 * @property {string} state
 * @property {Remote[]} participants
 * @property {{mic: boolean, camera: boolean, screen: boolean}} local
 * @property {{state: string, reconnects: number, resumes: number}} signaling
 * @property {Forward | null} forward
 * @property {'direct' | 'forward'} path
 * @property {string} reason
 * @property {{wanted: boolean, state: string, reason: string | null, frames: number, width: number, height: number}} mix
 * @property {{id: number, publisher: string, from: string, to: string, forced: boolean, reason: string,
 *   outcome: 'open' | 'committed' | 'undone', taken_ms: number | null, took_ms: number | null, picture_ms: number | null,
 *   sound_ms: number | null}[]} switches
 */

/** What the browsers' own cameras give: encoding several pictures of 1280×720 at once would leave a small machine no time for the
 * pages, and be most of what a test costs. */
export const MODEST = { width: 320, height: 180, rate: 10 };

/** Where the pictures of pages go that a test failed on. */
const OUTPUT = fileURLToPath(new URL('../output/', import.meta.url));

/** Frames that must be decoded before a picture counts as moving. */
const FRAMES = 5;

/** Lines of the page's console kept for a failure. */
const CONSOLE_LINES = 50;

/** What every page can be asked. */
class Visitor {
  /** Dialogs that opened: markup that came alive would open one. @type {string[]} */
  dialogs = [];
  /** @type {string[]} */
  #console = [];

  /** @param {string} name
   * @param {import('puppeteer-core').Page} page */
  constructor(name, page) {
    this.name = name;
    this.page = page;
    page.on('console', (message) => this.#note(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.#note(`uncaught: ${error instanceof Error ? error.message : error}`));
    page.on('dialog', (dialog) => {
      this.dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  }

  /** @returns {Promise<import('./probe.js').Leg[]>} its open peer connections */
  legs() {
    return this.page.evaluate(() => /** @type {{probe: Probe}} */ (/** @type {unknown} */ (window)).probe.legs());
  }

  /** @returns {Promise<number>} how many peer connections the page ever made */
  connectionsMade() {
    return this.page.evaluate(
      () => /** @type {{probe: Probe}} */ (/** @type {unknown} */ (window)).probe.connections.length,
    );
  }

  /** Leaves without a goodbye, as a closed tab does.
   * @returns {Promise<void>} */
  async close() {
    await this.page.browserContext().close();
  }

  /** Waits, and fails with all that is known about this page.
   * @template T
   * @param {string} what
   * @param {() => T | Promise<T>} look
   * @param {number} [deadline] in milliseconds
   * @returns {Promise<NonNullable<T>>} */
  until(what, look, deadline = DEADLINE) {
    return until(`${this.name}: ${what}`, look, { deadline, report: () => this.report() });
  }

  /** @returns {Promise<string>} what this page shows and said, for a failure */
  async report() {
    const state = await this.state().catch((error) => `no answer: ${error.message}`);
    const picture = join(OUTPUT, `${this.name.replace(/\W+/g, '-')}-${Date.now()}.png`);
    const shot = await mkdir(OUTPUT, { recursive: true })
      .then(() => this.page.screenshot({ path: picture }))
      .then(() => picture, (error) => `none: ${error.message}`);
    return [
      `${this.name} at ${this.page.url()}`,
      `state: ${JSON.stringify(state, null, 1)}`,
      `console:\n  ${this.#console.join('\n  ') || 'silent'}`,
      `screenshot: ${shot}`,
      serverLogs(),
    ].join('\n');
  }

  /** @returns {Promise<unknown>} */
  state() {
    return this.legs();
  }

  /** @param {string} line */
  #note(line) {
    this.#console.push(line);
    this.#console.splice(0, this.#console.length - CONSOLE_LINES);
  }
}

/** A participant with our page. */
export class Participant extends Visitor {
  /**
   * Opens a call's page and joins; `joined` waits for the end of that.
   *
   * @param {string} server its URL
   * @param {string} room
   * @param {string} name
   * @param {{kind?: Kind, devices?: Devices, query?: Record<string, string>}} [options]
   */
  static async open(server, room, name, { kind = 'chromium', devices = 'fake', query = {} } = {}) {
    const participant = new Participant(name, await openPage(kind, { devices }));
    await participant.page.evaluateOnNewDocument(untoldSpeed);
    await participant.page.evaluateOnNewDocument(modestCamera, MODEST);
    const url = new URL(`/r/${encodeURIComponent(room)}`, server);
    url.search = new URLSearchParams({ name, join: 'now', ...query }).toString();
    await participant.page.goto(url.href);
    return participant;
  }

  /** @returns {Promise<Snapshot>} */
  snapshot() {
    return this.page.evaluate(
      () => /** @type {{visavis: {snapshot(): Snapshot}}} */ (/** @type {unknown} */ (window)).visavis.snapshot(),
    );
  }

  /** @override */
  state() {
    return this.snapshot();
  }

  /** Waits until the call holds exactly these others, and returns what is known of each, in this order.
   * @param {string[]} names
   * @returns {Promise<Remote[]>} */
  async sees(...names) {
    const wanted = [...names].sort().join(', ');
    await this.until(`the others are: ${wanted || 'nobody'}`, async () => {
      const { state, participants } = await this.snapshot();
      return state === 'joined' && participants.map((other) => other.name).sort().join(', ') === wanted;
    });
    return Promise.all(names.map((name) => this.remote(name)));
  }

  /** What is known of somebody, who may still be on the way.
   * @param {string} name
   * @returns {Promise<Remote>} */
  remote(name) {
    return this.until(`${name} is in the call`,
      async () => (await this.snapshot()).participants.find((other) => other.name === name));
  }

  /** Waits until more pictures of `name` are decoded than now.
   * @param {string} name
   * @param {'camera' | 'screen'} [source] */
  async framesAdvance(name, source = 'camera') {
    const before = (await this.remote(name)).frames[source];
    await this.until(`the ${source} of ${name} moves (frames > ${before + FRAMES})`,
      async () => (await this.remote(name)).frames[source] > before + FRAMES);
  }

  /** Waits until more sound of `name` is played than now.
   * @param {string} name */
  async audioEnergyRises(name) {
    const before = (await this.remote(name)).audio.energy;
    await this.until(`${name} is heard (energy > ${before})`, async () => (await this.remote(name)).audio.energy > before);
  }

  /**
   * Watches, in the page and every 20 ms, who is in the call: what came and went between two questions of a test.
   *
   * @returns {Promise<() => Promise<{most: number, least: number, ids: string[]}>>} ends it, and tells how many others
   *   there were at most and at least, and all ids ever seen
   */
  async watchOthers() {
    await this.page.evaluate(() => {
      const page = /** @type {any} */ (window);
      const seen = { most: 0, least: Infinity, ids: new Set() };
      const timer = setInterval(() => {
        const { participants } = page.visavis.snapshot();
        seen.most = Math.max(seen.most, participants.length);
        seen.least = Math.min(seen.least, participants.length);
        for (const { id } of participants) seen.ids.add(id);
      }, 20);
      page.endWatch = () => {
        clearInterval(timer);
        return { ...seen, ids: [...seen.ids] };
      };
    });
    return () => this.page.evaluate(() => /** @type {any} */ (window).endWatch());
  }

  /** Waits for moving picture and audible sound of each.
   * @param {string[]} names */
  async seesAndHears(...names) {
    await this.sees(...names);
    await Promise.all(names.flatMap((name) => [this.framesAdvance(name), this.audioEnergyRises(name)]));
  }
}

/** A participant with a page of the classic protocol. */
export class ClassicParticipant extends Visitor {
  /**
   * @param {string} url of the page, its channel included
   * @param {string} name for failures
   * @param {{kind?: Kind, answers?: Record<string, string>}} [options] `answers`: what to answer requests for a
   *   path with, in place of the server
   */
  static async open(url, name, { kind = 'chromium', answers = {} } = {}) {
    const page = await openPage(kind);
    await page.evaluateOnNewDocument(modestCamera, MODEST);
    const participant = new ClassicParticipant(name, page);
    if (Object.keys(answers).length > 0) await answer(page, answers);
    await page.goto(url);
    return participant;
  }

  /** @override */
  async state() {
    return { legs: await this.legs(), page: await this.page.evaluate(() => document.body.innerText) };
  }

  /** Waits until it holds `count` connections, and each brings more picture and sound than now.
   * @param {number} count */
  async seesAndHears(count) {
    const connected = await this.until(`${count} connections are up`, async () => {
      const legs = await this.legs();
      return legs.length === count && legs.every((leg) => leg.state === 'connected') ? legs : null;
    });
    await this.until('every picture moves and everyone is heard', async () => {
      const legs = await this.legs();
      return legs.length === count && legs.every((leg, index) => {
        const before = connected[index];
        return before && leg.frames > before.frames + FRAMES && leg.energy > before.energy;
      });
    });
  }

  /** Waits until more sound of somebody is played than now. */
  async hears() {
    const energy = async () => (await this.legs()).reduce((sum, leg) => sum + leg.energy, 0);
    const before = await energy();
    await this.until(`somebody is heard (energy > ${before})`, async () => (await energy()) > before);
  }

  /** @param {number} count */
  async tiles(count) {
    await this.until(`${count} pictures are on the page, the own one included`,
      async () => (await this.page.$$('video')).length === count);
  }
}

/** @param {import('puppeteer-core').Page} page
 * @param {Record<string, string>} answers path -> body */
async function answer(page, answers) {
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    const body = answers[pathname];
    const contentType = pathname.endsWith('.js') ? 'text/javascript' : 'text/html';
    void (body === undefined ? request.continue() : request.respond({ contentType, body }));
  });
}
