// The start page: binds what the browser remembers to the page that shows it.

import { listen } from '../elements/dom.js';
import { StartPage } from '../elements/start-page.js';
import { roomLink } from '../lib/links.js';
import { keep, recall } from './memory.js';
import { without } from './recent-rooms.js';

/** @returns {StartPage} */
export function start() {
  const page = new StartPage();
  const link = (/** @type {string} */ room) => roomLink(location.href, room);
  const showRecent = () => page.showRecent(recall('rooms').map((visit) => ({ ...visit, link: link(visit.room) })));
  listen(page, 'go', (/** @type {{room: string}} */ { room }) => location.assign(link(room)));
  listen(page, 'named', (/** @type {{room: string}} */ { room }) => page.showLink(link(room)));
  listen(page, 'forget', (/** @type {{room: string}} */ { room }) => {
    keep('rooms', without(recall('rooms'), room));
    showRecent();
  });
  listen(page, 'clear', () => {
    keep('rooms', []);
    showRecent();
  });
  showRecent();
  if (!window.isSecureContext) page.warnInsecure();
  return page;
}
