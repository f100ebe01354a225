// The call: stage, panels, notices, dialogs and controls, put together.

import { Announcer } from './announcer.js';
import { shownName } from './avatar.js';
import { CallHeader } from './call-header.js';
import { ChatPanel } from './chat-panel.js';
import { Controls } from './controls.js';
import { emit, h, listen } from './dom.js';
import { HelpDialog } from './help-dialog.js';
import { InviteCard } from './invite-card.js';
import { Notices } from './notices.js';
import { Pager } from './pager.js';
import { Panels } from './panels.js';
import { PeoplePanel } from './people-panel.js';
import { RecordDialog } from './record-dialog.js';
import { RecordingsDialog } from './recordings-dialog.js';
import { Reactions } from './reactions.js';
import { SelfView } from './self-view.js';
import { SettingsDialog } from './settings-dialog.js';
import { ShareBar } from './share-bar.js';
import { ShareDialog } from './share-dialog.js';
import { shortcut } from './shortcuts.js';
import { Stage } from './stage.js';
import { StatsPanel } from './stats-panel.js';
import { swipes } from './swipe.js';
import { TileMenu } from './tile-menu.js';
import { ViewModes } from './view-modes.js';
import { text } from '../messages/index.js';

/** @typedef {import('./controls.js').PanelName} PanelName */

/** What a button or key does by itself; whatever else is asked for concerns the call, and is emitted. */
const PANELS = /** @type {const} */ (['chat', 'people', 'stats']);

/** What turns the pages of the stage. @type {Record<string, number>} */
const TURNS = { 'page-on': 1, 'page-back': -1 };

/** By which button each dialog is opened; that may stand in the sheet behind "More". @type {Record<string, string>} */
const OPENERS = {
  'settings-dialog': 'settings',
  'share-dialog': 'share',
  'help-dialog': 'help',
  'reaction-picker': 'react',
  'policy-dialog': 'people',
  'rules-dialog': 'people',
  'confirm-dialog': 'people',
  'record-dialog': 'record',
  'recordings-dialog': 'recordings',
};

/**
 * Whoever runs the call fills its parts. Emits `mute`, `camera`, `share`, `hand`, `sound-only`, `record`, `recordings`, `settings`,
 * `policy` {policy}, `copy`, `leave`, `end`, `open` when a panel was opened, `closed` when none is any more, `unread` {count} of messages, `letters` {on} when single letters were made keys or
 * none, and `options` {participant} when those of somebody were opened.
 */
export class CallPage extends HTMLElement {
  header = new CallHeader();
  stage = new Stage();
  self = new SelfView();
  controls = new Controls();
  chat = new ChatPanel();
  people = new PeoplePanel();
  stats = new StatsPanel();
  notices = new Notices();
  announcer = new Announcer();
  reactions = new Reactions();
  settings = new SettingsDialog();
  record = new RecordDialog();
  recordings = new RecordingsDialog();
  share = new ShareDialog();
  shareBar = new ShareBar();
  tileMenu = new TileMenu();
  pager = new Pager();
  view = new ViewModes(this.stage, this.controls, this.notices);
  #help = new HelpDialog();
  #invite = new InviteCard();
  #panels = new Panels({ chat: this.chat, people: this.people, stats: this.stats }, (closed) =>
    this.#panelChanged(closed),
  );
  #unread = 0;
  #letters = true;
  #pressed = (/** @type {KeyboardEvent} */ event) => this.#key(event);
  #seen = () => this.#chatSeen && this.#setUnread(0);

  connectedCallback() {
    document.addEventListener('keydown', this.#pressed);
    document.addEventListener('visibilitychange', this.#seen);
    this.view.start();
    if (this.firstChild) return;
    const stage = h('div', { class: 'stage-side' }, this.#invite, this.stage, this.pager, this.reactions);
    const dialogs = [this.settings, this.record, this.recordings, this.share, this.tileMenu, this.#help];
    this.append(
      this.header,
      this.shareBar,
      stage,
      this.notices,
      this.announcer,
      this.chat,
      this.people,
      this.stats,
      this.controls,
      ...dialogs,
    );
    this.#invite.hidden = true;
    this.stage.setSelf(this.self);
    for (const type of [
      'mute',
      'camera',
      'share',
      'hand',
      'settings',
      'copy',
      'leave',
      'end',
      'react',
      'layout',
      'fullscreen',
      'pip',
      'sound-only',
      'record',
      'recordings',
      'help',
      ...PANELS,
    ]) {
      listen(this.controls, type, () => this.#act(type));
    }
    listen(this.notices, 'covers', (/** @type {{hints: number, lasting: number}} */ covered) => this.#makeRoom(covered));
    listen(this.#help, 'letters', (/** @type {{on: boolean}} */ { on }) => this.#useLetters(on));
    listen(this.stage, 'page', (/** @type {{page: number, pages: number}} */ place) => this.pager.show(place));
    listen(this.pager, 'turn', (/** @type {{by: number}} */ { by }) => this.stage.turn(by));
    swipes(this.stage, (by) => this.stage.turn(by));
    // What had the focus may be gone, or what opened a dialog while that was open: then it would start at the very top.
    for (const part of [this.stage, this.notices]) listen(part, 'lost', () => this.#refocus());
    this.#giveBack(this);
    this.#panelChanged(null);
  }

  disconnectedCallback() {
    document.removeEventListener('keydown', this.#pressed);
    document.removeEventListener('visibilitychange', this.#seen);
    this.view.stop();
  }

  /** Takes in a dialog that was fetched. @param {HTMLElement} element */
  adopt(element) {
    this.append(element);
    this.#giveBack(element);
  }

  /** @param {{room: string, letters: boolean}} begin `letters`: whether single letters are keys */
  begin({ room, letters }) {
    this.#letters = letters;
    this.#help.letters = letters;
    this.header.begin(room);
  }

  /** @param {import('./invite-card.js').Invitation} invitation to send */
  invite(invitation) {
    this.#invite.show(invitation);
  }

  /** @param {number} count of people, oneself included */
  count(count) {
    this.header.count(count);
    this.#invite.hidden = count > 1;
  }

  /** @param {boolean} recording whether the call is recorded
   * @param {boolean} [tracks] whether what each person sends is kept as well */
  showRecording(recording, tracks = false) {
    this.header.recording.show(recording, tracks);
    this.toggleAttribute('data-recording', recording);
  }

  /**
   * @param {import('../lib/protocol.js').ChatMessage} message
   * @param {{own: boolean, news: boolean}} kind `news`: nobody has seen it yet
   */
  addMessage(message, { own, news }) {
    this.chat.add(message, own);
    if (!news || own || this.#chatSeen) return;
    this.#setUnread(this.#unread + 1);
    // An open chat is read out by itself, whoever looks.
    if (this.#panels.open !== 'chat') this.announcer.say(text.chat.news(shownName(message.name), message.text));
  }

  /** Whether what comes is seen: not while another tab is in front. */
  get #chatSeen() {
    return this.#panels.open === 'chat' && document.visibilityState === 'visible';
  }

  /** @param {PanelName} panel */
  open(panel) {
    if (this.#panels.open !== panel) this.#panels.toggle(panel);
  }

  /** Which panel is open. */
  get panel() {
    return this.#panels.open;
  }

  /** @param {PanelName | null} closed */
  #panelChanged(closed) {
    const { open } = this.#panels;
    this.toggleAttribute('data-panel', open !== null);
    this.#setUnread(open === 'chat' ? 0 : this.#unread);
    if (closed) this.controls.reachable(closed).focus();
    emit(this, open ? 'open' : 'closed');
  }

  /** @param {number} unread */
  #setUnread(unread) {
    this.#unread = unread;
    this.controls.showPanels({ open: this.#panels.open, unread });
    emit(this, 'unread', { count: unread });
  }

  /**
   * For the notices that last, so that they cover nothing to be pressed or read.
   * @param {{hints: number, lasting: number}} covered
   */
  #makeRoom({ hints, lasting }) {
    this.style.setProperty('--hints', `${hints}px`);
    this.style.setProperty('--lasting', `${lasting}px`);
    this.stage.above = hints + lasting;
  }

  /** The focus goes back to where it came from when a dialog is closed. @param {HTMLElement} part with dialogs in it */
  #giveBack(part) {
    for (const dialog of part.querySelectorAll('dialog')) {
      const opener = OPENERS[dialog.getAttribute('data-testid') ?? ''];
      dialog.addEventListener('close', () => this.#refocus(opener));
    }
  }

  /** @param {string} [opener] the button that leads back to where the focus was */
  #refocus(opener = 'mute') {
    // What stands in a dialog that is closed already, or is not shown, keeps the focus until the page is drawn again.
    const { activeElement } = document;
    if (activeElement === document.body || !activeElement?.checkVisibility()) this.controls.reachable(opener).focus();
  }

  /** @param {boolean} on */
  #useLetters(on) {
    this.#letters = on;
    emit(this, 'letters', { on });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const wanted = shortcut(event);
    if (wanted === null || (wanted === 'escape' && (!this.#panels.open || this.querySelector('dialog[open]')))) return;
    if (!this.#letters && wanted !== 'escape') return;
    // Without pages on the stage the key turns those of a panel.
    if (TURNS[wanted] && this.pager.hidden) return;
    event.preventDefault();
    this.#act(wanted);
  }

  /** @param {string} wanted */
  #act(wanted) {
    const panel = PANELS.find((name) => name === wanted);
    if (panel) this.#panels.toggle(panel);
    else if (wanted === 'escape') this.#panels.close();
    else if (wanted === 'react') this.reactions.choose();
    else if (wanted === 'help') this.#help.open();
    else if (wanted === 'layout') this.view.toggleLayout();
    else if (wanted === 'fullscreen') void this.view.toggleFullScreen();
    else if (wanted === 'pip') void this.view.togglePip();
    else if (TURNS[wanted]) this.stage.turn(TURNS[wanted]);
    else emit(this, wanted);
  }
}

customElements.define('vv-call-page', CallPage);
