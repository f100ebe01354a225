// What the call costs, and how its media travels: the server's figures go to the statistics, the room's policy to everybody.

import { listen } from '../elements/dom.js';
import { CostsFeed } from '../lib/costs-feed.js';
import { costsLink } from '../lib/links.js';

/** Binds the call's plan and costs to the statistics and the list of people. */
export class CallCosts {
  #call;
  #page;
  #feed;
  /** @type {import('../elements/costs-view.js').CostsView | null} */
  #view = null;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {import('../lib/call.js').Call} parts.call
   * @param {import('../elements/call-page.js').CallPage} parts.page
   */
  constructor({ call, page }) {
    this.#call = call;
    this.#page = page;
    this.#feed = new CostsFeed(() => call.costs());
  }

  start() {
    const { stats } = this.#page;
    const feed = this.#feed;
    stats.costsPage = costsLink(location.href, this.#call.room);
    feed.on('costs', (costs) => (this.#looks ? this.#view?.show(costs) : feed.stop()));
    feed.on('lost', () => this.#view?.lose());
    this.#stops = [
      () => feed.stop(),
      this.#call.on('plan', () => this.#show()),
      this.#call.on('state', () => this.#show()), // who is a host may be new as well
    ];
    listen(this.#page, 'open', () => void this.#look());
    listen(stats, 'tab', () => void this.#look());
    this.#show();
  }

  stop() {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #show() {
    const { policy, self, state } = this.#call;
    this.#page.people.showPolicy(state === 'joining' ? null : policy, self.host);
  }

  get #looks() {
    return this.#page.panel === 'stats' && this.#page.stats.tab === 'costs';
  }

  /** The server is asked only while somebody reads what it answers. */
  async #look() {
    if (!this.#looks) return this.#feed.stop();
    this.#view = await this.#page.stats.costs();
    if (!this.#view || !this.#looks || this.#stops.length === 0) return;
    this.#view.self = this.#call.self.id;
    this.#feed.start();
  }
}
