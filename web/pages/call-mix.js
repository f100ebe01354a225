// The mix of the room, in place of everybody's pictures and sounds: the person's choice, and the stage that shows it.

import { listen } from '../elements/dom.js';
import { text } from '../messages/index.js';
import { keep, recall } from './memory.js';

/**
 * Whether the mix is wanted when a call begins.
 * @param {import('../lib/links.js').CallLink} link
 */
export function wantsMix(link) {
  return link.mix || recall('mix');
}

/** Binds the library's Mixing to the stage, the settings and the notices. */
export class CallMix {
  #call;
  #page;
  #notices;
  #wasShown = false;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {import('../lib/call.js').Call} parts.call
   * @param {import('../elements/call-page.js').CallPage} parts.page
   * @param {import('./call-notices.js').CallNotices} parts.notices
   */
  constructor({ call, page, notices }) {
    this.#call = call;
    this.#page = page;
    this.#notices = notices;
  }

  start() {
    const { settings } = this.#page;
    this.#stops = [
      this.#call.on('mix', () => this.#show()),
      this.#call.on('plan', () => this.#showChoice()),
      // Whoever comes may be one whom the mix does not have.
      this.#call.on('participants', () => this.#call.mixing.isShown && this.#show()),
    ];
    listen(settings.mix, 'mix', (/** @type {{on: boolean}} */ { on }) => this.#choose(on));
    this.#showChoice();
  }

  stop() {
    for (const stop of this.#stops) stop();
  }

  /** @param {boolean} on */
  #choose(on) {
    keep('mix', on);
    this.#call.setMix(on);
    this.#showChoice();
  }

  #showChoice() {
    const { wantsMix: wanted, policy, paths } = this.#call;
    this.#page.settings.mix.show(wanted, forbidden(policy));
    this.#notices.mixBusy(wanted && paths.plan.mix === 'busy');
  }

  #show() {
    const { mixing, participants } = this.#call;
    const { state, participant, reason, isShown } = mixing;
    const apart = [...participants.values()].filter(({ mixed }) => !mixed).map(({ id }) => id);
    const why = reason === null ? '' : text.mix.why[reason];
    this.#page.stage.showMix({ state, participant, why, apart: new Set(apart) });
    this.#page.view.follow();
    if (isShown !== this.#wasShown) this.#page.announcer.say(isShown ? text.said.mixed : text.said.mixedEnd);
    this.#wasShown = isShown;
  }
}

/**
 * @param {import('../lib/policy.js').Policy} policy
 * @returns {string | null} why there can be no mix
 */
function forbidden({ direct, mix }) {
  if (direct === 'only') return text.settings.mixDirect;
  return mix === 'never' ? text.settings.mixNever : null;
}
