// Clients that join a channel and never read what they are sent.

import { connect } from 'node:net';

/** @param {string} channel
 * @returns {string} the packets of Engine.IO and Socket.IO that connect and join */
const join = (channel) => `42${JSON.stringify(['join', { channel }])}`;

/** Joins over polling, and never polls again.
 * @param {string} url
 * @param {string} channel
 * @returns {Promise<null>} */
export async function deafPolling(url, channel) {
  const address = `${url}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(address)).text();
  const session = `${address}&sid=${JSON.parse(opened.slice(1)).sid}`;
  for (const packet of ['40', join(channel)]) {
    const answer = await fetch(session, { method: 'POST', body: packet });
    if (!answer.ok) throw new Error(`${packet}: ${answer.status}`);
    // The packet before it has to be answered before the next one may come.
    if (packet === '40') await fetch(session);
  }
  return null;
}

/** Joins over a WebSocket, and reads no more from its socket.
 * @param {string} url
 * @param {string} channel
 * @returns {Promise<import('node:net').Socket>} */
export async function deafWebSocket(url, channel) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = [
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', `Host: ${hostname}:${port}`, 'Connection: Upgrade',
    'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', '',
  ];
  socket.write(head.join('\r\n'));
  await heard(socket, '"sid"');
  socket.write(frame('40'));
  await heard(socket, '40{');
  socket.pause();
  socket.write(frame(join(channel)));
  return socket;
}

/** @param {import('node:net').Socket} socket
 * @param {string} what
 * @returns {Promise<void>} once that has come */
async function heard(socket, what) {
  let text = '';
  await new Promise((resolve, reject) => {
    socket.on('data', function read(chunk) {
      text += chunk.toString('latin1');
      if (!text.includes(what)) return;
      socket.off('data', read);
      resolve(undefined);
    });
    socket.once('error', reject);
  });
}

/** A short text frame of a client (RFC 6455, section 5.2), masked with zeros.
 * @param {string} text
 * @returns {Buffer} */
function frame(text) {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new Error('too long for a short frame');
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
