// German: which way media goes, what that costs, and who decides it.

import { apart, counting } from './counting.js';

/** @type {(count: number, forms: {one: string, other: string}) => string} */
const count = counting('de');

export const deCosts = {
  paths: {
    reason: {
      policy: (/** @type {string} */ name) => `Wer leitet, hat entschieden, welchen Weg Bild und Ton von ${apart(name)} nehmen.`,
      rules: () => 'Gäste dürfen hier nicht alles senden; deshalb senden alle zum Server.',
      whip: (/** @type {string} */ name) => `${apart(name)} sendet über WHIP, und das geht nur zum Server.`,
      watched: (/** @type {string} */ name) => `Jemand sieht ${apart(name)} über WHEP, und das kommt nur vom Server.`,
      mixed: () => 'Der Raum wird für jemanden gemischt; deshalb senden alle zum Server.',
      'leg-failed': (/** @type {string} */ name) =>
        `Eine direkte Verbindung zwischen ${apart(name)} und jemand anderem ist gescheitert.`,
      'room-size': (/** @type {string} */ name) =>
        `Hier sind mehr, als direkt verbunden werden; deshalb sendet ${apart(name)} einmal, zum Server.`,
      screen: (/** @type {string} */ name) => `${apart(name)} teilt den Bildschirm mit mehreren und sendet ihn nur einmal.`,
      uplink: (/** @type {string} */ name) => `Der Uplink von ${apart(name)} trägt nicht für alle eine eigene Kopie.`,
      cpu: (/** @type {string} */ name) => `Der Rechner von ${apart(name)} kann nicht für alle eine eigene Kopie kodieren.`,
      'leg-poor': (/** @type {string} */ name) =>
        `Die direkten Verbindungen von ${apart(name)} verlieren zu viel oder brauchen zu lange.`,
      unreached: (/** @type {string} */ name) => `Dort, wo ${apart(name)} ist, ist der Server nicht erreichbar.`,
      small: (/** @type {string} */ name) => `Nichts spricht dagegen, ${apart(name)} direkt zu verbinden.`,
    },
  },

  policy: {
    heading: 'Welchen Weg Bild und Ton nehmen',
    options: 'Optionen',
    auto: 'Automatisch',
    only: 'Nur direkt',
    never: 'Nur über den Server',
    hints: {
      auto: 'Direkt, solange das dem Gespräch guttut',
      only: 'Der Server sieht nie Bild und Ton; alle können deine Adresse erfahren',
      never: 'Niemand erfährt deine Adresse; der Server sieht Bild und Ton',
    },
    most: 'Direkt, wenn höchstens so viele da sind',
    people: (/** @type {number} */ people) => count(people, { one: '1 Person', other: '# Personen' }),
    means: {
      auto: (/** @type {number} */ people) =>
        count(people, {
          one: 'Direkt, solange das dem Gespräch guttut und nur eine Person da ist, sonst über den Server. Wer direkt verbunden ist, kann deine Adresse erfahren.',
          other:
            'Direkt, solange das dem Gespräch guttut und höchstens # da sind, sonst über den Server. Wer direkt verbunden ist, kann deine Adresse erfahren.',
        }),
      only: 'Der Server sieht nie Bild und Ton. Alle hier können deine Adresse erfahren.',
      never: 'Niemand hier erfährt deine Adresse; der Server sieht Bild und Ton.',
    },
    change: 'Ändern',
    apply: 'Für alle anwenden',
    note: 'Es gilt ab jetzt für alle im Raum, und niemand wird unterbrochen.',
  },

  costs: {
    title: (/** @type {string} */ room) => `${room}: Kosten · visavis`,
    heading: 'Was dieses Gespräch kostet',
    lead: 'Jetzt gemessen, und daneben, was derselbe Raum auf anderen Wegen kosten würde.',
    tab: 'Kosten',
    connections: 'Verbindungen',
    toCall: 'Zum Gespräch',
    openPage: 'Auf einer eigenen Seite',
    loading: 'Der Server wird gefragt…',
    lost: 'Der Server antwortet nicht. Zu sehen ist, was er zuletzt gesagt hat. Neuer Versuch…',
    empty: 'Niemand ist in diesem Raum',
    emptyAdvice: 'Sobald jemand da ist, steht hier, was das Gespräch alle kostet, und den Server.',

    now: 'Jetzt',
    mesh: 'Netz',
    star: 'Stern',
    mix: 'Mischung',
    hybrid: 'Gemischt',
    is: {
      mesh: 'Netz: Alle senden an alle.',
      star: 'Stern: Alle senden einmal, zum Server.',
      hybrid: 'Gemischt: Manche senden an alle, manche einmal zum Server.',
    },
    means: {
      mesh: 'Alle senden an jeden anderen eine Kopie. Der Server hat nichts zu tun.',
      star: 'Alle senden einmal, in mehreren Größen. Der Server gibt jedem weiter, was passt (SFU).',
      mix: 'Alle senden einmal. Der Server macht aus allem ein Bild und sendet das an jeden (MCU).',
    },

    measured: 'Jetzt gemessen',
    who: 'Wer',
    way: 'Weg',
    up: 'Sendet',
    down: 'Empfängt',
    uplink: 'Uplink, gesch.',
    encoders: 'Kodiert',
    decoders: 'Dekodiert',
    rtt: 'Hin und zurück',
    server: 'Server',
    serverHeading: 'Der Server, für diesen Raum',
    in: 'Kommt an',
    out: 'Geht hinaus',
    packets: 'Pakete',
    packetsIn: 'Pakete hinein',
    packetsOut: 'Pakete hinaus',
    cpu: 'Prozessor',
    mixCpu: 'Prozessor, Mix',
    perSecond: (/** @type {string} */ number) => `${number}/s`,
    ofCore: (/** @type {string} */ part) => `${part} eines Kerns`,
    bytes: (/** @type {string} */ number) => `${number} Bytes`,
    seconds: (/** @type {string} */ number) => `${number} s`,
    micros: (/** @type {string} */ number) => `${number} µs`,
    unknown: 'nicht bekannt',
    silent: {
      classic: (/** @type {string} */ names) => `${names}: Ein Client des klassischen Protokolls sagt nichts von sich.`,
      whip: (/** @type {string} */ names) => `${names}: Wer über WHIP sendet, sagt nichts von sich.`,
      silent: (/** @type {string} */ names) => `${names}: hat noch nicht alles gesagt, oder der Browser weiß es nicht.`,
    },
    kinds: { classic: 'Klassisch', whip: 'WHIP' },

    compared: 'Derselbe Raum, andere Wege',
    comparedHint: 'Grün ist gemessen. Grau ist daraus gerechnet, für Bilder, die so gut sind wie jetzt.',
    seenFrom: 'Gesehen von',
    person: (/** @type {string} */ name) => `Was es ${apart(name)} kostet`,
    encodes: 'Kodiert Bilder',
    decodes: 'Dekodiert Bilder',
    packetsPerSecond: 'Pakete pro Sekunde',
    tooMuch: (/** @type {string} */ uplink) => `mehr, als der Uplink trägt: ${uplink}`,
    atLeast: (/** @type {string} */ figure) => `≥ ${figure}`,
    why: {
      rate: 'nicht bekannt: Gerade wird nichts gesendet, oder niemand sagt, wie viel',
      cpu: 'nicht bekannt: Gerade geht dafür zu wenig über den Server',
      mix: 'nicht bekannt: Es wird gemessen, während der Raum gemischt wird',
    },

    formulas: 'Wie gerechnet wird',
    formulaOf: {
      up: 'sendet',
      down: 'empfängt',
      encoders: 'kodiert',
      decoders: 'dekodiert',
      in: 'Server hinein',
      out: 'Server hinaus',
      packets: 'Pakete/s, k',
      cpu: 'Prozessor',
    },
    symbols: {
      e: 'Bild und Ton einer Person, einmal: was sie sendet, geteilt durch die Kopien, die sie jetzt sendet',
      n: 'an wie viele andere das geht',
      p: 'wie viele Bilder sie sendet',
      s: (/** @type {string} */ part) => `die kleineren Größen einer Kamera neben der größten; angenommen: ${part} davon`,
      m: 'gemischtes Bild und Ton; angenommen: so viel wie das größte e',
      r: 'wie viele es empfangen',
      b: (/** @type {string} */ size) => `Nutzlast eines Pakets, gemessen: ${size}`,
      bAssumed: (/** @type {string} */ size) =>
        `Nutzlast eines Pakets; angenommen, denn der Server hat keines zu messen: ${size}`,
      c: 'Prozessorzeit für ein Paket, gemessen',
      x: 'Prozessorzeit für das Mischen, gemessen',
    },
    asIf: 'Clients des klassischen Protokolls verbinden sich nur direkt, und WHIP sendet nur an einen Server: Gerechnet wird, als könnten sie beides, mit je einem Bild.',
    leastNote: '≥: mindestens so viel; von jemandem ist nicht bekannt, was er sendet.',

    switches: 'Wechsel',
    noSwitches: 'Noch keiner. Alle sind auf dem Weg, mit dem sie begonnen haben.',
    outcomes: { open: 'läuft', committed: 'fertig', undone: 'zurückgenommen' },
    forced: 'sofort, wer auch bereit war',
    took: (/** @type {string} */ time) => `dauerte ${time}`,
    takes: (/** @type {string} */ time) => `seit ${time}`,
    gap: (/** @type {string} */ name) => `${apart(name)} fehlte`,
    picture: (/** @type {string} */ time) => `Bild ${time}`,
    sound: (/** @type {string} */ time) => `Ton ${time}`,
    nothing: 'nichts',
    noGaps: 'Noch hat niemand gesagt, was gefehlt hat.',
    late: (/** @type {string} */ names) => `Nicht rechtzeitig bereit: ${names}`,
    gone: 'jemand, der gegangen ist',
    fromTo: (/** @type {string} */ from, /** @type {string} */ to) => `von ${from} nach ${to}`,
    ways: { direct: 'direkt', forward: 'Server' },
  },
};
