// What the call costs, and how its media travels: the server's figures go to the panel, and a host's decision to the call.

import { listen } from '../elements/dom.js';
import { CostsFeed } from '../lib/costs-feed.js';
import { costsLink } from '../lib/links.js';

/** @typedef {import('../lib/policy.js').Policy} Policy */
/** @typedef {import('../lib/costs.js').RoomPlan} RoomPlan */

/**
 * What is needed of the call.
 * @typedef {object} CostsCall
 * @property {string} room
 * @property {{id: string, host: boolean}} self
 * @property {{policy: Policy} | null} plan null before it is known
 * @property {() => Promise<unknown>} costs asks the server
 * @property {(policy: Policy) => void} setPolicy
 * @property {{(type: 'plan', listener: () => void): () => void, (type: 'state', listener: () => void): () => void}} on
 */

/** Binds the call's plan and costs to the statistics and the list of people. */
export class CallCosts {
  #call;
  #page;
  #feed;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {CostsCall} parts.call
   * @param {import('../elements/call-page.js').CallPage} parts.page
   */
  constructor({ call, page }) {
    this.#call = call;
    this.#page = page;
    this.#feed = new CostsFeed(() => call.costs());
  }

  start() {
    const { people, policy, stats } = this.#page;
    const feed = this.#feed;
    stats.costsPage = costsLink(location.href, this.#call.room);
    feed.on('costs', (costs) => (this.#looks ? stats.costs.show(costs) : feed.stop()));
    feed.on('lost', () => stats.costs.lose());
    this.#stops = [
      () => feed.stop(),
      this.#call.on('plan', () => this.#show()),
      this.#call.on('state', () => this.#show()), // who is a host may be new as well
    ];
    listen(this.#page, 'open', () => this.#look());
    listen(stats, 'tab', () => this.#look());
    listen(people, 'policy', () => this.#call.plan && policy.open(this.#call.plan.policy));
    listen(policy, 'policy', (/** @type {{policy: Policy}} */ chosen) => this.#call.setPolicy(chosen.policy));
    this.#show();
  }

  stop() {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #show() {
    const { plan, self } = this.#call;
    this.#page.people.showPolicy(plan?.policy ?? null, self.host);
  }

  get #looks() {
    return this.#page.panel === 'stats' && this.#page.stats.tab === 'costs';
  }

  /** The server is asked only while somebody reads what it answers. */
  #look() {
    if (!this.#looks) return this.#feed.stop();
    this.#page.stats.costs.self = this.#call.self.id;
    this.#feed.start();
  }
}
