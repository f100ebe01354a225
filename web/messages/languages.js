// The languages there are, and which of them somebody gets.

/** @typedef {keyof typeof LANGUAGES} Language */

/** Under the name that its own speakers give it. The pseudo-locale shows sentences that are not translatable. */
export const LANGUAGES = {
  en: { name: 'English', tag: 'en', dir: 'ltr' },
  de: { name: 'Deutsch', tag: 'de', dir: 'ltr' },
  ar: { name: 'العربية', tag: 'ar', dir: 'rtl' },
  pseudo: { name: 'Pseudo', tag: 'en-XA', dir: 'ltr' },
};

/** Those to choose from. @type {Language[]} */
export const OFFERED = ['en', 'de', 'ar'];

/**
 * What was asked for by name, or else the first language of the person's list that there is, or else English.
 * @param {(string | null)[]} asked names of languages as above, the most urgent first
 * @param {readonly string[]} wished language tags, as browsers list them
 * @returns {Language}
 */
export function chooseLanguage(asked, wished) {
  for (const name of asked) if (name !== null && isLanguage(name)) return name;
  for (const tag of wished) {
    const primary = tag.split('-')[0]?.toLowerCase() ?? '';
    if (isLanguage(primary)) return primary;
  }
  return 'en';
}

/**
 * @param {string} name
 * @returns {name is Language}
 */
function isLanguage(name) {
  return Object.hasOwn(LANGUAGES, name);
}
