// What a call survives: a reload, a lost signaling connection, a dead server. Media between the browsers does not notice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Participant } from '../harness/participant.js';
import { Proxy } from '../harness/proxy.js';
import { Server } from '../harness/server.js';
import { KINDS } from '../harness/user.js';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

/** It is the connections between people that are looked at: one with the server is made anew with that. */
const DIRECT = { path: 'direct' };

/** Two people in a call, Ada in the browser that is tested.
 * @param {import('../harness/browser.js').Kind} kind
 * @param {string} what is tried
 * @param {string} [adasWay] the URL by which Ada reaches the server */
async function call(kind, what, adasWay = server.url) {
  const room = `${what} ${kind}`;
  const ada = await Participant.open(adasWay, room, 'Ada', { kind, query: DIRECT });
  const bob = await Participant.open(server.url, room, 'Bob', { query: DIRECT });
  await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);
  return { ada, bob };
}

/** @param {Participant} one
 * @param {number} connections how many peer connections it had made before */
async function mediaUntouched(one, connections) {
  assert.equal(await one.connectionsMade(), connections, `${one.name} made no new peer connection`);
  const states = (await one.legs()).map((leg) => leg.state);
  assert.ok(states.length > 0 && states.every((state) => state === 'connected'), `${one.name}: ${states}`);
}

for (const kind of KINDS) {
  test(`whoever reloads the page is back, once, and seen and heard again (${kind})`, async () => {
    const { ada, bob } = await call(kind, 'reload');
    const endWatch = await bob.watchOthers();
    await ada.page.reload();
    await Promise.all([bob.seesAndHears('Ada'), ada.seesAndHears('Bob')]);
    assert.equal((await endWatch()).most, 1, 'Bob never saw a ghost beside Ada');
    await Promise.all([ada.close(), bob.close()]);
  });

  test(`a cut signaling connection is resumed, and nobody sees or hears anything of it (${kind})`, async () => {
    const proxy = await new Proxy(server.url).open();
    const { ada, bob } = await call(kind, 'cut', proxy.url);
    const [adasConnections, bobsConnections] = await Promise.all([ada.connectionsMade(), bob.connectionsMade()]);
    const id = (await ada.snapshot()).participant;
    const endWatch = await bob.watchOthers();

    proxy.cut();
    await ada.until('the signaling connection is lost', async () => (await ada.snapshot()).signaling.state === 'reconnecting');
    await bob.until('Ada is known to be away', async () => !(await bob.remote('Ada')).connected);
    await Promise.all([ada.framesAdvance('Bob'), bob.framesAdvance('Ada'), bob.audioEnergyRises('Ada')]);

    proxy.mend();
    await ada.until('the signaling connection is resumed', async () => {
      const { state, resumes } = (await ada.snapshot()).signaling;
      return state === 'open' && resumes === 1;
    });
    await bob.until('Ada is known to be back', async () => (await bob.remote('Ada')).connected);
    await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);

    assert.deepEqual(await endWatch(), { most: 1, least: 1, ids: [id] }, 'Bob never saw Ada leave');
    await mediaUntouched(ada, adasConnections);
    await mediaUntouched(bob, bobsConnections);
    await Promise.all([ada.close(), bob.close()]);
    proxy.close();
  });

  test(`a server that is killed and started again finds the same call, which went on meanwhile (${kind})`, async () => {
    const { ada, bob } = await call(kind, 'killed');
    const people = [ada, bob];
    const before = await Promise.all(people.map(async (one) => ({
      connections: await one.connectionsMade(),
      snapshot: await one.snapshot(),
    })));
    const endWatches = await Promise.all(people.map((one) => one.watchOthers()));

    await server.kill();
    for (const one of people) {
      await one.until('the signaling connection is lost', async () => (await one.snapshot()).signaling.state === 'reconnecting');
    }
    await Promise.all([ada.framesAdvance('Bob'), bob.framesAdvance('Ada')]);

    await server.start();
    for (const one of people) {
      await one.until('the call is joined again', async () => {
        const { state, signaling } = await one.snapshot();
        return state === 'joined' && signaling.state === 'open';
      });
    }
    await Promise.all([ada.seesAndHears('Bob'), bob.seesAndHears('Ada')]);

    for (const [index, one] of people.entries()) {
      const { participant, participants } = await one.snapshot();
      const earlier = before[index];
      assert.equal(participant, earlier?.snapshot.participant, `${one.name} kept the id`);
      const ids = earlier?.snapshot.participants.map(({ id }) => id);
      assert.deepEqual(participants.map(({ id }) => id), ids, `${one.name} sees the same people`);
      assert.deepEqual((await endWatches[index]?.())?.ids, ids, `${one.name} saw nobody else meanwhile`);
      await mediaUntouched(one, earlier?.connections ?? 0);
    }
    await Promise.all(people.map((one) => one.close()));
  });
}
