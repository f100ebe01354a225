// The pictures of the tour: takes them, and writes docs/tour.md around them.

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** @typedef {import('../harness/user.js').User} User */
/** @typedef {'dark' | 'light'} Theme */

const FOLDER = new URL('../../docs/tour/', import.meta.url);
const DOCUMENT = new URL('../../docs/tour.md', import.meta.url);

/** Pages are looked at in these sizes, in CSS pixels. */
export const SIZES = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  lying: { width: 844, height: 390 },
};

/** As WebP knows it, from 0 to 100: letters stay clean. */
const QUALITY = 82;

const HEAD = `# A tour of the page

Every picture here is made by \`make tour\`, from the program as it is: real calls between browsers on one machine, with
drawn people in place of cameras.
`;

const FOOT = `
## What no browser test could drive

The tests under \`e2e/\` do most of the above in Chromium and in Firefox. Unverified is

- in Firefox: the choice among several devices, and of a loudspeaker (it has one fake device of each kind); a machine
  without a camera but with a microphone; the browser's own dialog before a screen is shared (a drawing stands in for the
  screen); layout shifts and long tasks, which it does not report;
- in both: the browser's own bar that ends a share; the sound of a share; the hint about a bad network (nothing is lost
  between two programs on one machine); a device that another program has in use (its error is made up), a camera whose
  plug is really pulled (its event is made up), and a microphone's at all;
- in both: dragging the own picture into a corner by hand, and what reduced motion, more contrast and forced colours look
  like (they were only looked at);
- phones, and calls of nine: the pictures above are Chromium's, in windows of that size, and no test but the pictures opens
  the page so small; no real phone and no Safari has seen any of it;
- German and Arabic, by somebody who grew up with them.
`;

/** Sections with pictures, each with one sentence. */
export class Album {
  #lines = [HEAD];
  /** @type {Set<string>} */
  #taken = new Set();

  /** @param {string} title */
  section(title) {
    this.#lines.push(`\n## ${title}\n`);
  }

  /**
   * @param {User} user whose page is taken
   * @param {string} file its name, without an ending
   * @param {string} sentence what it shows
   * @param {{size?: keyof typeof SIZES, theme?: Theme, hints?: boolean}} [options] `hints`: with those about the network
   */
  async take(user, file, sentence, { size = 'desktop', theme = 'dark', hints = false } = {}) {
    const { page } = user;
    await page.bringToFront();
    // A busy machine is not what a picture is about.
    if (!hints) await page.$$eval('[data-notice^="network"] button', (buttons) => buttons.forEach((button) => button.click()));
    await page.setViewport(SIZES[size]);
    await page.evaluate((wanted) => (document.documentElement.dataset['theme'] = wanted), theme);
    await user.until('nothing moves any more', () => page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      // One without an end says that something goes on.
      return document.getAnimations().every(({ playState, effect }) =>
        playState !== 'running' || effect?.getTiming().iterations === Infinity);
    }));
    await mkdir(FOLDER, { recursive: true });
    await page.screenshot({ path: /** @type {any} */ (fileURLToPath(new URL(`${file}.webp`, FOLDER))), type: 'webp', quality: QUALITY });
    this.#taken.add(`${file}.webp`);
    this.#lines.push(`${sentence}\n\n![${sentence}](tour/${file}.webp)\n`);
  }

  /** Writes the document, and removes pictures that are in it no more. */
  async write() {
    for (const file of await readdir(FOLDER)) if (!this.#taken.has(file)) await rm(new URL(file, FOLDER));
    await writeFile(DOCUMENT, `${this.#lines.join('\n')}${FOOT}`);
  }
}
