// The bar of buttons under the call. Where it is narrow, what is used less stands in a sheet behind "More".

import { makeDialog } from './dialog.js';
import { emit, h, setAttribute } from './dom.js';
import { forbid, roundButton, setFace } from './round-button.js';
import { text } from '../messages/index.js';

/** @typedef {'chat' | 'people' | 'stats'} PanelName */

/** From this width on a button stands in the bar, in CSS pixels. @type {readonly [string, number][]} */
const IN_BAR_FROM = [
  ['share', 520],
  ['hand', 600],
  ['react', 600],
  ['people', 680],
  ['layout', 760],
  ['end', 940],
  ['settings', 1180],
  ['fullscreen', Infinity],
  ['pip', Infinity],
  ['sound-only', Infinity],
  ['record', Infinity],
  ['recordings', Infinity],
  ['stats', Infinity],
  ['copy', Infinity],
  ['help', Infinity],
];

/** The names by which tests know buttons, where they differ from what the buttons emit. @type {Record<string, string>} */
const TESTIDS = { chat: 'chat-toggle', copy: 'copy-link' };

/**
 * Emits `mute`, `camera`, `share`, `hand`, `react`, `chat`, `people`, `layout`, `settings`, `fullscreen`, `pip`,
 * `sound-only`, `record`, `recordings`, `stats`, `copy`, `help`, `end` and `leave`.
 */
export class Controls extends HTMLElement {
  /** @type {Map<string, HTMLButtonElement>} */
  #buttons = new Map();
  #list = h('div', { class: 'sheet-list' });
  #sheet = makeDialog({ title: text.actions.more, testid: 'more-sheet', kind: 'sheet' }, this.#list);
  #media = h('div', { class: 'bar-group' });
  #room = h('div', { class: 'bar-group' });
  #unread = h('span', { class: 'unread', 'aria-hidden': 'true', hidden: true });
  #resized = new ResizeObserver(() => this.#place());

  connectedCallback() {
    this.#resized.observe(this);
    if (this.firstChild) return;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', text.controls.label);
    const { actions, controls } = text;
    this.#face('leave', { icon: 'leave', label: controls.leave });
    this.button('leave').classList.add('danger');
    this.#face('copy', { icon: 'link', label: controls.copy });
    this.#face('react', { icon: 'react', label: actions.react, key: 'r' });
    this.#face('settings', { icon: 'settings', label: actions.settings, key: 'd' });
    this.#face('help', { icon: 'keyboard', label: actions.help, key: '?' });
    this.#face('more', { icon: 'more', label: actions.more });
    this.button('more').setAttribute('aria-haspopup', 'dialog');
    this.#face('recordings', { icon: 'recordings', label: text.recording.list });
    this.#face('end', { icon: 'end', label: text.hosting.end });
    this.showEnd(false);
    this.showSoundOnly({ offered: false, on: false });
    this.showRecording({ offered: false, on: false, any: false });
    for (const name of ['react', 'settings', 'recordings', 'help', 'end']) this.button(name).setAttribute('aria-haspopup', 'dialog');
    this.#list.addEventListener('click', () => this.#sheet.dialog.close());
    const chat = h('span', { class: 'with-count' }, this.button('chat'), this.#unread);
    this.#media.append(this.button('mute'), this.button('camera'));
    this.#room.append(chat, this.button('more'));
    this.append(this.#media, this.#room, this.button('leave'), this.#sheet.dialog);
    this.#place();
  }

  disconnectedCallback() {
    this.#resized.disconnect();
  }

  /** @param {{micOn: boolean, cameraOn: boolean, sharing: boolean}} state */
  showDevices({ micOn, cameraOn, sharing }) {
    const { controls, actions } = text;
    this.#face(
      'mute',
      { icon: micOn ? 'mic' : 'mic-off', label: micOn ? controls.mute : controls.unmute, key: 'm' },
      !micOn,
    );
    const camera = cameraOn ? controls.cameraOff : controls.cameraOn;
    this.#face('camera', { icon: cameraOn ? 'camera' : 'camera-off', label: camera, key: 'v' }, !cameraOn);
    const share = sharing ? actions.shareStop : actions.share;
    this.#face('share', { icon: sharing ? 'screen-off' : 'screen', label: share, key: 's' }, sharing && 'on');
  }

  /** @param {boolean} raised */
  showHand(raised) {
    this.#face(
      'hand',
      { icon: 'hand', label: raised ? text.actions.handDown : text.actions.handUp, key: 'h' },
      raised && 'on',
    );
  }

  /** @param {{open: PanelName | null, unread: number}} state */
  showPanels({ open, unread }) {
    const { closeChat, openChat, unread: sentence } = text.controls;
    const { actions } = text;
    const chat = open === 'chat' ? closeChat : unread > 0 ? `${openChat}, ${sentence(unread)}` : openChat;
    this.#face('chat', { icon: 'chat', label: chat, key: 'c' });
    this.#face('people', {
      icon: 'people',
      label: open === 'people' ? actions.closePeople : actions.openPeople,
      key: 'p',
    });
    this.#face('stats', { icon: 'stats', label: open === 'stats' ? actions.closeStats : actions.openStats, key: 'i' });
    for (const name of ['chat', 'people', 'stats'])
      this.button(name).setAttribute('aria-expanded', String(open === name));
    this.#unread.hidden = unread === 0;
    this.#unread.textContent = unread > 99 ? '99+' : String(unread);
  }

  /** @param {{layout: 'grid' | 'speaker', screen: boolean, fullScreen: boolean, pip: boolean, can: {layout: boolean, fullScreen: boolean, pip: boolean, share: boolean}}} view */
  showView({ layout, screen, fullScreen, pip, can }) {
    const { actions } = text;
    this.#face(
      'layout',
      layout === 'grid'
        ? { icon: 'speaker', label: screen ? actions.screenLarge : actions.speaker, key: 'l' }
        : { icon: 'grid', label: actions.grid, key: 'l' },
    );
    this.#face('fullscreen', {
      icon: fullScreen ? 'shrink' : 'expand',
      label: fullScreen ? actions.fullScreenEnd : actions.fullScreen,
      key: 'f',
    });
    this.#face('pip', { icon: 'pip', label: pip ? actions.pipEnd : actions.pip, key: 'o' }, pip && 'on');
    this.button('layout').hidden = !can.layout;
    this.button('fullscreen').hidden = !can.fullScreen;
    this.button('pip').hidden = !can.pip;
    this.button('share').hidden = !can.share;
  }

  /** @param {{offered: boolean, on: boolean}} soundOnly */
  showSoundOnly({ offered, on }) {
    const { actions } = text;
    const label = on ? actions.soundOnlyEnd : actions.soundOnly;
    this.#face('sound-only', { icon: on ? 'sound-only' : 'sound', label, key: 'a' }, on && 'on');
    this.button('sound-only').hidden = !offered;
  }

  /** @param {{offered: boolean, on: boolean, any: boolean}} recording `any`: there are recordings to be had */
  showRecording({ offered, on, any }) {
    const { begin, stop } = text.recording;
    this.#face('record', { icon: on ? 'record-stop' : 'record', label: on ? stop : begin }, on && 'on');
    // What ends it asks nothing more.
    setAttribute(this.button('record'), 'aria-haspopup', !on && 'dialog');
    this.button('record').hidden = !offered;
    this.button('recordings').hidden = !offered || !any;
  }

  /** @param {boolean} offered whether this side may end the call for everybody */
  showEnd(offered) {
    this.button('end').hidden = !offered;
  }

  /** @param {Record<'mute' | 'camera' | 'share', string | null>} reasons why something cannot be done, in a sentence; null: it can */
  forbid(reasons) {
    for (const [name, why] of Object.entries(reasons)) forbid(this.button(name), why);
  }

  /**
   * The button of an action, or, while that is put away in the sheet, the one that leads there.
   * @param {string} name
   */
  reachable(name) {
    const button = this.button(name);
    return this.#list.contains(button) && !this.#sheet.dialog.open ? this.button('more') : button;
  }

  /**
   * @param {string} name
   * @returns {HTMLButtonElement}
   */
  button(name) {
    const made = this.#buttons.get(name);
    if (made) return made;
    const press = name === 'more' ? () => this.#sheet.open() : () => emit(this, name);
    const button = roundButton(TESTIDS[name] ?? name, press);
    this.#buttons.set(name, button);
    return button;
  }

  /**
   * @param {string} name
   * @param {import('./round-button.js').Face} face
   * @param {import('./round-button.js').Mark} [mark]
   */
  #face(name, face, mark) {
    setFace(this.button(name), face, mark);
  }

  /** Buttons go where they have space, always in the same order. */
  #place() {
    const width = this.clientWidth;
    const [first] = this.#room.children;
    const inBar = IN_BAR_FROM.filter(([, from]) => width >= from).map(([name]) => name);
    const signature = inBar.join(' ');
    if (this.getAttribute('data-bar') === signature) return;
    this.setAttribute('data-bar', signature);
    for (const [name] of IN_BAR_FROM) {
      const button = this.button(name);
      if (!inBar.includes(name)) this.#list.append(button);
      else if (name === 'share' || name === 'hand' || name === 'react') this.#media.append(button);
      else if (name === 'end') this.button('leave').before(button);
      else if (first) this.#room.insertBefore(button, this.button('more'));
    }
  }
}

customElements.define('vv-controls', Controls);
