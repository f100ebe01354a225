// The sentences of the network test, which most people never see: fetched when it is.

import { language } from './index.js';

/** @typedef {typeof import('./en-network.js').enNetwork} NetworkMessages */

/** @type {Record<import('./languages.js').Language, () => Promise<NetworkMessages>>} */
const SENTENCES = {
  en: async () => (await import('./en-network.js')).enNetwork,
  de: async () => (await import('./de-network.js')).deNetwork,
  ar: async () => (await import('./ar-network.js')).arNetwork,
  pseudo: async () => (await import('./pseudo.js')).likePseudo((await import('./en-network.js')).enNetwork),
};

export const network = await SENTENCES[language]();
