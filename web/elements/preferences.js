// Language and appearance, behind one button.

import { emit, h } from './dom.js';
import { icon } from './icon.js';
import { LANGUAGES, OFFERED } from '../messages/languages.js';
import { language, text } from '../messages/index.js';

/** @typedef {import('../pages/memory.js').Theme} Theme */

/** @type {Theme[]} */
const THEMES = ['system', 'dark', 'light'];

/** Emits `language` {language} and `theme` {theme}. */
export class Preferences extends HTMLElement {
  #theme = select('theme', THEMES.map((theme) => [theme, text.menu[theme]]));
  #language = select('language', OFFERED.map((name) => [name, LANGUAGES[name].name]));

  connectedCallback() {
    if (this.firstChild) return;
    const { open } = text.menu;
    const button = h('button', { type: 'button', class: 'plain', popovertarget: 'preferences', 'aria-label': open });
    button.title = open;
    button.setAttribute('data-testid', 'preferences');
    button.append(icon('globe'));
    this.#language.value = language;
    this.#language.addEventListener('change', () => emit(this, 'language', { language: this.#language.value }));
    this.#theme.addEventListener('change', () => emit(this, 'theme', { theme: this.#theme.value }));
    const panel = h('div', { id: 'preferences', class: 'preferences', popover: 'auto', role: 'group', 'aria-label': open });
    panel.append(
      h('label', { for: 'language' }, text.menu.language),
      this.#language,
      h('label', { for: 'theme' }, text.menu.theme),
      this.#theme,
    );
    this.append(button, panel);
  }

  /** @param {Theme} theme */
  show(theme) {
    this.#theme.value = theme;
  }
}

/**
 * @param {string} name
 * @param {[value: string, label: string][]} choices
 */
function select(name, choices) {
  const options = choices.map(([value, label]) => h('option', { value }, label));
  return h('select', { id: name, 'data-testid': name }, ...options);
}

customElements.define('vv-preferences', Preferences);
