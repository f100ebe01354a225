// Making DOM nodes without markup strings: everything a person typed reaches the page as text, never as HTML.

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Makes an element. A property that is a function and starts with `on` becomes a listener (`onclick`); `true` becomes an
 * empty attribute; `false`, `null` and `undefined` leave it out; everything else becomes an attribute. There is no
 * `style`: the page's content policy forbids inline styles.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function' && name.startsWith('on')) {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else {
      setAttribute(element, name, value);
    }
  }
  element.append(...present(children));
  return element;
}

/**
 * Sets, or with `false`, `null` and `undefined` removes, one attribute.
 * @param {Element} element
 * @param {string} name
 * @param {unknown} value
 */
export function setAttribute(element, name, value) {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

/**
 * Tells whoever listens to `element` that something happened in it.
 * @param {Element} element
 * @param {string} type
 * @param {unknown} [detail]
 */
export function emit(element, type, detail) {
  element.dispatchEvent(new CustomEvent(type, { detail }));
}

/**
 * Listens to an event that an element of this page emits; `handle` gets what was told.
 * @template D
 * @param {Element} element
 * @param {string} type
 * @param {(detail: D) => void} handle
 */
export function listen(element, type, handle) {
  element.addEventListener(type, (event) => {
    if (event instanceof CustomEvent) handle(event.detail);
  });
}

/**
 * Fetches a style sheet that the document does without until it is needed.
 * @param {string} address
 * @returns {Promise<unknown>} resolved when it holds, or cannot be had
 */
export function fetchStyle(address) {
  if (document.querySelector(`link[href="${address}"]`)) return Promise.resolve();
  const link = h('link', { rel: 'stylesheet', href: address });
  const settled = new Promise((resolve) => ['load', 'error'].forEach((type) => link.addEventListener(type, resolve)));
  document.head.append(link);
  return settled;
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  /** @type {(Node | string)[]} */
  const kept = [];
  for (const child of children) if (child) kept.push(child);
  return kept;
}
