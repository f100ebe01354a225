// Tabs: one of several parts of a panel at a time (the pattern of the ARIA Authoring Practices Guide).

import { emit, h } from './dom.js';
import { next } from './tab-keys.js';

/** @typedef {{id: string, label: string, panel: HTMLElement}} Tab `id` is unique on the page */

/** Emits `tab` {id} when another one is chosen. Its panels stand elsewhere; it shows one and hides the others. */
export class TabList extends HTMLElement {
  #tabs;
  #label;
  /** @type {Map<string, HTMLButtonElement>} */
  #buttons = new Map();
  #chosen;

  /**
   * @param {string} label
   * @param {Tab[]} tabs
   */
  constructor(label = '', tabs = []) {
    super();
    this.#label = label;
    this.#tabs = tabs;
    this.#chosen = tabs[0]?.id ?? '';
  }

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'tablist');
    this.setAttribute('aria-label', this.#label);
    for (const { id, label, panel } of this.#tabs) {
      const button = h('button', { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}`, 'data-testid': `tab-${id}` }, label);
      button.addEventListener('click', () => this.choose(id));
      this.#buttons.set(id, button);
      panel.id = `panel-${id}`;
      panel.setAttribute('role', 'tabpanel');
      panel.setAttribute('aria-labelledby', `tab-${id}`);
      this.append(button);
    }
    this.addEventListener('keydown', (event) => this.#key(event));
    this.#show();
  }

  get chosen() {
    return this.#chosen;
  }

  /** @param {string} id */
  choose(id) {
    if (id === this.#chosen) return;
    this.#chosen = id;
    this.#show();
    emit(this, 'tab', { id });
  }

  /** The chosen one takes the focus. */
  focusTab() {
    this.#buttons.get(this.#chosen)?.focus();
  }

  #show() {
    for (const { id, panel } of this.#tabs) {
      const chosen = id === this.#chosen;
      panel.hidden = !chosen;
      const button = this.#buttons.get(id);
      button?.setAttribute('aria-selected', String(chosen));
      // With the tab key one comes to the chosen one only; arrows lead to the others.
      if (button) button.tabIndex = chosen ? 0 : -1;
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = next(event.key, this.#tabs.findIndex(({ id }) => id === this.#chosen), this.#tabs.length, getComputedStyle(this).direction);
    const tab = target === null ? undefined : this.#tabs[target];
    if (!tab) return;
    event.preventDefault();
    this.choose(tab.id);
    this.focusTab();
  }
}

customElements.define('vv-tab-list', TabList);
