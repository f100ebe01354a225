// English. A translation is a module with the same members; functions have the same parameters.

import { apart, counting } from './counting.js';
import { enCall } from './en-call.js';
import { enCosts } from './en-costs.js';

/** @type {(count: number, forms: {one: string, other: string}) => string} */
const count = counting('en');

/** The way to a page that gets camera and microphone. */
const secured =
  "Open this page over https (whoever runs the server has to set that up, behind a proxy for example), or at localhost on the server's own computer.";

/** What can be wrong with a device, and with both for the same reason. */
const devices = {
  mic: {
    denied: 'The browser may not use the microphone. Allow it in the address bar, then turn it on again.',
    missing: 'No microphone was found. You can still listen and write.',
    busy: 'Another program is using the microphone. Close it there, then turn it on again.',
    insecure: `Browsers give the microphone to secure pages only. ${secured}`,
    other: 'The microphone could not be started.',
  },
  camera: {
    denied: 'The browser may not use the camera. Allow it in the address bar, then turn it on again.',
    missing: 'No camera was found. You can still join: others hear you and see your name.',
    busy: 'Another program is using the camera. Close it there, then turn it on again.',
    insecure: `Browsers give the camera to secure pages only. ${secured}`,
    other: 'The camera could not be started.',
  },
  both: {
    denied:
      'The browser may not use the camera and the microphone. Allow them in the address bar, then turn them on again.',
    missing: 'No camera and no microphone were found. You can still watch, listen and write.',
    busy: 'Another program is using the camera and the microphone. Close it there, then turn them on again.',
    insecure: `Browsers give camera and microphone to secure pages only. ${secured} You can still watch, listen and write.`,
    other: 'The camera and the microphone could not be started.',
  },
};

/** Why a call ended or could not begin: a heading and what to do. */
const endings = {
  left: { title: 'You left the call', advice: '' },
  'taken-over': {
    title: 'This call went on in another tab',
    advice: 'You are in it there, under the same name. You can bring it back here.',
  },
  'room-full': {
    title: 'The room is full',
    advice: "Everybody's place is taken. Try again when somebody has left.",
  },
  'too-many-rooms': {
    title: 'The server has no room left',
    advice: 'It holds as many calls as it allows. Try again later.',
  },
  removed: {
    title: 'You were taken out of the call',
    advice: 'A host did that. You can ask to be let in again.',
  },
  ended: {
    title: 'The call is over',
    advice: 'A host ended it for everybody.',
  },
  'not-admitted': {
    title: 'You were not let in',
    advice: 'Nobody opened this time. You can ask once more.',
  },
  'room-closed': {
    title: 'This room is closed',
    advice: 'Nobody but its hosts may come in now. Try again later, or ask one of them.',
  },
  outdated: {
    title: 'This page is older than the server',
    advice: 'Reload it to join the call.',
  },
  'token-refused': {
    title: 'This link does not let you in',
    advice: 'On this server one comes in with a link of one’s own, which may have expired or be for another room. Ask whoever invited you for a new one.',
  },
  'host-key-refused': {
    title: 'That host key does not fit',
    advice: 'It belongs to another room, or to an earlier one of this name.',
  },
  invalid: {
    title: 'The server refuses a name',
    advice: "It is yours or the room's. Choose another name, or another room.",
  },
  'no-room': {
    title: 'This link leads to no room',
    advice: 'It is damaged, or not whole. Ask for it again, or open another room.',
  },
  'room-too-long': {
    title: "This room's name is too long",
    advice: 'It may have 128 bytes at most. Check the link, or open another room.',
  },
  other: {
    title: 'The call ended',
    advice: 'Something went wrong that this page does not know about. Try again.',
  },
};

export const en = {
  ...enCall,
  ...enCosts,
  product: 'visavis',
  title: (/** @type {string} */ room) => `${room} · visavis`,
  nobody: 'Guest',
  you: 'You',
  dismiss: 'Dismiss',
  devices,
  endings,
  insecure: `This page came over plain http, so the browser keeps the camera and microphone to itself. ${secured} Without camera and microphone you can still join, watch, listen and write.`,

  start: {
    heading: 'Face to face, on your own server.',
    lead: 'Open a room, send its link to somebody, and see each other. No account, nothing to install.',
    room: 'Name of the room, or its link',
    another: 'Another name',
    go: 'Open the room',
    hint: 'Whoever has the link can join.',
    missing: 'Give the room a name.',
    tooLong: 'This name is too long: 128 bytes at most.',
    noLink: 'No link can lead to a room of this name. Choose another one.',
    elsewhere: 'This link leads to another server:',
  },

  menu: {
    open: 'Language and appearance',
    language: 'Language',
    theme: 'Appearance',
    system: 'As the system',
    dark: 'Dark',
    light: 'Light',
  },

  share: {
    link: 'Link to send',
    qr: 'QR code',
    qrOf: 'QR code of the link: point the camera of a phone at it',
  },

  recent: {
    heading: 'Recent rooms',
    note: 'Only this browser remembers them.',
    remove: (/** @type {string} */ room) => `Forget ${apart(room)}`,
    clear: 'Clear all',
  },

  obstacles: {
    retry: 'Try again',
    how: 'How to allow it',
    chromium:
      'Click the icon to the left of the address, switch camera and microphone on there, and come back. The page notices by itself.',
    firefox:
      'Click the crossed-out camera or microphone in the address bar, take away “Blocked”, and try again here.',
    other: 'Open the settings of this page in your browser, allow camera and microphone, and try again here.',
    elsewhere: 'This room is open in another tab of this browser. Joining here ends it there.',
    takeOver: 'Use here instead',
    unreachable: 'The server cannot be reached. Trying again…',
  },

  lobby: {
    heading: 'Ready to join?',
    room: 'Room',
    preview: 'Your camera',
    name: 'Your name',
    namePlaceholder: 'What the others call you',
    nameProblems: {
      tooLong: 'Your name is too long: 128 bytes at most.',
      characters: 'Your name has control characters in it, which nobody sees. Write it anew.',
    },
    join: 'Join',
    ask: 'Ask to join',
    entry: {
      knock: 'A host lets people in here, one by one.',
      closed: 'This room is closed: nobody but its hosts may come in.',
    },
    starting: 'Starting the camera…',
    off: 'Your camera is off',
    none: 'No picture from your camera',
    cameraChoice: 'Camera',
    micChoice: 'Microphone',
    outputChoice: 'Loudspeaker',
    testSound: 'Play a test sound',
    network: 'Test the network',
    networkMissing: 'The network test could not be loaded.',
    level: 'Level of the microphone',
    nobodyHere: 'Nobody is here yet.',
    here: (/** @type {string} */ names, /** @type {number} */ people) =>
      count(people, { one: '@ is here.', other: '@ are here.' }).replace('@', () => names),
    others: (/** @type {number} */ people) => count(people, { one: '1 other', other: '# others' }),
    hideAddress: 'Hide my address',
    hideAdvice:
      "A direct call shows participants each other's network addresses. Hidden, your picture and sound go through this server.",
    unnamedDevice: (/** @type {number} */ number) => `Device ${number}`,
    devices: 'Devices',
    back: 'Another room',
  },

  controls: {
    label: 'Call controls',
    mute: 'Mute',
    unmute: 'Unmute',
    cameraOff: 'Turn camera off',
    cameraOn: 'Turn camera on',
    openChat: 'Open chat',
    closeChat: 'Close chat',
    unread: (/** @type {number} */ messages) => count(messages, { one: '1 new message', other: '# new messages' }),
    copy: 'Copy link',
    copied: 'Link copied',
    copyByHand: 'Please copy it by hand',
    copyThis: (/** @type {string} */ link) => `The browser did not let the page copy the link. Here it is: ${link}`,
    leave: 'Leave',
  },

  call: {
    people: (/** @type {number} */ people) => count(people, { one: 'Only you', other: '# people' }),
    alone: 'Nobody else is here yet',
    invite: 'Send this link to whoever you want to see.',
    joining: 'Joining…',
    unreachable: 'The server cannot be reached. Trying again…',
    reconnecting: 'The connection to the server is lost. Picture and sound go on; trying again…',
    reconnectingForwarded: 'The connection to the server is lost. Trying again…',
    back: 'Connected to the server again.',
    joined: (/** @type {string} */ name) => `${apart(name)} joined`,
    left: (/** @type {string} */ name) => `${apart(name)} left`,
    blocked: 'The browser holds the sound back until you touch the page.',
    hear: 'Tap to hear',
    problem: (/** @type {string} */ message) => `Something did not work: ${apart(message)}`,
    mediaUnreachable: "The server's media port cannot be reached, so nobody is seen or heard. Trying again…",
    soundOnly: 'Only sound: no pictures are sent to you.',
    mixBusy: 'The server mixes as many rooms as it can. Until it has space for this one, pictures come singly.',
    relayUnusable: 'A relay of this server cannot be used by this browser. Calls may fail on strict networks.',
    standbyBlocked: (/** @type {number} */ port) => `A third person could not be heard from here: UDP ${port} to the server is blocked.`,
    standbyBlockedOf: (/** @type {string} */ name, /** @type {number} */ port) =>
      `With a third person, ${apart(name)} could not be heard: UDP ${port} to the server is blocked there.`,
  },

  tile: {
    label: (/** @type {string} */ name) => `Picture of ${apart(name)}`,
    muted: 'Muted',
    cameraOff: 'Camera off',
    connecting: 'Connecting…',
    reconnecting: 'Reconnecting…',
    away: 'Away for a moment…',
    failed: 'No connection',
    failedAdvice: 'No path between you two was found. Trying again.',
    direct: 'Direct',
    directTitle: 'Direct: picture and sound go straight from browser to browser, encrypted.',
    relayed: 'Relayed',
    relayedTitle: 'Relayed: no straight path was found, so the server passes the encrypted picture and sound on.',
    forward: 'Forwarded',
    forwardTitle: 'Forwarded: picture and sound go to the server, encrypted, and from there to everybody, encrypted again.',
    mix: 'Mixed',
    mixTitle: 'Mixed: the server makes one picture and one sound of everybody, and sends you these, encrypted.',
    undecodable: (/** @type {string} */ codec) => `No ${apart(codec)} here`,
    undecodableAdvice: 'This picture comes in a format that this browser cannot show.',
  },

  chat: {
    heading: 'Chat',
    news: (/** @type {string} */ name, /** @type {string} */ said) => `${apart(name)}: ${said}`,
    empty: 'No messages yet. Whoever joins later can read back.',
    placeholder: 'Write a message',
    input: 'Message',
    send: 'Send',
    close: 'Close chat',
    failed: 'This message was not sent. Try again.',
    waiting: 'Not sent yet…',
    newer: 'New messages',
    tooLong: 'This message is too long: 4,096 bytes at most.',
  },

  watch: {
    title: (/** @type {string} */ room) => `${room}: watch · visavis`,
    picture: (/** @type {string} */ room) => `What is to be seen in ${apart(room)}`,
    controls: 'Picture and sound',
    call: 'Join the call',
    hear: 'Tap for sound',
    soundOff: 'Turn sound off',
    soundOn: 'Turn sound on',
    playing: 'Picture and sound are here.',
    soundAlone: 'There is sound, and no picture.',
    begins: 'It begins by itself as soon as somebody comes.',
    absent: 'The one to be watched is not here yet.',
    busy: 'The server cannot show this room now. Trying again…',
    refused: 'This room cannot be watched.',
    lost: 'The connection is lost. Trying again…',
    token: 'Watching needs a token of this server.',
    tokenField: 'Token',
    tokenWrong: 'The server does not take this token.',
    go: 'Watch',
    link: 'Link to watch only',
    copy: 'Copy link to watch only',
  },

  notFound: {
    title: 'There is nothing at this address',
    advice: 'Perhaps a part of the link was lost on the way to you.',
  },

  ended: {
    rejoin: 'Rejoin',
    knock: 'Ask to come back',
    open: 'Open the room again',
    useHere: 'Use here',
    retry: 'Try again',
    reload: 'Reload',
    rename: 'Choose another name',
    start: 'To the start page',
    room: (/** @type {string} */ room) => `Room: ${apart(room)}`,
  },
};
