// The bar of buttons under the call.

import { emit, h } from './dom.js';
import { roundButton, setFace } from './round-button.js';
import { text } from '../messages/index.js';

/** Emits `mute`, `camera`, `chat`, `copy` and `leave`. */
export class Controls extends HTMLElement {
  #mute = roundButton('mute', () => emit(this, 'mute'));
  #camera = roundButton('camera', () => emit(this, 'camera'));
  #chat = roundButton('chat-toggle', () => emit(this, 'chat'));
  #copy = roundButton('copy-link', () => emit(this, 'copy'));
  #leave = roundButton('leave', () => emit(this, 'leave'));
  #unread = h('span', { class: 'unread', 'aria-hidden': 'true', hidden: true });

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'toolbar');
    this.setAttribute('aria-label', text.controls.label);
    this.#leave.classList.add('danger');
    setFace(this.#leave, { icon: 'leave', label: text.controls.leave });
    setFace(this.#copy, { icon: 'link', label: text.controls.copy });
    this.showChat({ open: false, unread: 0 });
    const chat = h('span', { class: 'with-count' }, this.#chat, this.#unread);
    this.append(this.#mute, this.#camera, chat, this.#copy, this.#leave);
  }

  /** @param {{micOn: boolean, cameraOn: boolean}} state */
  showDevices({ micOn, cameraOn }) {
    const { mute, unmute, cameraOff, cameraOn: turnOn } = text.controls;
    setFace(this.#mute, { icon: micOn ? 'mic' : 'mic-off', label: micOn ? mute : unmute, key: 'm' }, !micOn);
    setFace(
      this.#camera,
      { icon: cameraOn ? 'camera' : 'camera-off', label: cameraOn ? cameraOff : turnOn, key: 'v' },
      !cameraOn,
    );
  }

  /** @param {{open: boolean, unread: number}} state */
  showChat({ open, unread }) {
    const { closeChat, openChat, unread: sentence } = text.controls;
    const label = open ? closeChat : unread > 0 ? `${openChat}, ${sentence(unread)}` : openChat;
    setFace(this.#chat, { icon: 'chat', label, key: 'c' });
    this.#chat.setAttribute('aria-expanded', String(open));
    this.#unread.hidden = unread === 0;
    this.#unread.textContent = unread > 99 ? '99+' : String(unread);
  }

  /** Gives the focus back to the chat button, from which the panel was opened. */
  focusChat() {
    this.#chat.focus();
  }
}

customElements.define('vv-controls', Controls);
