// Calls of one to nine people, and what can be done in them.

import { Server } from '../harness/server.js';
import { drawnCamera, drawnScreen } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { en } from '../../web/messages/en.js';

/** @typedef {import('./album.js').Album} Album */

const ROOM = 'engine-notes';
const CROWD = 'nine';

/** What nine people's cameras give, so that one machine is enough for them all. */
const FEW = { rate: 3, scale: 0.6 };
const NAMES = ['Ada', 'Grace', 'Linus', 'Radia', 'Edsger', 'Barbara', 'Donald', 'Margaret', 'Alan'];

/** How long nine people may take to find each other on a busy machine, in milliseconds. */
const PATIENCE = 180_000;

/**
 * @param {Album} album
 * @param {Server} server
 */
export async function calls(album, server) {
  /** @type {User[]} */
  const people = [];
  const until = async (/** @type {number} */ count) => {
    while (people.length < count) people.push(await come(server, people.length));
    const [ada] = people;
    if (!ada) throw new Error('nobody came');
    await everybodyIsSeen(ada, count - 1);
    return ada;
  };

  album.section('A call');
  const ada = await until(1);
  await ada.hides('notice');
  await album.take(ada, 'call-1', 'Alone in a room, its link is there to be sent.');
  await until(2);
  await album.take(ada, 'call-2', 'Two people; the own picture is small and mirrored.');
  await album.take(ada, 'call-2-phone', 'The same on a phone, in light colours.', { size: 'phone', theme: 'light' });
  await until(4);
  await album.take(ada, 'call-4', 'Four people.');
  await album.take(ada, 'call-4-phone', 'Four people on a phone.', { size: 'phone' });
  await speaker(album, ada);
  await panels(album, ada, people);
  await sharing(album, people);
  await fromRightToLeft(album, server);
  for (const one of people) await one.close();
  await crowd(album, server);
}

/**
 * @param {Server} server
 * @param {number} number
 */
async function come(server, number) {
  const standIns = /** @type {import('../harness/user.js').StandIn[]} */ ([[drawnCamera, number], [drawnScreen, 'chosen']]);
  const user = await User.join(server.url, ROOM, NAMES[number] ?? 'Guest', { standIns });
  await user.until('the call is joined', async () => (await user.snapshot()).state === 'joined');
  return user;
}

/**
 * Nine people. One machine has to be enough for all of them: of eight, who are in a browser of their own, no pictures are
 * taken, so they draw nothing; most of them are silent, and their own pictures are few.
 * @param {Album} album
 * @param {Server} server
 */
async function crowd(album, server) {
  const ada = await User.join(server.url, CROWD, 'Ada', { standIns: [[drawnCamera, 0, FEW]] });
  const others = [];
  for (const [index, name] of NAMES.slice(1).entries()) {
    const other = await User.join(server.url, CROWD, name, {
      devices: 'no-camera',
      standIns: [[drawnCamera, index + 1, FEW]],
      query: index < 2 ? {} : { mic: 'off' },
    });
    await everybodyIsSeen(ada, index + 1);
    await other.drawNothing();
    others.push(other);
  }
  await album.take(ada, 'call-9', 'Nine people.');
  await album.take(ada, 'call-9-phone', 'Nine people on a phone.', { size: 'phone' });
  await album.take(ada, 'call-9-lying', 'Nine people on a phone that lies on its side.', { size: 'lying', theme: 'light' });
  for (const one of [ada, ...others]) await one.close();
}

/**
 * @param {User} user
 * @param {number} others
 */
async function everybodyIsSeen(user, others) {
  await user.until(`${others} pictures are there`, () => user.page.$$eval('vv-stage vv-tile', (tiles, count) =>
    tiles.length === count && tiles.every((tile) => (tile.querySelector('video')?.videoWidth ?? 0) > 0), others), PATIENCE);
  await user.hides('notice');
}

/**
 * @param {Album} album
 * @param {User} ada
 */
async function speaker(album, ada) {
  await ada.press('tile-menu');
  await album.take(ada, 'tile-menu', 'The options of a tile: pin, volume, and what its path means in words.');
  await ada.press('pin');
  await album.take(ada, 'pinned', 'One person pinned, in light colours.', { theme: 'light' });
  await ada.press('tile-menu');
  await ada.press('pin');
}

/**
 * @param {Album} album
 * @param {User} ada
 * @param {User[]} people
 */
async function panels(album, ada, people) {
  const [, grace, linus] = people;
  if (!grace || !linus) throw new Error('too few people');
  await grace.press('chat-toggle');
  await grace.say('Notes on the engine: https://example.org/notes');
  await linus.press('hand');
  await ada.wasShown('notice', en.people.raised('Linus'));
  await album.take(ada, 'signs', 'A raised hand, and one unread message.');
  await ada.press('react');
  await album.take(ada, 'reactions', 'Choosing a reaction.', { theme: 'light' });
  await ada.key('Escape');
  await ada.press('chat-toggle');
  await ada.say('Reading them now.');
  await ada.hides('notice');
  await album.take(ada, 'chat', 'The chat, which late joiners can read back.');
  await album.take(ada, 'chat-phone', 'The chat on a phone, in light colours.', { size: 'phone', theme: 'light' });
  await ada.page.setViewport({ width: 1280, height: 800 });
  await linus.press('mute');
  await ada.press('people');
  await album.take(ada, 'people', 'Everybody in the call, raised hands first.');
  await ada.press('stats');
  await ada.until('a minute of figures is there', () => ada.page.$$eval('[data-testid=stats-panel] canvas', (all) => all.length > 8));
  await album.take(ada, 'stats', 'Statistics with the last minute as plots, copied as text for whoever helps.');
  await album.take(ada, 'stats-phone', 'Statistics on a phone.', { size: 'phone' });
  await ada.page.setViewport({ width: 1280, height: 800 });
  await costs(album, ada);
  await ada.press('stats');
  await ada.press('settings');
  await album.take(ada, 'settings', 'Other devices, in the midst of the call.');
  await ada.key('Escape');
  await ada.key('?');
  await album.take(ada, 'keys', 'Everything has a key.', { theme: 'light' });
  await ada.key('Escape');
  await linus.press('hand');
}

/**
 * @param {Album} album
 * @param {User} ada
 */
async function costs(album, ada) {
  await ada.press('tab-costs');
  await ada.shows('costs-table', 'Grace');
  await album.take(ada, 'costs-tab', 'What the call costs, as a tab of the statistics.');
  const reader = await User.visit(`${new URL(ada.page.url()).origin}/r/${ROOM}/costs`, 'Edsger');
  await reader.shows('costs-table', 'Grace');
  await album.take(reader, 'costs', 'The same on a page of its own, which anybody with the link can read.');
  await reader.page.$eval('vv-costs-compare', (part) => part.scrollIntoView());
  await album.take(reader, 'costs-compared', 'The same room as a mesh, a star and a mix, reckoned from what is measured.', { theme: 'light' });
  await reader.page.$eval('vv-costs-formulas', (part) => part.scrollIntoView());
  await album.take(reader, 'costs-formulas', 'The formulas, with the numbers of now.');
  await reader.page.evaluate(() => scrollTo(0, 0));
  await album.take(reader, 'costs-phone', 'The costs on a phone, in light colours.', { size: 'phone', theme: 'light' });
  await switches(album, ada, reader);
  await reader.close();
  await ada.press('tab-connections');
}

/**
 * @param {Album} album
 * @param {User} host
 * @param {User} reader
 */
async function switches(album, host, reader) {
  await host.page.$eval('vv-call-page', (page) => {
    const policy = { direct: 'auto', mix: 'allowed', direct_max: 1 };
    page.dispatchEvent(new CustomEvent('policy', { detail: { policy } }));
  });
  await host.until('everybody is forwarded', async () =>
    (await host.snapshot()).participants.every(({ path, planned }) => path === 'forward' && planned === 'forward'), PATIENCE);
  await reader.page.setViewport({ width: 1280, height: 800 });
  await reader.shows('costs-switch', en.costs.outcomes.committed);
  await reader.page.$eval('[data-testid=costs-switch]', (row) => row.scrollIntoView({ block: 'center' }));
  await album.take(reader, 'costs-switches', 'The same call forwarded by the server, and how each change of paths went.');
}

/**
 * @param {Album} album
 * @param {User[]} people
 */
async function sharing(album, people) {
  const [ada, grace] = people;
  if (!ada || !grace) throw new Error('too few people');
  await grace.press('chat-toggle');
  await grace.press('share');
  await grace.shows('share-go');
  await album.take(grace, 'share-dialog', 'Before a screen is shared: what for, and with sound or without.');
  await grace.press('share-go');
  await ada.shows('screen-tile');
  await ada.framesAdvance('Grace', 'screen');
  await ada.hides('notice');
  await ada.page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await album.take(ada, 'share', 'A shared screen beside the people.');
  await album.take(ada, 'share-phone', 'A shared screen on a phone.', { size: 'phone' });
  await album.take(grace, 'share-own', 'Whoever shares sees it said, and the way to end it.', { theme: 'light' });
  await grace.press('share-stop');
  await ada.hides('screen-tile');
}

/**
 * @param {Album} album
 * @param {Server} server
 */
async function fromRightToLeft(album, server) {
  const standIns = /** @type {import('../harness/user.js').StandIn[]} */ ([[drawnCamera, 9]]);
  const layla = await User.join(server.url, ROOM, 'ليلى', { standIns, query: { lang: 'ar' } });
  await layla.sees('Ada', 'Grace', 'Linus', 'Radia');
  await everybodyIsSeen(layla, 4);
  await layla.press('chat-toggle');
  await layla.say('مرحبا');
  await layla.hides('notice');
  await album.take(layla, 'call-arabic', 'A call from right to left.');
  await layla.close();
}
