// The page holds still while people come and go. Unverified in Firefox, which does not report layout shifts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Server } from '../harness/server.js';
import { User } from '../harness/user.js';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

test('nothing shifts when somebody joins or leaves (chromium)', async () => {
  const ada = await User.join(server.url, 'still', 'Ada');
  const grace = await User.join(server.url, 'still', 'Grace');
  await ada.seesAndHears('Grace');
  await ada.page.evaluate(() => {
    const page = /** @type {any} */ (window);
    page.shifts = [];
    page.watcher = new PerformanceObserver((list) => page.shifts.push(...list.getEntries()));
    page.watcher.observe({ type: 'layout-shift' });
  });
  const linus = await User.join(server.url, 'still', 'Linus');
  await ada.seesAndHears('Grace', 'Linus');
  await grace.press('leave');
  await ada.sees('Linus');
  await ada.framesAdvance('Linus');
  const shifts = await ada.page.evaluate(() => {
    const page = /** @type {any} */ (window);
    return [...page.shifts, ...page.watcher.takeRecords()].map((shift) => ({
      value: shift.value,
      sources: shift.sources.map((/** @type {any} */ { node, previousRect: from, currentRect: to }) =>
        `${node?.nodeName} ${node?.className} from ${JSON.stringify(from)} to ${JSON.stringify(to)}`),
    }));
  });
  assert.deepEqual(shifts, []);
  await Promise.all([ada.close(), grace.close(), linus.close()]);
});
