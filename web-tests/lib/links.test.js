import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costsLink, formatLink, hostLink, iceUrl, parseLink, readRoom, roomLink, secretsIn, socketUrl, watchLink, whepUrl } from '../../web/lib/links.js';

const BASE = 'https://host:8443/';
const DEFAULTS = { name: '', joinNow: false, mic: true, camera: true, path: null, mix: false, ice: 'all', codec: null };

test('the start page names no room', () => {
  assert.deepEqual(parseLink(BASE), { room: null, ...DEFAULTS });
});

const ROOMS = ['a', 'Zürich ☎', 'a/b', 'a?b#c', '100%', '%2F', ' ', 'ünïcode/../x', '"<script>', 'x'.repeat(128)];

for (const room of ROOMS) {
  test(`the link of room ${JSON.stringify(room.slice(0, 20))} leads to it`, () => {
    assert.equal(parseLink(roomLink(BASE, room)).room, room);
  });
}

for (const room of ['a', 'a/b', 'costs', '%2Fcosts']) {
  test(`what the room ${JSON.stringify(room)} costs has an address, which names the room as well`, () => {
    const address = costsLink(`${BASE}r/other?name=Ada`, room);
    assert.equal(address, `${BASE}r/${encodeURIComponent(room)}/costs`);
    assert.equal(parseLink(address).room, room);
    assert.deepEqual(readRoom(BASE, address), { room, ice: 'all', path: null });
  });
}

for (const room of ['a', 'a/b', 'watch', '%2Fwatch']) {
  test(`the room ${JSON.stringify(room)} has an address to watch it, which names the room as well`, () => {
    const address = watchLink(`${BASE}r/other?name=Ada`, room);
    assert.equal(address, `${BASE}r/${encodeURIComponent(room)}/watch`);
    assert.equal(parseLink(`${address}?participant=Ada`).room, room);
    assert.deepEqual(readRoom(BASE, address), { room, ice: 'all', path: null });
  });
}

test('all of a room is watched, or one who is in it', () => {
  assert.equal(whepUrl(`${BASE}r/x/watch?participant=y`, 'a/b', null), `${BASE}whep/a%2Fb`);
  assert.equal(whepUrl(BASE, 'x', 'Ada & Co'), `${BASE}whep/x?participant=Ada+%26+Co`);
});

test('everything that a link can say survives being written and read', () => {
  const link = /** @type {const} */ ({
    room: 'Büro',
    name: 'Ada & Co',
    joinNow: true,
    mic: false,
    camera: false,
    path: 'direct',
    mix: false,
    ice: 'relay',
    codec: 'av1',
  });
  assert.deepEqual(parseLink(formatLink(BASE, link)), link);
  assert.equal(parseLink(formatLink(BASE, { ...link, path: 'forward' })).path, 'forward');
  const mixed = { ...link, path: null, mix: true };
  assert.deepEqual(parseLink(formatLink(BASE, mixed)), mixed);
});

test('a link to share says nothing of whoever shares it', () => {
  assert.equal(roomLink('https://host:8443/r/x?name=Ada&join=now#y', 'x'), 'https://host:8443/r/x');
  assert.equal(roomLink('https://host:8443/r/x?name=Ada', 'x', 'forward'), 'https://host:8443/r/x?path=forward');
});

test('values that mean nothing are left aside', () => {
  const link = parseLink(`${BASE}r/x?join=later&mic=on&camera=no&path=mesh&ice=none&codec=vp8`);
  assert.deepEqual(link, { room: 'x', ...DEFAULTS });
});

test('a room is named by its name or by its link, which may ask to hide addresses or for one way of all media', () => {
  assert.deepEqual(readRoom(BASE, ' Büro '), { room: 'Büro', ice: 'all', path: null });
  assert.deepEqual(readRoom(BASE, `${BASE}r/B%C3%BCro?name=Ada\n`), { room: 'Büro', ice: 'all', path: null });
  assert.deepEqual(readRoom(`${BASE}?lang=de`, `${BASE}r/x?ice=relay`), { room: 'x', ice: 'relay', path: null });
  assert.deepEqual(readRoom(BASE, `${BASE}r/x?path=forward`), { room: 'x', ice: 'all', path: 'forward' });
  assert.deepEqual(readRoom(BASE, `${BASE}r/x?path=direct`), { room: 'x', ice: 'all', path: 'direct' });
  assert.deepEqual(readRoom(BASE, 'team: standup'), { room: 'team: standup', ice: 'all', path: null });
});

test('a link of this server that leads to no room names none', () => {
  for (const path of ['', 'r/', 'r/%FF', 'assets/start.js']) {
    assert.deepEqual(readRoom(BASE, BASE + path), { room: '', ice: 'all', path: null }, path);
  }
});

test('the link of another server names no room of this one', () => {
  for (const link of ['https://other.example/r/foo', 'https://meet.example/abc', 'http://host:8443/r/x', 'https://host/r/x']) {
    assert.deepEqual(readRoom(BASE, link), { elsewhere: link });
  }
  assert.deepEqual(readRoom(BASE, 'HTTPS://Other.Example'), { elsewhere: 'https://other.example/' });
});

test('an address that is not UTF-8 names no room', () => {
  assert.equal(parseLink(`${BASE}r/%FF`).room, null);
});

test('the signaling is on the same server, encrypted if the page is', () => {
  assert.equal(socketUrl('https://host:8443/r/x?y'), 'wss://host:8443/ws');
  assert.equal(socketUrl('http://[::1]:8080/'), 'ws://[::1]:8080/ws');
  assert.equal(iceUrl('wss://host:8443/ws'), 'https://host:8443/api/ice');
  assert.equal(iceUrl('ws://localhost:8080/ws'), 'http://localhost:8080/api/ice');
});

test('what only the bearer of a link is to have stands behind the #, where no server sees it', () => {
  assert.deepEqual(secretsIn(`${BASE}r/x?name=Ada#token=a.b-c_d.e`), { token: 'a.b-c_d.e', hostKey: null });
  for (const link of [`${BASE}r/x`, `${BASE}r/x#`, `${BASE}r/x#token=&host=`, `${BASE}r/x?token=a&host=b#part`]) {
    assert.deepEqual(secretsIn(link), { token: null, hostKey: null }, link);
  }
  const link = hostLink(roomLink(BASE, 'a/b'), 'key+/=');
  assert.deepEqual(secretsIn(link), { token: null, hostKey: 'key+/=' });
  assert.equal(parseLink(link).room, 'a/b');
});
