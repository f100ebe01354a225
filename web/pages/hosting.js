// What hosts do during a call, and the rules of the room in words: fetched when somebody looks at it, or when somebody knocks.

import { shownName } from '../elements/avatar.js';
import { ConfirmDialog } from '../elements/confirm-dialog.js';
import { emit, listen } from '../elements/dom.js';
import { HostActions } from '../elements/host-actions.js';
import { KnockList } from '../elements/knock-list.js';
import { PolicyDialog } from '../elements/policy-dialog.js';
import { RoomRules } from '../elements/room-rules.js';
import { RulesDialog } from '../elements/rules-dialog.js';
import { hostLink as makesHost, roomLink } from '../lib/links.js';
import { hosts } from '../messages/hosts.js';
import { playChime } from './chime.js';

/** @typedef {import('../elements/host-actions.js').HostAction} HostAction */
/** @typedef {import('../lib/protocol.js').ProtocolError} ProtocolError */
/** @typedef {import('../lib/policy.js').Policy} Policy */

/** So long after one chime there is no other, in milliseconds: whoever knocks all the time is no alarm. */
const QUIET = 4_000;

/** Refusals that nothing follows from: whoever it was about has gone, or so has the connection. */
const HARMLESS = new Set(['closed', 'void', 'unknown-participant']);

/** Binds what hosts decide to the list of people, the options of tiles, the notices and dialogs of their own. */
export class Hosting {
  #call;
  #page;
  #notices;
  #output;
  #knocks = new KnockList();
  #rules = new RoomRules();
  #actions = new HostActions();
  #rulesDialog = new RulesDialog();
  #policyDialog = new PolicyDialog();
  #confirm = new ConfirmDialog();
  /** Whom the options are open for. */
  #about = '';
  /** Those of whom it is known that they wait. @type {Set<string>} */
  #heard = new Set();
  /** Whom the notice is about, as it stands there. */
  #told = '';
  #chimed = -Infinity;

  /**
   * @param {object} parts
   * @param {import('../lib/call.js').Call} parts.call
   * @param {import('../elements/call-page.js').CallPage} parts.page
   * @param {import('./call-notices.js').CallNotices} parts.notices
   * @param {() => string | null} parts.output where sound is played
   */
  constructor({ call, page, notices, output }) {
    this.#call = call;
    this.#page = page;
    this.#notices = notices;
    this.#output = output;
    page.people.extend({ above: this.#knocks, below: this.#rules });
    for (const dialog of [this.#rulesDialog, this.#policyDialog, this.#confirm]) page.adopt(dialog);
    listen(this.#knocks, 'admit', (/** @type {{id: string, on: boolean}} */ { id, on }) => this.#admit(id, on));
    listen(this.#rules, 'change', () => this.#rulesDialog.open(call.policy));
    listen(this.#rules, 'mute-all', () => void this.#muteAll());
    listen(this.#rulesDialog, 'rules', ({ rules }) => call.setPolicy({ ...call.policy, rules }));
    // Like everything that a person wants it is told at the page.
    listen(this.#policyDialog, 'policy', (/** @type {{policy: Policy}} */ { policy }) => emit(page, 'policy', { policy }));
    listen(this.#actions, 'act', (/** @type {{action: HostAction}} */ { action }) => void this.#act(action));
    this.show();
  }

  /** Everything that is to be seen of it, as it is now. */
  show() {
    const { self, rules, knocks, participants, room, hostKey } = this.#call;
    const guests = [...participants.values()].some(({ host }) => !host);
    const hostLink = hostKey === null ? null : makesHost(roomLink(location.href, room), hostKey);
    this.#rules.show(rules, { mayChange: self.host, guests, hostLink });
    this.#knocks.show(knocks);
    this.#tellKnocks();
  }

  /** Among the options of somebody. @param {string} id */
  offer(id) {
    const participant = this.#call.participants.get(id);
    if (!participant || !this.#call.self.host) return;
    this.#about = id;
    this.#actions.show(participant, this.#call.rules);
    this.#page.tileMenu.offer(this.#actions);
  }

  /** Has it decided anew which way media goes. */
  decide() {
    this.#policyDialog.open(this.#call.policy);
  }

  /** Ends the call for everybody, if that is meant. */
  async end() {
    const { title, means, go } = hosts.confirm.end;
    if (await this.#confirm.ask({ title, means, go, danger: true })) await this.#try(this.#call.end());
  }

  /** Whoever has come is heard once, and seen for as long as they wait: in a notice, or in the list of people if that is open. */
  #tellKnocks() {
    const { knocks } = this.#call;
    const news = knocks.filter(({ id }) => !this.#heard.has(id));
    this.#heard = new Set(knocks.map(({ id }) => id));
    if (news.length > 0) this.#chime();
    const { one, many, show, admit, refuse } = hosts.knocks;
    const isListed = this.#page.panel === 'people';
    for (const { name } of isListed ? news : []) this.#page.announcer.say(one(shownName(name)));
    // What is said already stays where it is, and keeps the focus.
    const told = isListed ? '' : [...this.#heard].join();
    if (told === this.#told) return;
    this.#told = told;
    const [first] = knocks;
    if (!first || isListed) return this.#page.notices.clear('knock');
    const answer = (/** @type {boolean} */ on) => () => this.#admit(first.id, on);
    const several = { text: many(knocks.length), action: { label: show, run: () => this.#page.open('people') } };
    const single = { text: one(shownName(first.name)), action: { label: admit, run: answer(true) }, other: { label: refuse, run: answer(false) }, fixed: true };
    this.#page.notices.show({ id: 'knock', ...(knocks.length > 1 ? several : single) });
  }

  #chime() {
    const now = performance.now();
    if (now - this.#chimed < QUIET) return;
    this.#chimed = now;
    void playChime(this.#output());
  }

  /**
   * @param {string} id
   * @param {boolean} on
   */
  #admit(id, on) {
    void this.#try(this.#call.admit(id, on));
  }

  async #muteAll() {
    if (await this.#try(this.#call.mute({ mic: true }))) this.#notices.told(hosts.said.mutedAll);
  }

  /** @param {HostAction} action */
  async #act(action) {
    const id = this.#about;
    const name = shownName(this.#call.participants.get(id)?.name ?? '');
    this.#page.tileMenu.close();
    if (action === 'appoint' || action === 'remove') return this.#ask(action, id, name);
    const asks = action === 'askMic' || action === 'askCamera';
    const done = await this.#try(asks ? this.#call.ask(id, action === 'askMic' ? { mic: true } : { camera: true }) : this.#switchOff(action, id));
    if (done && asks) this.#notices.told(hosts.said.asked(name));
  }

  /**
   * @param {'mute' | 'cameraOff' | 'shareOff'} action
   * @param {string} id
   */
  #switchOff(action, id) {
    return this.#call.mute(action === 'mute' ? { mic: true } : action === 'cameraOff' ? { camera: true } : { screen: true }, id);
  }

  /**
   * @param {'appoint' | 'remove'} action
   * @param {string} id
   * @param {string} name
   */
  async #ask(action, id, name) {
    const { title, means, go } = hosts.confirm[action];
    const agreed = await this.#confirm.ask({ title: title(name), means, go, danger: action === 'remove' });
    if (agreed) await this.#try(this.#call[action](id));
  }

  /**
   * @param {Promise<void>} wish
   * @returns {Promise<boolean>} whether the server has agreed
   */
  async #try(wish) {
    try {
      await wish;
      return true;
    } catch (error) {
      const { code, message } = /** @type {ProtocolError} */ (error);
      if (!HARMLESS.has(code)) this.#notices.refused({ code, message });
      return false;
    }
  }
}
