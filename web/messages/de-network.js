// German: the network test.

import { apart } from './counting.js';

/** @type {import('./network.js').NetworkMessages} */
export const deNetwork = {
  heading: 'Netzwerktest',
  list: 'Was versucht wird',
  again: 'Noch einmal testen',
  copy: 'Bericht kopieren',
  copied: 'Bericht kopiert',
  byHand: 'Der Browser lässt die Seite den Bericht nicht kopieren. Hier ist er:',
  running: 'Jeder Weg, den ein Gespräch von hier aus nehmen kann, wird versucht. Das dauert ein paar Sekunden.',

  lines: {
    signaling: { label: 'Server', about: 'Chat, und wer da ist' },
    stun: { label: 'Weg hinaus über UDP', about: 'Für direkte Gespräche (STUN)' },
    udp: { label: 'Relay über UDP', about: 'Wo zwei keinen direkten Weg finden (TURN)' },
    tcp: { label: 'Relay über TCP', about: 'Wo UDP gesperrt ist (TURN)' },
    tls: { label: 'Relay über TLS', about: 'Wo nur Webseiten durchkommen (TURN)' },
    forward: { label: 'Verteilen', about: 'Für größere Räume (SFU)' },
  },

  states: {
    trying: 'Wird versucht …',
    works: 'Geht',
    blocked: 'Geht nicht',
    absent: 'Nicht angeboten',
    untried: 'War nicht zu versuchen',
  },
  over: (transport) => `Geht über ${apart(transport)}`,

  calls: {
    direct: 'Gespräche gehen, und sehr wahrscheinlich direkt.',
    server: 'Gespräche gehen, durch den Server.',
    tcp: 'Gespräche gehen, über TCP und durch den Server.',
    forward: 'Nur Gespräche, die der Server verteilt, gehen.',
    text: 'Nur der Chat geht: kein Ton und kein Bild.',
    none: 'Von hier aus kann kein Gespräch beginnen.',
  },

  notes: {
    noUdp: (port) =>
      `UDP ist gesperrt. Über TCP stocken Bild und Ton eher, wenn das Netz schlecht ist. Was hilft, ist ein anderes Netz, oder dass dieses UDP zu Port ${port} des Servers öffnet.`,
    onlyTls: () => 'Von den Relays geht nur das über TLS: Dieses Netz lässt kaum mehr als Webseiten durch.',
    noRelay: () => 'Kein Relay geht. Wenn zwei keinen direkten Weg zueinander finden, muss der Server verteilen.',
    noForward: () => 'Der Medienport des Servers ist nicht zu erreichen: In größeren Räumen fehlen dir vielleicht Ton und Bild.',
    noTls: () => 'Dieser Server bietet kein Relay über TLS an, das durch die meisten Firewalls kommt. Wer ihn betreibt, kann es einrichten.',
    otherNetwork: () => 'Versuch es in einem anderen Netz, etwa dem eines Telefons, und schalte ein VPN ab, falls eines läuft.',
    proxy: () =>
      'Bild und Ton kämen durch, der WebSocket zum Server aber nicht: Vielleicht hält ihn ein Proxy oder eine Erweiterung des Browsers auf.',
    untried: () => 'Nicht alles war zu versuchen: Vielleicht ist der Server beschäftigt, oder er lässt nur Eingeladene ein.',
  },
};
