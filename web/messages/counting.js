// Sentences that depend on a number.

/** Sentences for the kinds of numbers that a language tells apart; `#` is where the number stands.
 * @typedef {Partial<Record<Intl.LDMLPluralRule, string>> & {other: string}} Forms */

/**
 * Chooses among a language's plurals. Each language declares what it gets with all the forms that it has, so that none of
 * them can be forgotten.
 * @param {string} tag of the language
 * @returns {(count: number, forms: Forms) => string}
 */
export function counting(tag) {
  const rules = new Intl.PluralRules(tag);
  const numbers = new Intl.NumberFormat(tag);
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count));
}

/**
 * A name within a sentence, kept apart from it: the two may run in opposite directions.
 * @param {string} name
 * @returns {string}
 */
export function apart(name) {
  return `\u2068${name}\u2069`;
}
