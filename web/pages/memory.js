// What the browser remembers for the next call. Private windows may forbid it, and then nothing is remembered.

/** The language that was chosen, if one was. */
export function rememberedLanguage() {
  return recall('language');
}

/** @param {string} language */
export function rememberLanguage(language) {
  keep('language', language);
}

/** What the person was called last, or an empty string. */
export function rememberedName() {
  return recall('name') ?? '';
}

/** @param {string} name */
export function rememberName(name) {
  keep('name', name);
}

/**
 * @param {string} what
 * @returns {string | null}
 */
function recall(what) {
  try {
    return localStorage.getItem(`visavis.${what}`);
  } catch {
    return null;
  }
}

/**
 * @param {string} what
 * @param {string} value
 */
function keep(what, value) {
  try {
    localStorage.setItem(`visavis.${what}`, value);
  } catch {
    // What is not kept has to be chosen again, and that is all.
  }
}
