// What happens between clients, told from their side. Each scenario returns what was seen, and the Rust test beside this
// folder says what that should have been.

import { Classic, Native } from './client.js';
import { deafPolling, deafWebSocket } from './deaf.js';

/** @typedef {import('./client.js').Version} Version */
/** @typedef {import('./client.js').Transport} Transport */
/** @typedef {{url: string, version: Version, transport: Transport}} Setting */

/** A channel of this run's own: whoever ends without a goodbye is in the last one for a while. */
const CHANNEL = `blå €👋🏽 \u{1f1e9}\u{1f1ea} ${process.pid}`;
const TEXT = 'ümläut € 👋🏽 \\ " \u0007 e\u0301';

/** What the server has told, but for the transport's own events.
 * @param {Classic} client */
function told(client) {
  const own = ['connect', 'disconnect', 'upgrade'];
  return client.heard.filter(({ event }) => !own.includes(event)).map(({ event, argument }) => [event, argument]);
}

/** Two in a channel: everything that the exercise's page does.
 * @param {Setting} setting */
export async function call({ url, version, transport }) {
  const first = await Classic.connect(url, version, transport);
  first.join(CHANNEL);
  // Each has a connection of its own: nothing but an answer says that the first is in before the second.
  await first.settled();
  first.heard.splice(0);
  const second = await Classic.connect(url, version === '1' ? '4' : '1', transport);
  const ids = [first.id, second.id];
  second.join(CHANNEL);
  const offerTo = (await second.until('addPeer')).peer_id;
  second.describe(offerTo, { type: 'offer', sdp: TEXT });
  second.candidate(offerTo, { sdpMLineIndex: 0, candidate: TEXT });
  await first.until('iceCandidate');
  first.describe(second.id, { type: 'answer', sdp: TEXT });
  first.candidate(second.id, { sdpMLineIndex: 1, candidate: TEXT });
  await second.until('iceCandidate');
  second.emit('part', CHANNEL);
  await Promise.all([first.until('removePeer'), second.until('removePeer')]);
  second.join(CHANNEL);
  await Promise.all([first.until('addPeer', 2), second.until('addPeer', 2)]);
  second.close();
  await first.until('removePeer', 2);
  first.close();
  return { ids, first: told(first), second: told(second) };
}

/** A description with its candidates after it, again and again, in both directions at once.
 * @param {Setting} setting */
export async function order({ url, version, transport }) {
  const rounds = 20;
  const clients = [await Classic.connect(url, version, transport), await Classic.connect(url, version, transport)];
  clients.forEach((client) => client.join(CHANNEL));
  const peers = await Promise.all(clients.map((client) => client.until('addPeer')));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, client] of clients.entries()) {
      client.describe(peers[index].peer_id, { type: 'offer', sdp: `${round}` });
      for (let number = 0; number < 50; number += 1) {
        client.candidate(peers[index].peer_id, { candidate: `${round} ${number}` });
      }
    }
    // The queue of a client is bounded, here as in the server.
    await Promise.all(clients.map((client) => client.until('iceCandidate', 50 * (round + 1))));
  }
  clients.forEach((client) => client.close());
  const relayed = clients.map((client) =>
    client.heard.flatMap(({ argument }) => argument?.session_description?.sdp ?? argument?.ice_candidate?.candidate ?? []));
  return { relayed, errors: clients.flatMap((client) => client.arguments('error')) };
}

/** Two who share two channels and leave them one after the other.
 * @param {Setting} setting */
export async function channels({ url, version, transport }) {
  const [first, second] = [await Classic.connect(url, version, transport), await Classic.connect(url, version, transport)];
  for (const channel of ['one', 'two']) first.join(`${channel} ${CHANNEL}`);
  await first.settled();
  for (const channel of ['one', 'two']) second.join(`${channel} ${CHANNEL}`);
  await second.settled();
  await first.settled();
  second.emit('part', `one ${CHANNEL}`);
  second.describe(first.id, { type: 'offer', sdp: 'through the other channel' });
  await first.until('sessionDescription');
  const removedByThen = first.arguments('removePeer').length + second.arguments('removePeer').length;
  second.emit('part', `two ${CHANNEL}`);
  await Promise.all([first.until('removePeer'), second.until('removePeer')]);
  await second.settled();
  const [byFirst, bySecond] = [first, second].map((client) => told(client).map(([event]) => event));
  [first, second].forEach((client) => client.close());
  return { removedByThen, first: byFirst, second: bySecond };
}

/** What is refused, and that the client stays connected.
 * @param {Setting} setting */
export async function refusals({ url, version, transport }) {
  const [client, stranger] = [await Classic.connect(url, version, transport), await Classic.connect(url, version, transport)];
  stranger.join(`elsewhere ${CHANNEL}`);
  client.join('room');
  client.candidate(stranger.id, { candidate: 'c' });
  client.candidate(client.id, { candidate: 'c' });
  client.join('room');
  client.emit('part', 'elsewhere');
  client.emit('join');
  client.emit('join', 'room');
  client.emit('join', { channel: 'c'.repeat(129) });
  client.emit('part', ['room']);
  client.emit('relayICECandidate', null);
  client.emit('relaySessionDescription', { peer_id: 7 });
  client.emit('shout', 'hello');
  client.describe(stranger.id, { type: 'offer', sdp: 's'.repeat(70_000) });
  await client.until('error', 12);
  for (let number = 0; number < 16; number += 1) client.join(`${number}`);
  await client.until('error', 13);
  client.candidate(stranger.id, null);
  await client.until('error', 14);
  const heard = { client: client.arguments('error'), stranger: told(stranger) };
  [client, stranger].forEach((one) => one.close());
  return heard;
}

/** Over every limit: the client is sent away, and the server serves the next one.
 * @param {Setting} setting */
export async function abuse({ url, version, transport }) {
  const witness = await Classic.connect(url, version, transport);
  witness.join(CHANNEL);
  /** @type {Record<string, (client: Classic) => void>} */
  const ways = {
    'two megabytes': (client) => client.emit('join', { channel: 'x'.repeat(2_000_000) }),
    'binary data': (client) => client.emit('join', { channel: Buffer.from('room') }),
    'a flood': (client) => {
      for (let number = 0; number < 20_000; number += 1) client.emit('part', `${number}`);
    },
  };
  /** @type {Record<string, number>} */
  const removed = {};
  for (const [way, abuses] of Object.entries(ways)) {
    const before = witness.arguments('removePeer').length;
    const client = await Classic.connect(url, version, transport);
    client.join(CHANNEL);
    await client.until('addPeer');
    abuses(client);
    await Promise.all([client.until('disconnect'), witness.until('removePeer', before + 1)]);
    removed[way] = witness.arguments('removePeer').length - before;
  }
  witness.close();
  return removed;
}

/** Somebody who never reads is gone for the others, however much they sent before.
 * @param {Setting} setting */
export async function deaf({ url, version, transport }) {
  const channel = `deaf ${process.pid}`;
  const talker = await Classic.connect(url, version, 'websocket');
  talker.join(channel);
  const socket = await (transport === 'polling' ? deafPolling(url, channel) : deafWebSocket(url, channel));
  const { peer_id } = await talker.until('addPeer');
  let sent = 0;
  while (talker.arguments('removePeer').length === 0 && sent < 10_000) {
    for (let number = 0; number < 16; number += 1, sent += 1) {
      talker.describe(peer_id, { type: 'offer', sdp: 's'.repeat(60_000) });
    }
    // What waits for the server is bounded too.
    await talker.settled();
  }
  const removed = talker.arguments('removePeer');
  talker.close();
  socket?.destroy();
  return { removed: removed.length === 1 && removed[0].peer_id === peer_id };
}

/** Classic and native in one room.
 * @param {Setting} setting */
export async function mixed({ url, version, transport }) {
  const native = new Native(url);
  await native.until('welcome');
  native.say('join', { room: CHANNEL, name: 'Ada' });
  await native.until('joined');
  const classic = await Classic.connect(url, version, transport);
  classic.join(CHANNEL, TEXT);
  const classicId = classic.id;
  const { peer_id } = await classic.until('addPeer');
  const { participant } = await native.until('participant-joined');
  classic.describe(peer_id, { type: 'offer', sdp: TEXT });
  classic.candidate(peer_id, { sdpMLineIndex: 0, candidate: TEXT });
  classic.candidate(peer_id, null);
  await native.until('candidate', 2);
  native.say('description', { to: participant.id, description: { type: 'answer', sdp: TEXT } });
  native.say('candidate', { to: participant.id, candidate: { candidate: TEXT, sdpMid: '0' } });
  native.say('candidate', { to: participant.id, candidate: null });
  native.say('chat', { text: TEXT });
  native.say('description', { to: participant.id, description: { type: 'offer', sdp: TEXT } });
  await classic.until('sessionDescription', 2);
  native.say('leave', {});
  await classic.until('removePeer');
  native.say('join', { room: CHANNEL, name: 'Ada' });
  await classic.until('addPeer', 2);
  classic.close();
  const { reason } = await native.until('participant-left');
  native.close();
  return {
    participant,
    ids: { classic: classicId, native: native.arguments('welcome')[0].participant },
    relayed: native.heard.filter(({ event }) => ['description', 'candidate'].includes(event)).map(({ argument }) => argument),
    heard: told(classic),
    reason,
  };
}
