// English: what hosts decide, and what those are told who wait for them.

import { apart, counting } from './counting.js';

/** @type {(count: number, forms: {one: string, other: string}) => string} */
const count = counting('en');

export const enHosts = {
  waiting: {
    heading: 'Waiting for a host to let you in',
    here: 'A host is here, and sees that you wait.',
    away: 'No host is here yet. As soon as one comes, they see that you wait.',
    lost: 'The connection is lost. You knock again as soon as it is back…',
    cancel: 'Cancel',
  },

  knocks: {
    heading: 'Waiting to come in',
    one: (/** @type {string} */ name) => `${apart(name)} would like to come in`,
    many: (/** @type {number} */ people) => count(people, { one: '1 person would like to come in', other: '# people would like to come in' }),
    show: 'Show them',
    admit: 'Let in',
    refuse: 'Not now',
  },

  actions: {
    heading: 'As a host',
    mute: 'Mute',
    cameraOff: 'Turn camera off',
    shareOff: 'Stop their share',
    askMic: 'Ask to unmute',
    askCamera: 'Ask to turn camera on',
    appoint: 'Make host',
    remove: 'Remove from the call',
    muteAll: 'Mute all guests',
  },

  said: {
    asked: (/** @type {string} */ name) => `${apart(name)} was asked`,
    mutedAll: 'All guests are muted',
  },

  confirm: {
    cancel: 'Cancel',
    appoint: {
      title: (/** @type {string} */ name) => `Make ${apart(name)} a host?`,
      means: 'They can then do everything that you can, and it cannot be taken back.',
      go: 'Make host',
    },
    remove: {
      title: (/** @type {string} */ name) => `Remove ${apart(name)}?`,
      means: 'They are told. To come back, they and everybody from the same network have to be let in by a host.',
      go: 'Remove',
    },
    end: {
      title: 'End the call for everybody?',
      means: 'Everybody is told that a host ended it, and the room is gone. You can also leave alone: the others then go on.',
      go: 'End for all',
    },
  },

  rules: {
    hostLink: 'Copy link for hosts',
    heading: 'Who may do what',
    change: 'Change',
    apply: 'Apply for everybody',
    entry: 'Who may come in',
    entries: { open: 'Everybody with the link', knock: 'Whom a host lets in', closed: 'Nobody any more' },
    hints: {
      open: 'They come in at once',
      knock: 'They wait until a host opens',
      closed: 'Hosts alone can come back',
    },
    guests: 'What guests may do',
    mic: 'Be heard',
    camera: 'Have their cameras on',
    screen: 'Share their screens',
    chat: 'Write',
    forwarded: 'What guests may not send, the server keeps back: everybody then sends to the server.',
    direct: 'In this room pictures and sound go directly only, so nobody can keep them back.',
    policy: 'While guests may not send everything, pictures and sound cannot go directly only.',
    /** What holds, for whoever reads it. */
    means: {
      open: 'Everybody with the link may come in.',
      knock: 'Hosts let people in one by one.',
      closed: 'Nobody but hosts may come in.',
      all: 'Guests may do everything.',
      none: 'Guests may only watch and listen.',
      without: (/** @type {string} */ list) => `Switched off for guests: ${list}.`,
    },
    names: { mic: 'microphone', camera: 'camera', screen: 'sharing the screen', chat: 'chat' },
  },
};
