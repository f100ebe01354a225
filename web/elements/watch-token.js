// What the server wants to know from those who only watch, where not everybody may.

import { emit, h, setAttribute } from './dom.js';
import { text } from '../messages/index.js';

/** Emits `token` {token}. */
export class WatchToken extends HTMLElement {
  #field = h('input', {
    id: 'watch-token',
    type: 'password',
    autocomplete: 'off',
    dir: 'ltr',
    required: true,
    pattern: '[\\x21-\\x7e]+', // what a header can carry
    'data-testid': 'watch-token',
  });
  #wrong = h('p', { id: 'watch-token-wrong', class: 'hint', 'data-wrong': true, 'data-testid': 'watch-token-wrong' });
  /** Whether one was given already. */ #given = false;

  connectedCallback() {
    if (this.firstChild) return;
    const { watch } = text;
    const form = h('form', { class: 'watch-form' });
    form.append(
      h('label', { for: 'watch-token' }, watch.tokenField),
      this.#field,
      this.#wrong,
      h('button', { type: 'submit', class: 'primary', 'data-testid': 'watch-go' }, watch.go),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#given = true;
      emit(this, 'token', { token: this.#field.value });
    });
    this.append(form);
  }

  /** Asks, and says it if what was given before was wrong. */
  ask() {
    this.hidden = false;
    this.#wrong.hidden = !this.#given;
    this.#wrong.textContent = this.#given ? text.watch.tokenWrong : '';
    setAttribute(this.#field, 'aria-invalid', this.#given && 'true');
    setAttribute(this.#field, 'aria-describedby', this.#given && this.#wrong.id);
    this.#field.focus();
    this.#field.select();
  }
}

customElements.define('vv-watch-token', WatchToken);
