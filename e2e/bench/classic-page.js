// The classic page of a benchmark: the example as a server serves it, or any file, unmodified but for its third-party
// scripts, which stand in it, from npm packages.

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
  const html = await inlined(await readFile(path, 'utf8'));
  return {
    async open(page, server) {
      // Written into a document of the server's own: to intercept its requests would slow down the page's signaling.
      await page.goto(`${server}/socket.io/socket.io.js`);
      await page.evaluate((text) => {
        document.open();
        document.write(text);
        document.close();
      }, html);
    },
  };
}

/** @param {string} html
 * @returns {Promise<string>} with the scripts of others in place */
async function inlined(html) {
  const pieces = html.split(/<script[^>]*\ssrc=["']((?:https?:)?\/\/[^"']+)["'][^>]*>/);
  const parts = pieces.map((piece, index) => (index % 2 === 1 ? script(piece) : piece));
  return (await Promise.all(parts)).join('');
}

/** @param {string} source
 * @returns {Promise<string>} an element that is not closed yet */
async function script(source) {
  const found = SCRIPTS.find(({ pattern }) => pattern.test(source));
  if (!found) throw new Error(`nothing to answer ${source} with`);
  return `<script>${(await readFile(found.file, 'utf8')).replaceAll('</script', '<\\/script')}`;
}
