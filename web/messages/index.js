// The language of the page: every sentence a person reads comes from here.

import { en } from './en.js';
import { LANGUAGES, chooseLanguage } from './languages.js';
import { recall } from '../pages/memory.js';

/** @typedef {typeof en} Messages */

/** Fetched only where they are spoken. @type {Record<import('./languages.js').Language, () => Promise<Messages>>} */
const SENTENCES = {
  en: async () => en,
  de: async () => (await import('./de.js')).de,
  ar: async () => (await import('./ar.js')).ar,
  pseudo: async () => (await import('./pseudo.js')).pseudo,
};

/** The language of this page, until it is loaded anew. */
export const language = chooseLanguage([asked(), recall('language')], wished());

export const text = await SENTENCES[language]();

/** For numbers, dates and the document: a BCP 47 tag and a direction. */
export const { tag, dir } = LANGUAGES[language];

/** `?lang=` in the address. */
function asked() {
  return new URLSearchParams(globalThis.location?.search).get('lang');
}

function wished() {
  return globalThis.document ? navigator.languages : [];
}
