// A room that is only watched: binds the media that the server makes of it to the page that shows it. It joins nothing.

import { listen } from '../elements/dom.js';
import { WatchPage } from '../elements/watch-page.js';
import { roomLink, whepUrl } from '../lib/links.js';
import { Whep } from '../lib/whep.js';
import { keep, recall } from './memory.js';
import { WakeLock } from './wake-lock.js';

/**
 * @param {string} room
 * @returns {WatchPage}
 */
export function watch(room) {
  const page = new WatchPage();
  const awake = new WakeLock();
  // Nobody has an empty name: the link means everybody.
  const participant = new URLSearchParams(location.search).get('participant') || null;
  const whep = new Whep({ url: whepUrl(location.href, room, participant), token: recall('watchToken') });
  whep.on('state', (told) => {
    page.show(told);
    if (told.state === 'playing') awake.hold();
    else awake.release();
  });
  listen(page, 'again', () => whep.start());
  listen(page, 'token', (/** @type {{token: string}} */ { token }) => {
    keep('watchToken', token);
    whep.use(token);
  });
  window.addEventListener('pagehide', () => whep.stop());
  // Browsers keep a page that was left, to go back to it.
  window.addEventListener('pageshow', ({ persisted }) => persisted && whep.start());
  page.begin({ room, call: roomLink(location.href, room), named: participant !== null, letters: recall('letters') });
  whep.start();
  return page;
}
