// A document without a browser: as much of one as the page's elements need to be made and to be read. It is there once this
// module is imported, which has to be before that of any element.

// What speaks the language of the page asks the browser for it, and there is none.
import '../../../web/messages/index.js';

/** An element of any kind: what only some of them have does nothing in the others. */
class ScriptedElement extends EventTarget {
  /** @type {(ScriptedElement | string)[]} */ content = [];
  /** @type {ScriptedElement | null} */ parentElement = null;
  /** @type {Map<string, string>} */ attributes = new Map();
  /** @type {Record<string, string>} */ dataset = {};
  classList = { add: (/** @type {string} */ name) => this.setAttribute('class', `${this.getAttribute('class') ?? ''} ${name}`.trim()) };
  style = { setProperty: () => {} };
  value = '';
  checked = false;
  disabled = false;

  /** @param {string} [tag] */
  constructor(tag = 'custom') {
    super();
    this.tag = tag;
  }

  connectedCallback() {}

  get id() {
    return this.getAttribute('id') ?? '';
  }

  /** @returns {boolean} */
  get isConnected() {
    return this === document.body || (this.parentElement?.isConnected ?? false);
  }

  /** @returns {ScriptedElement | string | null} */
  get firstChild() {
    return this.content[0] ?? null;
  }

  /** @returns {ScriptedElement[]} */
  get children() {
    return this.content.filter((node) => node instanceof ScriptedElement);
  }

  /** @returns {ScriptedElement | null} */
  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get hidden() {
    return this.attributes.has('hidden');
  }

  set hidden(hidden) {
    this.toggleAttribute('hidden', hidden);
  }

  /** @returns {string} */
  get textContent() {
    return this.content.map((node) => (typeof node === 'string' ? node : node.textContent)).join('');
  }

  set textContent(words) {
    this.replaceChildren(...(words ? [words] : []));
  }

  /** @param {string} name */
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes.set(name, String(value));
    if (name === 'value') this.value = value;
    if (name.startsWith('data-')) this.dataset[name.slice(5)] = value;
  }

  /** @param {string} name */
  removeAttribute(name) {
    this.attributes.delete(name);
  }

  /** @param {string} name @param {boolean} on */
  toggleAttribute(name, on) {
    if (on) this.attributes.set(name, '');
    else this.attributes.delete(name);
  }

  /** @param {...(ScriptedElement | string)} nodes */
  append(...nodes) {
    this.#insert(Infinity, nodes);
  }

  /** @param {...(ScriptedElement | string)} nodes */
  prepend(...nodes) {
    this.#insert(0, nodes);
  }

  /** @param {...(ScriptedElement | string)} nodes */
  replaceChildren(...nodes) {
    for (const child of this.children) child.remove();
    this.content = [];
    this.append(...nodes);
  }

  /** @param {ScriptedElement} other */
  replaceWith(other) {
    const { parentElement } = this;
    if (!parentElement) return;
    const index = parentElement.content.indexOf(this);
    this.remove();
    parentElement.#insert(index, [other]);
  }

  remove() {
    if (this.parentElement) this.parentElement.content = this.parentElement.content.filter((node) => node !== this);
    this.parentElement = null;
  }

  /** @param {ScriptedElement} other */
  contains(other) {
    return [...all(this)].includes(other);
  }

  querySelector() {
    return null;
  }

  showModal() {
    this.toggleAttribute('open', true);
  }

  close() {
    this.toggleAttribute('open', false);
  }

  focus() {}

  select() {}

  /** @param {number} index @param {(ScriptedElement | string)[]} nodes */
  #insert(index, nodes) {
    for (const node of nodes) if (node instanceof ScriptedElement) node.remove();
    this.content.splice(index, 0, ...nodes);
    for (const node of nodes) {
      if (!(node instanceof ScriptedElement)) continue;
      node.parentElement = this;
      if (this.isConnected) for (const one of all(node)) one.connectedCallback();
    }
  }
}

/** @param {ScriptedElement} element @returns {Generator<ScriptedElement>} it and everything in it */
function* all(element) {
  yield element;
  for (const child of element.children) yield* all(child);
}

const body = new ScriptedElement('body');
const document = {
  body,
  activeElement: body,
  execCommand: () => false,
  createElement: (/** @type {string} */ tag) => new ScriptedElement(tag),
  createElementNS: (/** @type {string} */ _, /** @type {string} */ tag) => new ScriptedElement(tag),
};
const names = { define: () => {} };

/** Nothing has a size here, and none changes. */
class ResizeObserver {
  observe() {}

  disconnect() {}
}

Object.assign(globalThis, { ResizeObserver, HTMLElement: ScriptedElement, Node: ScriptedElement, document, customElements: names });

/**
 * Puts an element into the document, in place of what was there.
 *
 * @template T
 * @param {T} element
 * @returns {T}
 */
export function put(element) {
  body.replaceChildren(/** @type {any} */ (element));
  return element;
}

/**
 * What is in an element, and not hidden, under a test id.
 *
 * @param {HTMLElement} element
 * @param {string} testid
 * @returns {any[]}
 */
export function seen(element, testid) {
  const found = [...all(/** @type {any} */ (element))].filter((one) => one.getAttribute('data-testid') === testid);
  return found.filter((one) => !isHidden(one));
}

/**
 * What is written there.
 *
 * @param {HTMLElement} element
 * @param {string} testid
 * @returns {string[]}
 */
export function words(element, testid) {
  return seen(element, testid).map(({ textContent }) => textContent);
}

/** @param {ScriptedElement | null} element @returns {boolean} */
function isHidden(element) {
  return element !== null && (element.hidden || isHidden(element.parentElement));
}

/** Presses a button. @param {any} button */
export function press(button) {
  button.dispatchEvent(new Event('click'));
}
