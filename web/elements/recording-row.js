// One recording, and the ways to it.

import { copyButton } from './copy-button.js';
import { h } from './dom.js';
import { icon } from './icon.js';
import { figures, size, whenBegan } from './recording-words.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/protocol.js').RecordingPart & {link: string}} ShownPart */
/** @typedef {Omit<import('../lib/recordings.js').Recording, 'parts'> & {link: string, parts: ShownPart[]}} Shown `link`: where it is
 *  handed out */

/** Several of them stand in one list. */
let made = 0;

export class RecordingRow extends HTMLElement {
  #id = `recording-${(made += 1)}`;
  #began = h('p', { class: 'recording-began', id: this.#id });
  #figures = h('p', { class: 'hint', 'data-testid': 'recording-figures' });
  /** In the server's words, which are English. */
  #problem = h('p', { class: 'hint', 'data-wrong': true, dir: 'auto', 'data-testid': 'recording-problem' });
  #download = h('a', { download: true, 'aria-describedby': this.#id, 'data-testid': 'recording-download' });
  /** Only where the browser lets the page copy nothing. */
  #field = h('input', { readonly: true, dir: 'ltr', hidden: true, 'aria-label': text.recording.link, onfocus: () => this.#field.select() });
  #copy = copyButton({
    testid: 'recording-copy',
    name: 'quiet small',
    label: text.recording.copy,
    link: () => this.#field.value,
    failed: () => this.#reveal(),
  });
  /** What each person sent. */
  #parts = h('ul', { class: 'recording-parts', 'aria-label': text.recording.parts, 'data-testid': 'recording-parts' });
  #ways = h('div', { class: 'recording-ways' }, this.#download, this.#copy);

  connectedCallback() {
    if (this.firstChild) return;
    this.setAttribute('role', 'listitem');
    this.setAttribute('data-testid', 'recording');
    this.#download.append(icon('down'), text.recording.download);
    this.#copy.setAttribute('aria-describedby', this.#id);
    this.append(this.#began, this.#figures, this.#problem, this.#ways, this.#field, this.#parts);
  }

  /** @param {Shown} recording */
  show(recording) {
    const { state, problem, link, parts } = recording;
    this.setAttribute('data-state', state);
    this.#began.textContent = whenBegan(recording);
    this.#figures.textContent = figures(recording);
    this.#problem.textContent = problem;
    this.#problem.hidden = problem === null;
    this.#download.setAttribute('href', link);
    this.#field.value = link;
    this.#ways.hidden = state === 'failed';
    this.#parts.hidden = parts.length === 0;
    this.#showParts(parts);
  }

  /** Nothing that stays is moved, so that a link that has the focus keeps it; what each sent comes in the order in which it began.
   * @param {ShownPart[]} parts */
  #showParts(parts) {
    const known = new Map([...this.#parts.children].map((item) => [item.getAttribute('data-part'), item]));
    for (const part of parts) {
      const { id, bytes } = part;
      const item = known.get(id) ?? partItem(part);
      const figure = [...item.children].at(-1);
      if (figure) figure.textContent = bytes === null ? '' : ` · ${size(bytes)}`;
      if (!known.delete(id)) this.#parts.append(item);
    }
    for (const gone of known.values()) gone.remove();
  }

  #reveal() {
    this.#field.hidden = false;
    this.#field.focus();
  }
}

/** @param {ShownPart} part
 * @returns {Element} */
function partItem({ id, name, screen, link }) {
  const whose = screen ? text.recording.screenOf(name) : name;
  const download = h('a', { download: true, href: link, dir: 'auto', 'data-testid': 'recording-part' }, whose);
  return h('li', { 'data-part': id }, download, h('span', { class: 'hint' }));
}

customElements.define('vv-recording-row', RecordingRow);
