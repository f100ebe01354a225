// How the call is looked at: layout, full screen, and the small picture over other windows.

import { h } from './dom.js';
import { text } from '../messages/index.js';

/** @typedef {import('./stage.js').Stage} Stage */
/** @typedef {import('./controls.js').Controls} Controls */
/** @typedef {import('./notices.js').Notices} Notices */

/** Changes the view, and keeps the buttons true whoever else changes it: the browser has keys of its own. */
export class ViewModes {
  #stage;
  #controls;
  #notices;
  /** Shows whoever is large on the stage. Not a tile's own picture: another may become the large one. */
  #small = h('video', { playsinline: true, 'aria-hidden': 'true', class: 'pip-source' });
  #shown = () => this.#show();

  /**
   * @param {Stage} stage
   * @param {Controls} controls
   * @param {Notices} notices
   */
  constructor(stage, controls, notices) {
    this.#stage = stage;
    this.#controls = controls;
    this.#notices = notices;
    stage.addEventListener('layout', this.#shown);
    this.#small.muted = true;
    this.#small.addEventListener('enterpictureinpicture', this.#shown);
    this.#small.addEventListener('leavepictureinpicture', () => {
      this.#small.remove();
      this.#show();
    });
  }

  start() {
    document.addEventListener('fullscreenchange', this.#shown);
    this.#show();
  }

  stop() {
    document.removeEventListener('fullscreenchange', this.#shown);
    if (this.#inPip) void document.exitPictureInPicture();
    this.#small.srcObject = null;
    this.#small.remove();
  }

  toggleLayout() {
    if (this.#stage.isMixed) return;
    this.#stage.layout = this.#stage.layout === 'grid' ? 'speaker' : 'grid';
    this.#show();
  }

  /** @param {Element} [alone] what is to fill the screen; the page if nothing */
  async toggleFullScreen(alone = document.documentElement) {
    try {
      // A picture alone is asked for in full screen, too.
      const filled = document.fullscreenElement;
      if (filled && (filled === alone || alone === document.documentElement)) await document.exitFullscreen();
      else await alone.requestFullscreen();
    } catch {
      this.#fail(text.hints.fullScreenFailed);
    }
  }

  async togglePip() {
    if (this.#inPip) return void (await document.exitPictureInPicture());
    // Without a picture it would wait for one, unseen, and open by itself much later.
    if (!this.#stage.mainVideo?.srcObject) return this.#fail(text.hints.pipFailed);
    try {
      this.#stage.append(this.#small);
      this.follow(true);
      await this.#small.play();
      await this.#small.requestPictureInPicture();
    } catch {
      this.#small.remove();
      this.#fail(text.hints.pipFailed);
    }
  }

  /**
   * Shows the picture that is large on the stage now.
   * @param {boolean} [begin] even if nothing is shown yet
   */
  follow(begin = this.#inPip) {
    const stream = this.#stage.mainVideo?.srcObject ?? null;
    if (!begin || stream === null || this.#small.srcObject === stream) return;
    this.#small.srcObject = stream;
    this.#small.play().catch(() => undefined);
  }

  get #inPip() {
    return document.pictureInPictureElement === this.#small;
  }

  #show() {
    const can = {
      layout: !this.#stage.isMixed,
      fullScreen: document.fullscreenEnabled === true,
      pip: document.pictureInPictureEnabled === true,
      share: navigator.mediaDevices?.getDisplayMedia !== undefined,
    };
    this.#controls.showView({
      layout: this.#stage.layout,
      screen: this.#stage.hasScreen,
      fullScreen: document.fullscreenElement !== null,
      pip: this.#inPip,
      can,
    });
  }

  /** @param {string} sentence */
  #fail(sentence) {
    this.#notices.show({ id: 'view', text: sentence, passing: true });
  }
}
