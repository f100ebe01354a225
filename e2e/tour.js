// Takes the pictures of docs/tour.md, and writes it: node e2e/tour.js

import { closeBrowsers } from './harness/browser.js';
import { Server } from './harness/server.js';
import { Album } from './tour/album.js';
import { calls } from './tour/calls.js';
import { failures } from './tour/failures.js';
import { hosts } from './tour/hosts.js';
import { mixed } from './tour/mixed.js';
import { lobby, start } from './tour/pages.js';

const server = await new Server().start();
const album = new Album();
try {
  for (const chapter of [start, lobby, calls, mixed, hosts, failures]) await chapter(album, server);
  await album.write();
} finally {
  await closeBrowsers();
  await server.stop();
}
