// What every file of tests needs that has people in calls: servers that run meanwhile, and nobody left over from one test in the next.

import { after, afterEach, before } from 'node:test';
import { closeBrowsers } from './browser.js';

/** Starts servers before the tests of a file, and ends them, and all browsers, after these.
 * @param {...import('./server.js').Server} servers
 * @returns {import('./user.js').User[]} for whoever is there in the present test, who are gone when it has ended: what a failed one
 *   left behind would be most of what the next one's machine does */
export function company(...servers) {
  /** @type {import('./user.js').User[]} */ const people = [];
  before(() => Promise.all(servers.map((server) => server.start())));
  afterEach(() => Promise.allSettled(people.splice(0).map((one) => one.close())));
  after(async () => {
    await closeBrowsers();
    await Promise.all(servers.map((server) => server.stop()));
  });
  return people;
}
