// What the browser remembers for the next call. Private windows may forbid it, and then nothing is remembered.

const NAME = 'visavis.name';

/** What the person was called last, or an empty string. */
export function rememberedName() {
  try {
    return localStorage.getItem(NAME) ?? '';
  } catch {
    return '';
  }
}

/** @param {string} name */
export function rememberName(name) {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // A name that is not kept has to be typed again, and that is all.
  }
}
