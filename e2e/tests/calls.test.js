// Calls between real browsers: everyone sees and hears everyone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Participant } from '../harness/participant.js';
import { Server } from '../harness/server.js';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

/** Everyone sees and hears everyone else.
 * @param {Participant[]} people */
async function all(people) {
  await Promise.all(people.map((one) => one.seesAndHears(...people.filter((other) => other !== one).map(({ name }) => name))));
}

/** @param {Participant[]} people */
async function goodbye(people) {
  await Promise.all(people.map((one) => one.close()));
}

test('two Chromium browsers see and hear each other', async () => {
  const ada = await Participant.open(server.url, 'two', 'Ada');
  const bob = await Participant.open(server.url, 'two', 'Bob');
  await all([ada, bob]);
  assert.equal((await ada.remote('Bob')).path, 'direct');
  await goodbye([ada, bob]);
});

test('two Chromium browsers and a Firefox see and hear each other, whoever comes last', async () => {
  const ada = await Participant.open(server.url, 'three', 'Ada');
  const fox = await Participant.open(server.url, 'three', 'Fox', { kind: 'firefox' });
  await all([ada, fox]);
  const bob = await Participant.open(server.url, 'three', 'Bob');
  await all([ada, fox, bob]);
  await goodbye([ada, fox, bob]);
});

test('Firefox calls into a room where Chromium waits, under names that are not ASCII', async () => {
  const ada = await Participant.open(server.url, 'Zürich ☎', 'Ádá 👋');
  const fox = await Participant.open(server.url, 'Zürich ☎', 'Füchsin', { kind: 'firefox' });
  await all([ada, fox]);
  assert.equal((await fox.snapshot()).room, 'Zürich ☎');
  await goodbye([ada, fox]);
});

for (const kind of /** @type {const} */ (['chromium', 'firefox'])) {
  test(`a call that may use relays only goes through this server's TURN (${kind})`, async () => {
    const room = `relay ${kind}`;
    const query = { ice: 'relay' };
    const ada = await Participant.open(server.url, room, 'Ada', { query });
    const bob = await Participant.open(server.url, room, 'Bob', { kind, query });
    await all([ada, bob]);
    for (const [one, other] of /** @type {const} */ ([[ada, 'Bob'], [bob, 'Ada']])) {
      await one.until(`the leg to ${other} is relayed`, async () => (await one.remote(other)).path === 'relayed');
    }
    await goodbye([ada, bob]);
  });
}
