import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sections, withEssentials, withEstablishedRole, withStartBitrate } from '../../web/lib/sdp.js';

const SDP = [
  'v=0',
  's=-',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 102',
  'a=mid:1',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:102 H264/90000',
  'a=fmtp:102 packetization-mode=1',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  '',
].join('\r\n');

test('sections are read in their order, also when one has no mid', () => {
  assert.deepEqual(sections(SDP), [
    { kind: 'audio', mid: '0' },
    { kind: 'video', mid: '1' },
    { kind: 'application', mid: null },
  ]);
  assert.deepEqual(sections(''), []);
});

test('the start bitrate is added to encoders, with or without parameters, and to nothing else', () => {
  const before = SDP.split('\r\n');
  const after = withStartBitrate(SDP, 1_200_000).split('\r\n');
  assert.deepEqual(after.filter((line) => !before.includes(line)), [
    'a=fmtp:96 x-google-start-bitrate=1200',
    'a=fmtp:102 x-google-start-bitrate=1200;packetization-mode=1',
  ]);
  assert.deepEqual(before.filter((line) => !after.includes(line)), ['a=fmtp:102 packetization-mode=1']);
});

test('a description without video stays as it is', () => {
  const audio = SDP.slice(0, SDP.indexOf('m=video'));
  assert.equal(withStartBitrate(audio, 500_000), audio);
});

const setup = (/** @type {string} */ role) => `v=0\r\nm=audio 9\r\na=setup:${role}\r\nm=video 9\r\na=setup:${role}\r\n`;

test('a first offer leaves the DTLS roles open', () => {
  assert.equal(withEstablishedRole(setup('actpass'), null, null), setup('actpass'));
});

for (const [answerer, role, own] of /** @type {const} */ ([
  ['local', 'active', 'active'],
  ['local', 'passive', 'passive'],
  ['remote', 'active', 'passive'],
  ['remote', 'passive', 'active'],
])) {
  test(`a further offer names this side's role: ${own}, when the ${answerer} answer said ${role}`, () => {
    const offer = /** @type {const} */ ({ type: 'offer', sdp: setup('actpass') });
    const answer = /** @type {const} */ ({ type: 'answer', sdp: setup(role) });
    const [local, remote] = answerer === 'local' ? [answer, offer] : [offer, answer];
    assert.equal(withEstablishedRole(setup('actpass'), local, remote), setup(own));
  });
}

test('an offer to a server that forwards is without candidates and without extensions that are read by nobody', () => {
  const kept = ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:1', 'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid', 'a=rtpmap:96 VP8/90000', ''];
  const [line = '', mid = '', extension = '', ...rest] = kept;
  const more = ['a=extmap:13/recvonly urn:3gpp:video-orientation', 'a=candidate:1 1 udp 1 192.0.2.1 9 typ host', 'a=end-of-candidates'];
  const offer = (/** @type {string[]} */ ...lines) => ['v=0', 'a=extmap-allow-mixed', ...lines].join('\r\n');
  assert.equal(withEssentials(offer(line, mid, ...more, extension, ...rest)), offer(...kept));
});
