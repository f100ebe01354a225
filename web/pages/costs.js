// What a room costs: binds the server's figures to the page that shows them. It joins nothing.

import { CostsPage } from '../elements/costs-page.js';
import { CostsFeed, onlooker } from '../lib/costs-feed.js';
import { roomLink, socketUrl } from '../lib/links.js';

/**
 * @param {string} room
 * @returns {CostsPage}
 */
export function costs(room) {
  const page = new CostsPage();
  const { ask } = onlooker({ url: socketUrl(location.href), room });
  const feed = new CostsFeed(ask);
  feed.on('costs', (figures) => page.view.show(figures));
  feed.on('lost', () => page.view.lose());
  // Nobody reads what stands in a tab that is behind another.
  const look = () => (document.visibilityState === 'visible' ? feed.start() : feed.stop());
  document.addEventListener('visibilitychange', look);
  page.begin({ room, call: roomLink(location.href, room) });
  look();
  return page;
}
