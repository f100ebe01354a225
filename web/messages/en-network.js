// English: the network test.

import { apart } from './counting.js';

export const enNetwork = {
  heading: 'Network test',
  list: 'What was tried',
  again: 'Test again',
  copy: 'Copy report',
  copied: 'Report copied',
  byHand: 'The browser did not let the page copy the report. Here it is:',
  running: 'Every way that a call can take from here is being tried. That takes a few seconds.',

  /** What each line is, and what it is good for. */
  lines: {
    signaling: { label: 'Server', about: 'Chat, and who is there' },
    stun: { label: 'Way out over UDP', about: 'For direct calls (STUN)' },
    udp: { label: 'Relay over UDP', about: 'Where two find no direct way (TURN)' },
    tcp: { label: 'Relay over TCP', about: 'Where UDP is blocked (TURN)' },
    tls: { label: 'Relay over TLS', about: 'Where only web pages get through (TURN)' },
    forward: { label: 'Forwarding', about: 'For larger rooms (SFU)' },
  },

  states: {
    trying: 'Trying…',
    works: 'Works',
    blocked: 'Does not work',
    absent: 'Not offered',
    untried: 'Could not be tried',
  },
  over: (/** @type {string} */ transport) => `Works over ${apart(transport)}`,

  /** What calls will be like from here. */
  calls: {
    direct: 'Calls work, and most likely directly.',
    server: 'Calls work, by way of the server.',
    tcp: 'Calls work, over TCP and by way of the server.',
    forward: 'Only calls that the server forwards work.',
    text: 'Only chat works: no sound and no picture.',
    none: 'No call can begin from here.',
  },

  /** What is in the way, and what can be done about it. */
  notes: {
    noUdp: (/** @type {number} */ port) =>
      `UDP is blocked. Over TCP pictures and sound stutter more when the network is poor. What helps is another network, or UDP opened to port ${port} of the server.`,
    onlyTls: () => 'Of the relays only the one over TLS works: this network lets little else than web pages through.',
    noRelay: () => 'No relay works. Two people who find no direct way to each other need the server to forward their call.',
    noForward: () => "The server's media port is not reached, so a larger room may have no sound and no picture here.",
    noTls: () => 'This server offers no relay over TLS, which gets through most firewalls. Whoever runs it can set that up.',
    otherNetwork: () => "Try another network, a phone's for example, and switch off a VPN if there is one.",
    proxy: () => 'Picture and sound would get through, but the WebSocket to the server does not: a proxy or a browser extension may hold it back.',
    untried: () => 'Not everything could be tried: the server may be busy, or let in only who is invited.',
  },
};
