// How long after the camera is ready does somebody who joins see the first frame of the other?
//
//   make bench-join            ARGS="--rounds 30"       CLASSIC_PAGE=/path/to/page.html for another classic page
//
// One Chromium tab waits in a room of each kind; another one joins, is measured, and closes, in turns. Every page is
// measured in the same way, from outside (e2e/harness/probe.js): from the first camera that getUserMedia hands out to the
// first frame of somebody else that is presented. A page that connects while it waits for its camera may see the other
// first; its figure is then negative, and stays so. Figures are printed, never judged.

import { parseArgs } from 'node:util';
import { closeBrowsers, openPage } from '../harness/browser.js';
import { Server, reference, serverLogs } from '../harness/server.js';
import { until } from '../harness/wait.js';
import { classicPage } from './classic-page.js';
import { comparison, table } from './figures.js';

/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {import('../harness/probe.js').Probe} Probe */
/** @typedef {import('./figures.js').Series} Series */

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(values.rounds);

const ours = new Server();
const theirs = new Server(reference);

try {
  await theirs.start();
  await ours.start();
  const classic = await classicPage(process.env['CLASSIC_PAGE']);
  await run([
    contender('A1 classic page, reference server', (page) => classic.open(page, theirs.url)),
    contender('A2 classic page, visavis', (page) => classic.open(page, ours.url)),
    contender('B  our page, visavis', (page) => page.goto(`${ours.url}/r/first-frame-native?name=Ada&join=now`), leave),
  ]);
} finally {
  await closeBrowsers();
  await Promise.allSettled([ours.stop(), theirs.stop()]);
}

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {(page: Page) => Promise<unknown>} open goes to the page and joins
 * @property {(page: Page) => Promise<unknown>} leave says goodbye; whoever does not is waited for by the others
 * @property {Series} fromCamera ms
 * @property {Series} fromNavigation ms
 */
/** @param {string} name
 * @param {(page: Page) => Promise<unknown>} open
 * @param {(page: Page) => Promise<unknown>} [bye]
 * @returns {Contender} */
function contender(name, open, bye = async () => undefined) {
  return { name, open, leave: bye, fromCamera: { name, values: [] }, fromNavigation: { name, values: [] } };
}

/** @param {Contender[]} contenders */
async function run(contenders) {
  /** @type {Map<Contender, Page>} */
  const waiting = new Map();
  for (const one of contenders) {
    const page = await openPage('chromium');
    await one.open(page);
    await until(`${one.name}: the waiting tab has its camera`, async () => (await probe(page)).cameraReady !== null);
    waiting.set(one, page);
  }
  // Round 0 warms up: it proves that the waiting tabs are in, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    // Who goes first changes, so that nobody always follows the same one.
    const first = round % contenders.length;
    for (const one of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const { cameraReady, firstFrame } = await join(one, /** @type {Page} */ (waiting.get(one)));
      if (round === 0) continue;
      one.fromCamera.values.push(firstFrame - cameraReady);
      one.fromNavigation.values.push(firstFrame);
    }
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  print('camera ready -> first remote frame, ms', contenders.map(({ fromCamera }) => fromCamera));
  print('navigation start -> first remote frame, ms', contenders.map(({ fromNavigation }) => fromNavigation));
}

/** Joins once, and leaves again.
 * @param {Contender} one
 * @param {Page} waiting
 * @returns {Promise<{cameraReady: number, firstFrame: number}>} ms since navigation */
async function join(one, waiting) {
  const page = await openPage('chromium');
  await one.open(page);
  const report = async () => `${JSON.stringify(await probe(page))}\n${serverLogs()}`;
  const times = await until(`${one.name}: somebody else is seen`, async () => {
    const { cameraReady, firstFrame } = await probe(page);
    return cameraReady !== null && firstFrame !== null ? { cameraReady, firstFrame } : null;
  }, { report });
  await one.leave(page);
  await page.browserContext().close();
  await until(`${one.name}: the waiting tab is alone again`, async () => (await probe(waiting)).open === 0, {
    deadline: 60_000,
  });
  return times;
}

/** @param {Page} page */
async function leave(page) {
  await page.click('[data-testid=leave]');
  await page.waitForSelector('[data-ending=left]');
}

/** @param {Page} page */
function probe(page) {
  return page.evaluate(() => {
    const { cameraReady, firstFrame, connections } = /** @type {{probe: Probe}} */ (/** @type {unknown} */ (window)).probe;
    const open = connections.filter(({ connectionState }) => connectionState !== 'closed').length;
    return { cameraReady, firstFrame, open };
  });
}

/** @param {string} title
 * @param {Series[]} series */
function print(title, series) {
  process.stdout.write(`\n${title}\n${table(series)}\n${comparison(series)}\n`);
}
