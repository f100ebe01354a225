// Somebody in front of the page: presses, writes, and reads what is to be seen.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { openPage } from './browser.js';
import { MODEST, Participant } from './participant.js';
import { drawnTracks, modestCamera, ownClipboard, untoldSpeed } from './stand-ins.js';

/** What goes by itself after a few seconds is noted: a test on a busy machine may look too late. */
const PASSING = ['notice', 'hint', 'reaction', 'announcement'];

/** @typedef {import('./browser.js').Kind} Kind */
/** @typedef {import('./browser.js').Devices} Devices */
/** @typedef {import('./certificate.js').Issued} Issued */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {[script: (...values: any[]) => void, ...values: unknown[]]} StandIn a script of stand-ins.js and its values */

/** @type {Size} */
export const DESKTOP = { width: 1280, height: 800 };

/** What every browser test of the page is made for. @type {readonly Kind[]} */
export const KINDS = ['chromium', 'firefox'];

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A participant who does everything by hand. */
export class User extends Participant {
  /** What passes, as it appeared: `notice: somebody joined`. @type {string[]} */
  #noted = [];

  /** @param {string} name
   * @param {import('puppeteer-core').Page} page */
  constructor(name, page) {
    super(name, page);
    page.on('console', (message) => message.type() === 'debug' && this.#noted.push(message.text()));
  }

  /**
   * Opens any page of the server, as it is for somebody who was never there.
   *
   * @param {string} address
   * @param {string} name for failures
   * @param {{kind?: Kind, devices?: Devices, trusts?: Issued | null, at?: string[], size?: Size, standIns?: StandIn[], told?: boolean}} [options]
   *   `told`: the server is told how fast the machine and its network are
   */
  static async visit(address, name, { kind = 'chromium', devices = 'fake', trusts = null, at = [], size = DESKTOP, standIns = [], told = false } = {}) {
    const page = await openPage(kind, { devices, trusts, at });
    if (!told) await page.evaluateOnNewDocument(untoldSpeed);
    await page.evaluateOnNewDocument(modestCamera, MODEST);
    await page.setViewport(size);
    await page.evaluateOnNewDocument(ownClipboard);
    await page.evaluateOnNewDocument(note, PASSING);
    await pretend(page, standIns);
    const user = new User(name, page);
    await page.goto(address);
    return user;
  }

  /**
   * Opens a call and joins it without the lobby.
   *
   * @param {string} server
   * @param {string} room
   * @param {string} name
   * @param {{kind?: Kind, devices?: Devices, trusts?: Issued | null, at?: string[], size?: Size, standIns?: StandIn[], told?: boolean,
   *   query?: Record<string, string>}} [options]
   */
  static join(server, room, name, { query = {}, ...options } = {}) {
    const address = new URL(`/r/${encodeURIComponent(room)}`, server);
    address.search = new URLSearchParams({ name, join: 'now', ...query }).toString();
    return User.visit(address.href, name, options);
  }

  /** Lets the page draw nothing from now on, although it goes on: nobody looks at it, and drawing nine pages is most of what
   * nine people on one machine cost. */
  async drawNothing() {
    await this.page.evaluate(() => document.body.style.setProperty('display', 'none'));
  }

  /** Another tab of the same browser.
   * @param {string} address
   * @param {StandIn[]} [standIns] */
  async tab(address, standIns = []) {
    const page = await this.page.browserContext().newPage();
    await page.setViewport(DESKTOP);
    await pretend(page, standIns);
    await page.goto(address);
    return new User(`${this.name} in another tab`, page);
  }

  /** Whether something with this test id can be seen.
   * @param {string} id
   * @param {string} [words] that it says */
  isShown(id, words = '') {
    return this.page.evaluate((testid, wanted) => [...document.querySelectorAll(`[data-testid="${testid}"]`)]
      .some((element) => element.checkVisibility() && (element.textContent ?? '').includes(wanted)), id, words);
  }

  /** Waits until it can be seen.
   * @param {string} id
   * @param {string} [words] that it says */
  async shows(id, words = '') {
    await this.until(`${id} is shown${words && ` and says “${words}”`}`, () => this.isShown(id, words));
  }

  /** Waits until it was shown, be it that it has gone again. Asks the page nothing: a question from outside counts as a
   * touch, after which browsers play sound.
   * @param {'notice' | 'hint' | 'reaction' | 'announcement'} id
   * @param {string} words that it said */
  async wasShown(id, words) {
    await this.until(`${id} was shown that says “${words}”`,
      () => this.#noted.some((line) => line.startsWith(`${id}: `) && line.includes(words)));
  }

  /** Waits until it cannot be seen.
   * @param {string} id
   * @param {string} [words] that it says */
  async hides(id, words = '') {
    await this.until(`${id}${words && ` that says “${words}”`} is shown no more`, async () => !(await this.isShown(id, words)));
  }

  /** Presses a button; one that is put away behind "More" is fetched from there.
   * @param {string} id */
  async press(id) {
    await this.until(`${id} can be pressed`, async () => {
      const away = await this.page.$(`[data-testid=more-sheet]:not([open]) [data-testid="${id}"]`);
      if (away) await this.page.click('[data-testid=more]');
      if (!(await this.isShown(id))) return false;
      await this.page.click(`[data-testid="${id}"]`);
      return true;
    });
  }

  /** Presses the one button with these words, or with this name, in something that is shown.
   * @param {string} id
   * @param {string} label */
  async pressIn(id, label) {
    await this.until(`“${label}” can be pressed in ${id}`, async () => {
      for (const button of await this.page.$$(`[data-testid="${id}"] button`)) {
        const [words, name] = await button.evaluate((node) => [node.textContent?.trim(), node.getAttribute('aria-label')]);
        if (words !== label && name !== label) continue;
        await button.click();
        return true;
      }
      return false;
    });
  }

  /** Puts a text in the place of another.
   * @param {string} id of a field
   * @param {string} text */
  async write(id, text) {
    await this.shows(id);
    await this.page.$eval(`[data-testid="${id}"]`, (field) => /** @type {HTMLInputElement} */ (field).select());
    await this.page.type(`[data-testid="${id}"]`, text);
  }

  /** @param {string} id of a list to choose from
   * @returns {Promise<{chosen: string, values: string[]}>} */
  choices(id) {
    return this.page.$eval(`[data-testid="${id}"]`, (node) => {
      const list = /** @type {HTMLSelectElement} */ (node);
      return { chosen: list.value, values: [...list.options].map(({ value }) => value) };
    });
  }

  /** @param {string} id of a list
   * @param {string} value */
  async choose(id, value) {
    await this.page.select(`[data-testid="${id}"]`, value);
  }

  /** @param {import('puppeteer-core').KeyInput} key */
  async key(key) {
    await this.page.keyboard.press(key);
  }

  /** @param {string} text */
  async say(text) {
    await this.write('chat-input', text);
    await this.key('Enter');
  }

  /** Waits until something with this test id has the focus.
   * @param {string} id */
  async isFocused(id) {
    await this.until(`${id} has the focus`, () => this.page.evaluate(
      (testid) => document.activeElement?.getAttribute('data-testid') === testid, id));
  }

  /** @returns {Promise<string>} what was copied last on this page */
  copied() {
    return this.page.evaluate(() => /** @type {{copied?: string}} */ (/** @type {unknown} */ (window)).copied ?? '');
  }

  /** @param {string} selector
   * @param {string} name of an attribute
   * @returns {Promise<string | null>} of the first element there is */
  attribute(selector, name) {
    return this.page.$eval(selector, (element, wanted) => element.getAttribute(wanted), name);
  }

  /** Fails if axe-core finds anything at all on the page as it is now. What has just come is still fading in, and a contrast
   * measured half way through that is nobody's: whatever appears has to have appeared first.
   * @param {string} what is looked at, for the failure */
  async isAccessible(what) {
    await this.page.evaluate(await axe);
    const found = await this.page.evaluate(async () => {
      const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
      await Promise.allSettled(ending.map(({ finished }) => finished));
      const { violations } = await /** @type {any} */ (window).axe.run(document, { resultTypes: ['violations'] });
      return violations.map((/** @type {any} */ { id, help, nodes }) =>
        `${id}: ${help}\n${nodes.map((/** @type {any} */ { html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join('\n')}`);
    });
    assert.equal(found.length, 0, `${this.name}, ${what}: axe-core finds\n${found.join('\n')}`);
  }
}

/** @param {import('puppeteer-core').Page} page
 * @param {StandIn[]} standIns */
async function pretend(page, standIns) {
  if (standIns.length > 0) await page.evaluateOnNewDocument(drawnTracks);
  for (const [script, ...values] of standIns) await page.evaluateOnNewDocument(script, ...values);
}

/** Runs in the page; says on its console what appears with one of these test ids.
 * @param {string[]} ids */
function note(ids) {
  new MutationObserver((records) => {
    for (const added of records.flatMap(({ addedNodes }) => [...addedNodes])) {
      const id = added instanceof HTMLElement ? added.dataset['testid'] : undefined;
      if (id && ids.includes(id)) console.debug(`${id}: ${added.textContent}`);
    }
  }).observe(document, { childList: true, subtree: true });
}
