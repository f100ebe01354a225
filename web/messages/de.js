// German.

import { apart, counting } from './counting.js';
import { deCall } from './de-call.js';
import { deCosts } from './de-costs.js';

/** @type {(count: number, forms: {one: string, other: string}) => string} */
const count = counting('de');

const secured =
  'Öffne diese Seite über https (das muss einrichten, wer den Server betreibt, zum Beispiel hinter einem Proxy) oder unter localhost auf dem Rechner, auf dem der Server läuft.';

const devices = {
  mic: {
    denied: 'Der Browser darf das Mikrofon nicht benutzen. Erlaube es in der Adresszeile und schalte es dann wieder ein.',
    missing: 'Es wurde kein Mikrofon gefunden. Du kannst trotzdem zuhören und schreiben.',
    busy: 'Ein anderes Programm benutzt das Mikrofon. Schließe es dort und schalte es dann wieder ein.',
    insecure: `Browser geben das Mikrofon nur sicheren Seiten. ${secured}`,
    other: 'Das Mikrofon ließ sich nicht starten.',
  },
  camera: {
    denied: 'Der Browser darf die Kamera nicht benutzen. Erlaube sie in der Adresszeile und schalte sie dann wieder ein.',
    missing: 'Es wurde keine Kamera gefunden. Du kannst trotzdem teilnehmen: Man hört dich und sieht deinen Namen.',
    busy: 'Ein anderes Programm benutzt die Kamera. Schließe sie dort und schalte sie dann wieder ein.',
    insecure: `Browser geben die Kamera nur sicheren Seiten. ${secured}`,
    other: 'Die Kamera ließ sich nicht starten.',
  },
  both: {
    denied:
      'Der Browser darf Kamera und Mikrofon nicht benutzen. Erlaube sie in der Adresszeile und schalte sie dann wieder ein.',
    missing: 'Es wurden weder Kamera noch Mikrofon gefunden. Du kannst trotzdem zusehen, zuhören und schreiben.',
    busy: 'Ein anderes Programm benutzt Kamera und Mikrofon. Schließe sie dort und schalte sie dann wieder ein.',
    insecure: `Browser geben Kamera und Mikrofon nur sicheren Seiten. ${secured} Du kannst trotzdem zusehen, zuhören und schreiben.`,
    other: 'Kamera und Mikrofon ließen sich nicht starten.',
  },
};

const endings = {
  left: { title: 'Du hast das Gespräch verlassen', advice: '' },
  'taken-over': {
    title: 'Dieses Gespräch läuft in einem anderen Tab weiter',
    advice: 'Dort bist du unter demselben Namen dabei. Du kannst es hierher zurückholen.',
  },
  'room-full': {
    title: 'Der Raum ist voll',
    advice: 'Alle Plätze sind besetzt. Versuche es noch einmal, wenn jemand gegangen ist.',
  },
  'too-many-rooms': {
    title: 'Der Server hat keinen Raum mehr frei',
    advice: 'Er führt schon so viele Gespräche, wie er darf. Versuche es später noch einmal.',
  },
  removed: {
    title: 'Du wurdest aus dem Gespräch genommen',
    advice: 'Das war jemand, der es leitet. Du kannst darum bitten, wieder eingelassen zu werden.',
  },
  ended: {
    title: 'Das Gespräch ist vorbei',
    advice: 'Wer es leitet, hat es für alle beendet.',
  },
  'not-admitted': {
    title: 'Du wurdest nicht eingelassen',
    advice: 'Diesmal hat niemand geöffnet. Du kannst noch einmal anklopfen.',
  },
  'room-closed': {
    title: 'Dieser Raum ist geschlossen',
    advice: 'Nur wer ihn leitet, kommt jetzt hinein. Versuche es später noch einmal, oder frage dort nach.',
  },
  outdated: {
    title: 'Diese Seite ist älter als der Server',
    advice: 'Lade sie neu, um am Gespräch teilzunehmen.',
  },
  'token-refused': {
    title: 'Mit diesem Link kommst du nicht hinein',
    advice: 'Auf diesem Server kommt man mit einem eigenen Link hinein, der abgelaufen oder für einen anderen Raum sein kann. Bitte, wer dich eingeladen hat, um einen neuen.',
  },
  'host-key-refused': {
    title: 'Dieser Gastgeberschlüssel passt nicht',
    advice: 'Er gehört zu einem anderen Raum oder zu einem früheren dieses Namens.',
  },
  invalid: {
    title: 'Der Server lehnt einen Namen ab',
    advice: 'Es ist deiner oder der des Raums. Wähle einen anderen Namen oder einen anderen Raum.',
  },
  'no-room': {
    title: 'Dieser Link führt in keinen Raum',
    advice: 'Er ist beschädigt oder nicht vollständig. Bitte noch einmal darum, oder öffne einen anderen Raum.',
  },
  'room-too-long': {
    title: 'Der Name dieses Raums ist zu lang',
    advice: 'Er darf höchstens 128 Bytes haben. Prüfe den Link oder öffne einen anderen Raum.',
  },
  other: {
    title: 'Das Gespräch ist zu Ende',
    advice: 'Etwas ist schiefgegangen, das diese Seite nicht kennt. Versuche es noch einmal.',
  },
};

/** @type {import('./index.js').Messages} */
export const de = {
  ...deCall,
  ...deCosts,
  product: 'visavis',
  title: (room) => `${room} · visavis`,
  nobody: 'Gast',
  you: 'Du',
  dismiss: 'Schließen',
  devices,
  endings,
  insecure: `Diese Seite kam über einfaches http, deshalb behält der Browser Kamera und Mikrofon für sich. ${secured} Auch ohne Kamera und Mikrofon kannst du teilnehmen, zusehen, zuhören und schreiben.`,

  start: {
    heading: 'Von Angesicht zu Angesicht, auf dem eigenen Server.',
    lead: 'Öffne einen Raum, schick jemandem seinen Link, und seht euch. Ohne Konto, ohne Installation.',
    room: 'Name des Raums oder sein Link',
    another: 'Anderer Name',
    go: 'Raum öffnen',
    hint: 'Wer den Link hat, kann dazukommen.',
    missing: 'Gib dem Raum einen Namen.',
    tooLong: 'Dieser Name ist zu lang: höchstens 128 Bytes.',
    noLink: 'Zu einem Raum dieses Namens kann kein Link führen. Wähle einen anderen.',
    elsewhere: 'Dieser Link führt zu einem anderen Server:',
  },

  menu: {
    open: 'Sprache und Aussehen',
    language: 'Sprache',
    theme: 'Aussehen',
    system: 'Wie das System',
    dark: 'Dunkel',
    light: 'Hell',
  },

  share: {
    link: 'Link zum Verschicken',
    qr: 'QR-Code',
    qrOf: 'QR-Code des Links: Richte die Kamera eines Telefons darauf',
  },

  recent: {
    heading: 'Letzte Räume',
    note: 'Nur dieser Browser merkt sie sich.',
    remove: (room) => `${apart(room)} vergessen`,
    clear: 'Alle löschen',
  },

  obstacles: {
    retry: 'Noch einmal',
    how: 'So erlaubst du es',
    chromium:
      'Klicke auf das Symbol links neben der Adresse, schalte dort Kamera und Mikrofon ein und komm zurück. Die Seite merkt es von selbst.',
    firefox:
      'Klicke in der Adresszeile auf die durchgestrichene Kamera oder das Mikrofon, entferne „Blockiert“ und versuche es hier noch einmal.',
    other:
      'Öffne die Einstellungen dieser Seite in deinem Browser, erlaube Kamera und Mikrofon und versuche es hier noch einmal.',
    elsewhere: 'Dieser Raum ist schon in einem anderen Tab dieses Browsers offen. Wenn du hier teilnimmst, endet es dort.',
    takeOver: 'Stattdessen hier',
    unreachable: 'Der Server ist nicht zu erreichen. Neuer Versuch…',
  },

  lobby: {
    heading: 'Bereit?',
    room: 'Raum',
    preview: 'Deine Kamera',
    name: 'Dein Name',
    namePlaceholder: 'Wie die anderen dich nennen',
    nameProblems: {
      tooLong: 'Dein Name ist zu lang: höchstens 128 Bytes.',
      characters: 'Dein Name enthält Steuerzeichen, die niemand sieht. Schreibe ihn neu.',
    },
    join: 'Teilnehmen',
    ask: 'Anklopfen',
    entry: {
      knock: 'Wer diesen Raum leitet, lässt hier alle einzeln ein.',
      closed: 'Dieser Raum ist geschlossen: Nur wer ihn leitet, kommt hinein.',
    },
    starting: 'Die Kamera startet…',
    off: 'Deine Kamera ist aus',
    none: 'Kein Bild von deiner Kamera',
    cameraChoice: 'Kamera',
    micChoice: 'Mikrofon',
    outputChoice: 'Lautsprecher',
    testSound: 'Testton abspielen',
    network: 'Netzwerk testen',
    networkMissing: 'Der Netzwerktest war nicht zu laden.',
    level: 'Pegel des Mikrofons',
    nobodyHere: 'Noch ist niemand hier.',
    here: (names, people) => count(people, { one: '@ ist hier.', other: '@ sind hier.' }).replace('@', () => names),
    others: (people) => count(people, { one: '1 weitere Person', other: '# weitere' }),
    hideAddress: 'Meine Adresse verbergen',
    hideAdvice:
      'In einem direkten Gespräch sehen die Teilnehmenden gegenseitig ihre Netzadressen. Verborgen gehen dein Bild und Ton über diesen Server.',
    unnamedDevice: (number) => `Gerät ${number}`,
    devices: 'Geräte',
    back: 'Anderer Raum',
  },

  controls: {
    label: 'Steuerung des Gesprächs',
    mute: 'Stummschalten',
    unmute: 'Mikrofon einschalten',
    cameraOff: 'Kamera ausschalten',
    cameraOn: 'Kamera einschalten',
    openChat: 'Chat öffnen',
    closeChat: 'Chat schließen',
    unread: (messages) => count(messages, { one: '1 neue Nachricht', other: '# neue Nachrichten' }),
    copy: 'Link kopieren',
    copied: 'Link kopiert',
    copyByHand: 'Bitte von Hand kopieren',
    copyThis: (link) => `Der Browser ließ die Seite den Link nicht kopieren. Hier ist er: ${link}`,
    leave: 'Verlassen',
  },

  call: {
    people: (people) => count(people, { one: 'Nur du', other: '# Personen' }),
    alone: 'Noch ist niemand sonst hier',
    invite: 'Schick diesen Link an alle, die du sehen möchtest.',
    joining: 'Du trittst bei…',
    unreachable: 'Der Server ist nicht zu erreichen. Neuer Versuch…',
    reconnecting: 'Die Verbindung zum Server ist weg. Bild und Ton gehen weiter; neuer Versuch…',
    reconnectingForwarded: 'Die Verbindung zum Server ist weg. Neuer Versuch…',
    back: 'Wieder mit dem Server verbunden.',
    joined: (name) => `${apart(name)} ist dazugekommen`,
    left: (name) => `${apart(name)} ist gegangen`,
    blocked: 'Der Browser hält den Ton zurück, bis du die Seite berührst.',
    hear: 'Ton an',
    problem: (message) => `Etwas hat nicht geklappt: ${apart(message)}`,
    mediaUnreachable: 'Der Medien-Port des Servers ist nicht erreichbar, deshalb ist niemand zu sehen oder zu hören. Neuer Versuch…',
    soundOnly: 'Nur Ton: Dir werden keine Bilder geschickt.',
    mixBusy: 'Der Server mischt so viele Räume, wie er kann. Bis er Platz für diesen hat, kommen die Bilder einzeln.',
    relayUnusable: 'Ein Relay dieses Servers ist für diesen Browser nicht nutzbar. In strengen Netzen kann ein Anruf scheitern.',
    standbyBlocked: (port) => `Eine dritte Person wäre von hier aus nicht zu hören: UDP ${port} zum Server ist gesperrt.`,
    standbyBlockedOf: (name, port) => `Mit einer dritten Person wäre ${apart(name)} nicht zu hören: UDP ${port} zum Server ist dort gesperrt.`,
  },

  tile: {
    label: (name) => `Bild von ${apart(name)}`,
    muted: 'Stumm',
    cameraOff: 'Kamera aus',
    connecting: 'Verbindet…',
    reconnecting: 'Verbindet neu…',
    away: 'Kurz weg…',
    failed: 'Keine Verbindung',
    failedAdvice: 'Zwischen euch beiden wurde kein Weg gefunden. Neuer Versuch.',
    direct: 'Direkt',
    directTitle: 'Direkt: Bild und Ton gehen verschlüsselt geradewegs von Browser zu Browser.',
    relayed: 'Weitergeleitet',
    relayedTitle:
      'Weitergeleitet: Es fand sich kein gerader Weg, deshalb reicht der Server Bild und Ton verschlüsselt weiter.',
    forward: 'Verteilt',
    forwardTitle: 'Verteilt: Bild und Ton gehen verschlüsselt zum Server und von dort, neu verschlüsselt, zu allen.',
    mix: 'Gemischt',
    mixTitle: 'Gemischt: Der Server macht aus allen ein Bild und einen Ton und schickt dir die verschlüsselt.',
    undecodable: (codec) => `Kein ${apart(codec)} hier`,
    undecodableAdvice: 'Dieses Bild kommt in einem Format, das dieser Browser nicht zeigen kann.',
  },

  chat: {
    heading: 'Chat',
    news: (name, said) => `${apart(name)}: ${said}`,
    empty: 'Noch keine Nachrichten. Wer später kommt, kann nachlesen.',
    placeholder: 'Nachricht schreiben',
    input: 'Nachricht',
    send: 'Senden',
    close: 'Chat schließen',
    failed: 'Diese Nachricht wurde nicht gesendet. Versuche es noch einmal.',
    waiting: 'Noch nicht gesendet…',
    newer: 'Neue Nachrichten',
    tooLong: 'Diese Nachricht ist zu lang: höchstens 4.096 Bytes.',
  },

  watch: {
    title: (room) => `${room}: zusehen · visavis`,
    picture: (room) => `Was in ${apart(room)} zu sehen ist`,
    controls: 'Bild und Ton',
    call: 'Am Gespräch teilnehmen',
    hear: 'Für Ton tippen',
    soundOff: 'Ton ausschalten',
    soundOn: 'Ton einschalten',
    playing: 'Bild und Ton sind da.',
    soundAlone: 'Es gibt Ton, aber kein Bild.',
    begins: 'Es beginnt von selbst, sobald jemand kommt.',
    absent: 'Die Person, die hier zu sehen sein soll, ist noch nicht da.',
    busy: 'Der Server kann diesen Raum jetzt nicht zeigen. Neuer Versuch…',
    refused: 'Diesem Raum kann man nicht zusehen.',
    lost: 'Die Verbindung ist weg. Neuer Versuch…',
    token: 'Zum Zusehen braucht es ein Token dieses Servers.',
    tokenField: 'Token',
    tokenWrong: 'Der Server nimmt dieses Token nicht an.',
    go: 'Zusehen',
    link: 'Link, um nur zuzusehen',
    copy: 'Link zum Zusehen kopieren',
  },

  notFound: {
    title: 'Unter dieser Adresse gibt es nichts',
    advice: 'Vielleicht ist ein Teil des Links auf dem Weg zu dir verloren gegangen.',
  },

  ended: {
    rejoin: 'Wieder teilnehmen',
    knock: 'Wieder anklopfen',
    open: 'Raum noch einmal öffnen',
    useHere: 'Hierher holen',
    retry: 'Noch einmal versuchen',
    reload: 'Neu laden',
    rename: 'Anderen Namen wählen',
    start: 'Zur Startseite',
    room: (room) => `Raum: ${apart(room)}`,
  },
};
