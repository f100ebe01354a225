// The classic signaling server in its plainest form: Socket.IO 1.x, everybody in a channel connected to everybody.
//
// It is the yardstick, not a product. The benchmarks measure visavis against it, and the tests use it to prove that
// examples/client.html speaks the protocol of docs/protocol.md section 5 and not a dialect of our own server.
//
//   node e2e/reference/server.js [port] [--log]
//
// Port 0, the default, takes any free port and prints the address. With --log it tells standard error of every message,
// whole, as the published server tells its terminal; without, a benchmark measures signaling alone.

import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

// Socket.IO 1.x has no types; its dependencies are kept apart in this folder.
const socketIo = createRequire(import.meta.url)('socket.io');

const page = new URL('../../examples/client.html', import.meta.url);

const http = createServer((request, response) => {
  if (request.url?.split('?')[0] === '/examples/client.html') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    createReadStream(page).pipe(response);
    return;
  }
  response.statusCode = 404;
  response.end();
});

// It hands out its own client (1.x) at /socket.io/socket.io.js.
const io = socketIo(http);

const [port = '0'] = process.argv.slice(2).filter((argument) => argument !== '--log');
const log = process.argv.includes('--log') ? console.error : () => undefined;

/** channel -> socket id -> socket
 * @type {Map<string, Map<string, any>>} */
const channels = new Map();

io.on('connection', (/** @type {any} */ socket) => {
  /** @type {Set<string>} */
  const joined = new Set();

  socket.on('join', (/** @type {{channel: string}} */ { channel }) => {
    log(`[${socket.id}] join`, channel);
    if (joined.has(channel)) return;
    const members = channels.get(channel) ?? new Map();
    // The newcomer offers: those who were there cannot know that it is ready, it knows that they are.
    for (const [id, member] of members) {
      member.emit('addPeer', { peer_id: socket.id, should_create_offer: false });
      socket.emit('addPeer', { peer_id: id, should_create_offer: true });
    }
    members.set(socket.id, socket);
    channels.set(channel, members);
    joined.add(channel);
  });

  const part = (/** @type {string} */ channel) => {
    const members = channels.get(channel);
    if (!joined.delete(channel) || !members) return;
    members.delete(socket.id);
    if (members.size === 0) channels.delete(channel);
    for (const [id, member] of members) {
      member.emit('removePeer', { peer_id: socket.id });
      socket.emit('removePeer', { peer_id: id });
    }
  };
  socket.on('part', part);
  socket.on('disconnect', () => [...joined].forEach(part));

  const relay = (/** @type {string} */ from, /** @type {string} */ to, /** @type {string} */ what) =>
    socket.on(from, (/** @type {any} */ message) => {
      log(`[${socket.id}] ${from} to [${message.peer_id}]`, message[what]);
      const shared = [...joined].some((channel) => channels.get(channel)?.has(message.peer_id));
      if (shared) io.sockets.connected[message.peer_id]?.emit(to, { peer_id: socket.id, [what]: message[what] });
    });
  relay('relayICECandidate', 'iceCandidate', 'ice_candidate');
  relay('relaySessionDescription', 'sessionDescription', 'session_description');
});

http.listen(Number(port), '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (http.address());
  process.stdout.write(`listening on http://127.0.0.1:${address.port}\n`);
});
