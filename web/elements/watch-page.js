// A room for those who are not in it: one picture over all of the window, one sound, and little else.

import { emit, h, listen } from './dom.js';
import { icon } from './icon.js';
import { roundButton, setFace } from './round-button.js';
import { shortcut } from './shortcuts.js';
import { WatchScreen } from './watch-screen.js';
import { WatchToken } from './watch-token.js';
import { WatchWords } from './watch-words.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/whep.js').Told} Told */

/** How long the controls stay after somebody has moved or pressed something, in milliseconds. */
const RESTS_AFTER = 3_000;

/** A picture that has not come after so long is not waited for, in milliseconds. */
const PICTURE_MS = 4_000;

/** What shows that somebody is there. */
const STIRS = ['pointermove', 'pointerdown', 'focusin'];

/** Emits `token` {token}, and `again` to try once more. */
export class WatchPage extends HTMLElement {
  #screen = new WatchScreen();
  #words = new WatchWords();
  #token = new WatchToken();
  #room = h('h1', { dir: 'auto' });
  #call = h('a', { class: 'watch-call', 'data-testid': 'watch-call' }, icon('camera'), text.watch.call);
  #sound = roundButton('watch-sound', () => this.#screen.toggleSound());
  #full = roundButton('watch-fullscreen', () => void this.#toggleFullScreen());
  #hear = h('button', { type: 'button', class: 'primary watch-hear', 'data-testid': 'watch-hear' }, icon('sound'), text.watch.hear);
  #again = h('button', { type: 'button', class: 'primary', 'data-testid': 'watch-again' }, text.obstacles.retry);
  #bar = h('div', { class: 'watch-bar', role: 'group', 'aria-label': text.watch.controls });
  /** @type {Told} */ #told = { state: 'idle' };
  #named = false;
  #letters = true;
  /** Whether no picture is waited for any more. */ #alone = false;
  #rest = 0;
  #patience = 0;
  #pressed = (/** @type {KeyboardEvent} */ event) => this.#key(event);
  #filled = () => this.#showControls();

  constructor() {
    super();
    this.#hear.addEventListener('click', () => this.#listen());
    // Whoever touches the picture wants to hear it as well.
    this.#screen.addEventListener('click', () => this.#screen.sound === 'blocked' && this.#screen.hear());
    this.#again.addEventListener('click', () => emit(this, 'again'));
    listen(this.#screen, 'picture', () => this.#show());
    listen(this.#screen, 'sound', () => this.#showControls());
    listen(this.#token, 'token', (detail) => emit(this, 'token', detail));
    for (const type of STIRS) this.addEventListener(type, () => this.#wake());
  }

  connectedCallback() {
    document.addEventListener('keydown', this.#pressed);
    document.addEventListener('fullscreenchange', this.#filled);
    if (this.firstChild) return;
    this.#full.hidden = document.fullscreenEnabled !== true;
    this.#bar.append(this.#sound, this.#full, this.#room, this.#call);
    const middle = h('div', { class: 'watch-middle' }, this.#words, this.#again, this.#token);
    this.append(this.#screen, middle, this.#hear, this.#bar);
    this.#token.hidden = true;
    this.#show();
    this.#wake();
  }

  disconnectedCallback() {
    document.removeEventListener('keydown', this.#pressed);
    document.removeEventListener('fullscreenchange', this.#filled);
    window.clearTimeout(this.#rest);
    window.clearTimeout(this.#patience);
  }

  /** @param {{room: string, call: string, named: boolean, letters: boolean}} begin `call`: its address; `named`: one
   *   participant is watched, and not all; `letters`: whether single letters are keys */
  begin({ room, call, named, letters }) {
    this.#room.textContent = room;
    this.#room.title = room;
    this.#call.href = call;
    this.#named = named;
    this.#letters = letters;
    this.#screen.begin(text.watch.picture(room));
  }

  /** @param {Told} told */
  show(told) {
    this.#told = told;
    this.#alone = false;
    window.clearTimeout(this.#patience);
    if (told.state === 'playing') this.#patience = window.setTimeout(() => this.#waitNoMore(), PICTURE_MS);
    this.#screen.show(told.stream ?? null);
    this.#show();
    if (told.why === 'token') this.#token.ask();
  }

  #waitNoMore() {
    this.#alone = true;
    this.#show();
  }

  #show() {
    const { picture } = this.#screen;
    this.toggleAttribute('data-picture', picture);
    this.#words.show(this.#told, { seen: picture, alone: this.#alone, named: this.#named });
    this.#again.hidden = this.#told.why !== 'refused';
    this.#token.hidden = this.#told.why !== 'token';
    this.#showControls();
  }

  #showControls() {
    const { sound } = this.#screen;
    this.#hear.hidden = sound !== 'blocked' || this.#told.state !== 'playing';
    const { soundOn, soundOff } = text.watch;
    if (sound === 'on') setFace(this.#sound, { icon: 'sound', label: soundOff, key: 'm' });
    else setFace(this.#sound, { icon: 'sound-only', label: soundOn, key: 'm' }, true);
    const isFull = document.fullscreenElement !== null;
    const { fullScreen, fullScreenEnd } = text.actions;
    setFace(this.#full, { icon: isFull ? 'shrink' : 'expand', label: isFull ? fullScreenEnd : fullScreen, key: 'f' });
  }

  /** The button goes, and whoever has pressed it goes on at the one that takes it back. */
  #listen() {
    this.#screen.hear();
    this.#sound.focus({ preventScroll: true });
  }

  async #toggleFullScreen() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await document.documentElement.requestFullscreen();
    } catch {
      // The browser says no, and the picture has all of the window still.
    }
  }

  /** Controls are there for a while; how they go is for the style sheet to say, and whether. */
  #wake() {
    window.clearTimeout(this.#rest);
    this.removeAttribute('data-resting');
    this.#rest = window.setTimeout(() => this.setAttribute('data-resting', ''), RESTS_AFTER);
  }

  /** Who wants the controls gone has no use for the focus in them. */
  #sleep() {
    const { activeElement } = document;
    if (activeElement instanceof HTMLElement && this.#bar.contains(activeElement)) activeElement.blur();
    window.clearTimeout(this.#rest);
    this.setAttribute('data-resting', '');
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const wanted = shortcut(event);
    if (wanted === 'escape') return this.#sleep();
    this.#wake();
    if (!this.#letters || (wanted !== 'mute' && wanted !== 'fullscreen')) return;
    event.preventDefault();
    if (wanted === 'mute') this.#screen.toggleSound();
    else void this.#toggleFullScreen();
  }
}

customElements.define('vv-watch-page', WatchPage);
