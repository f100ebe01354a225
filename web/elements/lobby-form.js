// What one is called in the call, how one is connected, and the way in.

import { emit, h, setAttribute } from './dom.js';
import { icon } from './icon.js';
import { WhoIsIn } from './who-is-in.js';
import { cleanName, nameProblem } from '../lib/names.js';
import { text } from '../messages/index.js';

/** Emits `join` {name}, `named` {name}, `hide` {hidden} and `back`. */
export class LobbyForm extends HTMLElement {
  /** Who is in the room already. */
  people = new WhoIsIn();
  #room = h('bdi', {});
  #name = h('input', {
    id: 'lobby-name',
    name: 'name',
    dir: 'auto',
    autocomplete: 'nickname',
    maxlength: 32,
    enterkeyhint: 'go',
    placeholder: text.lobby.namePlaceholder,
    'data-testid': 'lobby-name',
    oninput: () => this.#complain(null),
    onchange: () => this.#named(),
  });
  /** What is wrong with the name. */
  #wrong = h('p', { id: 'lobby-name-wrong', class: 'hint', 'data-wrong': true, 'data-testid': 'lobby-name-wrong' });
  #hide = h('input', {
    id: 'lobby-hide',
    type: 'checkbox',
    role: 'switch',
    'aria-describedby': 'lobby-hide-advice',
    'data-testid': 'lobby-hide-address',
    onchange: () => emit(this, 'hide', { hidden: this.#hide.checked }),
  });

  /** What to know before one enters; it is there from the beginning, so that what comes into it is read out. */
  #recording = h('p', { id: 'lobby-recording', class: 'lobby-recording', role: 'status', 'data-testid': 'lobby-recording' });
  #entry = h('p', { id: 'lobby-entry', class: 'lobby-entry', role: 'status', 'data-testid': 'lobby-entry' });
  #join = h('button', { type: 'submit', class: 'primary', 'data-testid': 'lobby-join' }, text.lobby.join);

  connectedCallback() {
    if (this.firstChild) return;
    const form = h('form', { class: 'lobby-form' });
    form.append(
      this.#back(),
      h('h1', {}, text.lobby.heading),
      h('p', { class: 'room-line' }, `${text.lobby.room}: `, h('strong', {}, this.#room)),
      this.people,
      h('label', { for: 'lobby-name' }, text.lobby.name),
      this.#name,
      this.#wrong,
      this.#entry,
      this.#recording,
      this.#join,
      this.#privacy(),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.append(form);
  }

  get name() {
    return cleanName(this.#name.value).trim();
  }

  /** @param {{room: string, name: string, hidden: boolean}} begin */
  begin({ room, name, hidden }) {
    this.#room.textContent = room;
    this.#name.value = cleanName(name);
    this.#hide.checked = hidden;
    this.#complain(nameProblem(this.name));
  }

  /** @param {boolean} recording whether the room is being recorded
   * @param {boolean} [tracks] whether what each person sends is kept as well */
  showRecording(recording, tracks = false) {
    const { now, nowTracks } = text.recording;
    const sentence = recording ? (tracks ? nowTracks : now) : '';
    if (this.#recording.textContent !== sentence) this.#recording.textContent = sentence;
    this.#describe();
  }

  /** @param {import('../lib/protocol.js').Entry} entry who may come in */
  showEntry(entry) {
    const sentence = entry === 'open' ? '' : text.lobby.entry[entry];
    if (this.#entry.textContent === sentence) return;
    this.#entry.textContent = sentence;
    this.#join.textContent = entry === 'knock' ? text.lobby.ask : text.lobby.join;
    this.#describe();
  }

  /** Begins where something is missing, or wrong, and else at the way in, without moving the page away from the picture. */
  focusFirst() {
    if (!this.name || !this.#wrong.hidden) this.#name.focus();
    else this.#join.focus({ preventScroll: true });
  }

  /** Goes on where nothing is in the way any more. */
  focusJoin() {
    this.#join.focus();
  }

  /** What is to be known before one enters is said with the way in. */
  #describe() {
    const told = [this.#entry, this.#recording].filter(({ textContent }) => textContent !== '');
    setAttribute(this.#join, 'aria-describedby', told.length > 0 && told.map(({ id }) => id).join(' '));
  }

  #named() {
    this.#name.value = this.name;
    emit(this, 'named', { name: this.name });
  }

  #submit() {
    const problem = nameProblem(this.name);
    if (problem === null) return emit(this, 'join', { name: this.name });
    this.#complain(problem);
    this.#name.focus();
  }

  /** @param {ReturnType<typeof nameProblem>} problem */
  #complain(problem) {
    this.#wrong.textContent = problem && text.lobby.nameProblems[problem];
    this.#wrong.hidden = problem === null;
    setAttribute(this.#name, 'aria-invalid', problem && 'true');
    setAttribute(this.#name, 'aria-describedby', problem && this.#wrong.id);
  }

  #privacy() {
    const label = h('label', { class: 'switch', for: 'lobby-hide' }, h('span', {}, text.lobby.hideAddress), this.#hide);
    return h('div', { class: 'privacy' }, label, h('p', { id: 'lobby-hide-advice', class: 'hint' }, text.lobby.hideAdvice));
  }

  #back() {
    const button = h('button', { type: 'button', class: 'quiet small back', onclick: () => emit(this, 'back') });
    button.append(icon('back'), text.lobby.back);
    return button;
  }
}

customElements.define('vv-lobby-form', LobbyForm);
