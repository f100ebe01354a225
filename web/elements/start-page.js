// The start page: a room's name, its link to send, and a way in.

import { emit, h, listen, setAttribute } from './dom.js';
import { icon } from './icon.js';
import { PolicyChoice } from './policy-choice.js';
import { RecentRooms } from './recent-rooms.js';
import { newRoomName } from './room-name.js';
import { ShareLink } from './share-link.js';
import { readRoom } from '../lib/links.js';
import { roomProblem } from '../lib/names.js';
import { pathOfPolicy, policyOfPath } from '../lib/policy.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/policy.js').Policy} Policy */
/** @typedef {{room: string, ice: 'all' | 'relay', path: 'direct' | 'forward' | null, policy: Policy}} Asked a room, what its
 * link asks for (that addresses be hidden, and one way for all media), and what is to hold if it has yet to be made */

/** What puts a text in at once. */
const WHOLE = ['insertFromPaste', 'insertFromDrop'];

/** Emits `written` {written}, `go` and `named` with what is asked for, `forget` {room} and `clear`. */
export class StartPage extends HTMLElement {
  #room = h('input', {
    id: 'start-room',
    name: 'room',
    dir: 'auto',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    enterkeyhint: 'go',
    'aria-describedby': 'start-hint',
    'data-testid': 'start-room',
    onfocus: () => this.#room.select(),
    oninput: (/** @type {InputEvent} */ { inputType }) => this.#named(WHOLE.includes(inputType)),
  });
  #hint = h('p', { id: 'start-hint', class: 'hint', 'aria-live': 'polite' }, text.start.hint);
  #words = h('div', { class: 'start-words' });
  #policy = new PolicyChoice();
  #share = new ShareLink();
  #recent = new RecentRooms();

  connectedCallback() {
    if (this.firstChild) return;
    this.#room.value ||= newRoomName();
    this.#words.prepend(h('h1', {}, text.start.heading), h('p', { class: 'lead' }, text.start.lead));
    this.append(h('div', { class: 'start' }, this.#words, h('div', { class: 'start-rooms' }, this.#form(), this.#recent)));
    for (const type of ['forget', 'clear']) listen(this.#recent, type, (detail) => emit(this, type, detail));
    listen(this.#recent, 'lost', () => this.#room.focus());
    this.#named(true);
  }

  /** @param {string | null} written what stood in the field before the page was loaded anew */
  begin(written) {
    this.#room.value = written ?? '';
  }

  /** Says that cameras will not work at this address, and where they do. */
  warnInsecure() {
    const notice = h('p', { class: 'notice', 'data-kind': 'warning', 'data-testid': 'notice', role: 'note' });
    notice.append(icon('warning'), h('span', {}, text.insecure));
    this.#words.append(notice);
  }

  /** @param {string} link to the room that is asked for now */
  showLink(link) {
    this.#share.show(link);
  }

  /** @param {import('./recent-rooms.js').RecentRoom[]} rooms */
  showRecent(rooms) {
    this.#recent.show(rooms);
  }

  #form() {
    const another = h('button', { type: 'button', class: 'inside', title: text.start.another });
    another.setAttribute('aria-label', text.start.another);
    another.append(icon('shuffle'));
    another.addEventListener('click', () => {
      this.#room.value = newRoomName();
      this.#named(true);
    });
    const go = h('button', { type: 'submit', class: 'primary', 'data-testid': 'start-go' }, text.start.go);
    const form = h('form', { class: 'card', novalidate: true });
    form.append(
      h('label', { for: 'start-room' }, text.start.room),
      h('div', { class: 'field' }, this.#room, another),
      go,
      this.#hint,
      h('details', { class: 'options', 'data-testid': 'start-options' }, h('summary', {}, text.policy.options), this.#policy),
      this.#share,
    );
    listen(this.#policy, 'policy', () => this.#named(true));
    form.addEventListener('submit', (event) => this.#submit(event));
    return form;
  }

  /**
   * What is there now; whoever was sent a link may put in all of it, and what that asks for counts.
   * @returns {Asked | {elsewhere: string}}
   */
  get #asked() {
    const asked = readRoom(location.href, this.#room.value);
    if ('elsewhere' in asked) return asked;
    const policy = policyOfPath(asked.path) ?? this.#policy.policy;
    return { ...asked, path: pathOfPolicy(policy), policy };
  }

  /** @param {boolean} whole whoever writes a link letter by letter is not told after each of them where it leads */
  #named(whole) {
    const asked = this.#asked;
    const complaint = complaintAbout(asked);
    emit(this, 'written', { written: this.#room.value });
    this.#complain(whole && 'elsewhere' in asked ? complaint : null);
    // Without a name there is nothing to share; the place stays, so that nothing jumps while somebody writes.
    this.#share.inert = complaint !== null;
    if (complaint === null) emit(this, 'named', asked);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const asked = this.#asked;
    const complaint = complaintAbout(asked);
    if (complaint === null) return emit(this, 'go', asked);
    this.#complain(complaint);
    this.#room.focus();
  }

  /** @param {Complaint | null} complaint */
  #complain(complaint) {
    this.#hint.replaceChildren(...(complaint ?? [text.start.hint]));
    this.#hint.toggleAttribute('data-wrong', complaint !== null);
    setAttribute(this.#room, 'aria-invalid', complaint === null ? null : 'true');
  }
}

/** @typedef {(string | Node)[]} Complaint */

/**
 * Why the room that is asked for cannot be opened.
 * @param {Asked | {elsewhere: string}} asked
 * @returns {Complaint | null}
 */
function complaintAbout(asked) {
  if ('elsewhere' in asked) {
    const { elsewhere } = asked;
    return [text.start.elsewhere, ' ', h('a', { href: elsewhere, dir: 'ltr' }, elsewhere)];
  }
  const problem = roomProblem(asked.room);
  return problem && [text.start[problem]];
}

customElements.define('vv-start-page', StartPage);
