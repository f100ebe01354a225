// German: what hosts decide, and what those are told who wait for them.

import { apart, counting } from './counting.js';

/** @type {(count: number, forms: {one: string, other: string}) => string} */
const count = counting('de');

export const deHosts = {
  waiting: {
    heading: 'Gleich lässt dich jemand ein',
    here: 'Jemand, der den Raum leitet, ist da und sieht, dass du wartest.',
    away: 'Noch ist niemand da, der den Raum leitet. Wer dann kommt, sieht, dass du wartest.',
    lost: 'Die Verbindung ist weg. Sobald sie wieder da ist, klopfst du noch einmal an …',
    cancel: 'Abbrechen',
  },

  knocks: {
    heading: 'Wartet auf Einlass',
    one: (/** @type {string} */ name) => `${apart(name)} möchte herein`,
    many: (/** @type {number} */ people) => count(people, { one: '1 Person möchte herein', other: '# Personen möchten herein' }),
    show: 'Zeigen',
    admit: 'Einlassen',
    refuse: 'Jetzt nicht',
  },

  actions: {
    heading: 'Weil du leitest',
    mute: 'Stummschalten',
    cameraOff: 'Kamera ausschalten',
    shareOff: 'Teilen beenden',
    askMic: 'Um Ton bitten',
    askCamera: 'Um Bild bitten',
    appoint: 'Mitleiten lassen',
    remove: 'Aus dem Gespräch nehmen',
    muteAll: 'Alle Gäste stummschalten',
  },

  said: {
    asked: (/** @type {string} */ name) => `${apart(name)} wurde gebeten`,
    mutedAll: 'Alle Gäste sind stumm',
  },

  confirm: {
    cancel: 'Abbrechen',
    appoint: {
      title: (/** @type {string} */ name) => `${apart(name)} mitleiten lassen?`,
      means: 'Dann geht dort alles, was du auch kannst. Zurücknehmen lässt es sich nicht.',
      go: 'Mitleiten lassen',
    },
    remove: {
      title: (/** @type {string} */ name) => `${apart(name)} aus dem Gespräch nehmen?`,
      means: 'Das wird dort gesagt. Zurück kommt nur, wer wieder eingelassen wird; das gilt für alle aus demselben Netz.',
      go: 'Herausnehmen',
    },
    end: {
      title: 'Das Gespräch für alle beenden?',
      means: 'Allen wird gesagt, dass es beendet wurde, und der Raum ist weg. Du kannst auch allein auflegen: Dann sprechen die anderen weiter.',
      go: 'Für alle beenden',
    },
  },

  rules: {
    hostLink: 'Link für Gastgeber kopieren',
    heading: 'Wer was darf',
    change: 'Ändern',
    apply: 'Für alle übernehmen',
    entry: 'Wer hereinkommt',
    entries: { open: 'Alle mit dem Link', knock: 'Wer eingelassen wird', closed: 'Niemand mehr' },
    hints: {
      open: 'Sie kommen gleich herein',
      knock: 'Sie warten, bis jemand öffnet, der leitet',
      closed: 'Nur wer leitet, kann zurückkommen',
    },
    guests: 'Was Gäste dürfen',
    mic: 'Gehört werden',
    camera: 'Die Kamera einschalten',
    screen: 'Den Bildschirm teilen',
    chat: 'Schreiben',
    forwarded: 'Was Gäste nicht senden dürfen, hält der Server zurück: Alle senden dann zum Server.',
    direct: 'In diesem Raum gehen Bild und Ton nur direkt; niemand kann sie zurückhalten.',
    policy: 'Solange Gäste nicht alles senden dürfen, können Bild und Ton nicht nur direkt gehen.',
    /** What holds, for whoever reads it. */
    means: {
      open: 'Alle mit dem Link kommen herein.',
      knock: 'Wer leitet, lässt alle einzeln ein.',
      closed: 'Nur wer leitet, kommt herein.',
      all: 'Gäste dürfen alles.',
      none: 'Gäste dürfen nur zusehen und zuhören.',
      without: (/** @type {string} */ list) => `Für Gäste ausgeschaltet: ${list}.`,
    },
    names: { mic: 'Mikrofon', camera: 'Kamera', screen: 'Bildschirm teilen', chat: 'Chat' },
  },
};
