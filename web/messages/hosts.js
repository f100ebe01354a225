// The sentences of hosts, and of those who wait for them, in the language of the page: fetched when they are needed.

import { language } from './index.js';

/** @typedef {typeof import('./en-hosts.js').enHosts} HostMessages */

/** @type {Record<import('./languages.js').Language, () => Promise<HostMessages>>} */
const SENTENCES = {
  en: async () => (await import('./en-hosts.js')).enHosts,
  de: async () => (await import('./de-hosts.js')).deHosts,
  ar: async () => (await import('./ar-hosts.js')).arHosts,
  pseudo: async () => (await import('./pseudo.js')).likePseudo((await import('./en-hosts.js')).enHosts),
};

export const hosts = await SENTENCES[language]();
