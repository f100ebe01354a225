// What a host can do about one person, among the options of their tile.

import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { hosts } from '../messages/hosts.js';

/**
 * @typedef {'mute' | 'cameraOff' | 'shareOff' | 'askMic' | 'askCamera' | 'appoint' | 'remove'} HostAction
 * @typedef {Pick<import('../lib/call.js').RemoteParticipant, 'kind' | 'host' | 'state'>} Actee
 */

/** @type {Record<HostAction, import('./icon.js').IconName>} */
const ICONS = {
  mute: 'mic-off',
  cameraOff: 'camera-off',
  shareOff: 'screen-off',
  askMic: 'mic',
  askCamera: 'camera',
  appoint: 'people',
  remove: 'end',
};

/** Emits `act` {action}. */
export class HostActions extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', hosts.actions.heading);
  }

  /**
   * @param {Actee} person
   * @param {{mic: boolean, camera: boolean}} rules what they may switch on
   */
  show(person, rules) {
    this.replaceChildren(...actionsFor(person, rules).map((action) => this.#button(action)));
  }

  /** @param {HostAction} action */
  #button(action) {
    const button = h('button', { type: 'button', class: 'wide', 'data-testid': `host-${action}`, onclick: () => emit(this, 'act', { action }) });
    button.append(icon(ICONS[action]), hosts.actions[action]);
    return button;
  }
}

/**
 * Who has a classic page does not understand what hosts ask for, and can only be taken out; of two hosts none is over the other.
 *
 * @param {Actee} person
 * @param {{mic: boolean, camera: boolean}} rules
 * @returns {HostAction[]}
 */
export function actionsFor({ kind, host, state }, rules) {
  /** @type {(HostAction | false)[]} */
  const media = [
    state.mic ? 'mute' : (host || rules.mic) && 'askMic',
    state.camera ? 'cameraOff' : (host || rules.camera) && 'askCamera',
    state.screen && 'shareOff',
  ];
  /** @type {(HostAction | false)[]} */
  const actions = [...(kind === 'classic' ? [] : media), kind === 'native' && !host && 'appoint', !host && 'remove'];
  return actions.filter((action) => action !== false);
}

customElements.define('vv-host-actions', HostActions);
