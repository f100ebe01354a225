// The start page: binds what the browser remembers to the page that shows it.

import { listen } from '../elements/dom.js';
import { StartPage } from '../elements/start-page.js';
import { formatLink } from '../lib/links.js';
import { keep, recall } from './memory.js';
import { without } from './recent-rooms.js';

/** @typedef {import('../elements/start-page.js').Asked} Asked */
/** @typedef {import('./memory.js').Visit} Visit */

/** @returns {StartPage} */
export function start() {
  const page = new StartPage();
  const link = (/** @type {Pick<Asked, 'room' | 'ice' | 'path'>} */ { room, ice, path }) =>
    formatLink(location.href, { room, ice, path });
  const recent = (/** @type {Visit} */ { room, last, relay }) => ({
    room,
    last,
    link: link({ room, ice: relay === true ? 'relay' : 'all', path: null }),
  });
  const showRecent = () => page.showRecent(recall('rooms').map(recent));
  page.begin(recall('written'));
  listen(page, 'written', (/** @type {{written: string}} */ { written }) => keep('written', written));
  listen(page, 'go', (/** @type {Asked} */ asked) => {
    // The next call is another one.
    keep('written', null);
    keep('policy', { room: asked.room, policy: asked.policy });
    location.assign(link(asked));
  });
  listen(page, 'named', (/** @type {Asked} */ asked) => page.showLink(link(asked)));
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
