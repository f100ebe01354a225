// The classic page of a benchmark: the example as a server serves it, or any file, unmodified, its third-party scripts
// answered from npm packages.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Which file answers a script of a content delivery network. */
const SCRIPTS = [
  { pattern: /socket\.io/, file: join(dirname(require.resolve('socket.io-client-classic/package.json')), 'socket.io.js') },
  { pattern: /jquery/, file: join(dirname(require.resolve('jquery/package.json')), 'dist/jquery.min.js') },
];

/** @typedef {{open(page: import('puppeteer-core').Page, server: string): Promise<unknown>}} ClassicPage */

/** @param {string} [path] of the page; the example of this project if absent
 * @returns {Promise<ClassicPage>} */
export async function classicPage(path) {
  if (!path) return { open: (page, server) => page.goto(`${server}/examples/client.html?channel=first-frame`) };
  const html = await readFile(path, 'utf8');
  const foreign = [...html.matchAll(/<script[^>]*\ssrc=["']((?:https?:)?\/\/[^"']+)/g)].map((match) => match[1] ?? '');
  return {
    async open(page, server) {
      const url = `${server}/classic-page.html`;
      const answers = new Map([[url, html]]);
      for (const source of foreign) answers.set(new URL(source, url).href, await script(source));
      await intercept(page, answers);
      await page.goto(url);
    },
  };
}

/** @param {string} source
 * @returns {Promise<string>} */
function script(source) {
  const found = SCRIPTS.find(({ pattern }) => pattern.test(source));
  if (!found) throw new Error(`nothing to answer ${source} with`);
  return readFile(found.file, 'utf8');
}

/** Answers each of these once. Then nothing is intercepted any more: that would slow down the page's signaling.
 * @param {import('puppeteer-core').Page} page
 * @param {Map<string, string>} answers URL -> body */
async function intercept(page, answers) {
  await page.setRequestInterception(true);
  page.on('request', async (request) => {
    const body = answers.get(request.url());
    if (body === undefined) {
      if (answers.size > 0) await request.continue();
      return;
    }
    answers.delete(request.url());
    if (answers.size === 0) await page.setRequestInterception(false);
    await request.respond({ contentType: body.startsWith('<') ? 'text/html' : 'text/javascript', body });
  });
}
