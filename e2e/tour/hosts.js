// The host is in charge: who is let in, what guests may do, and the end for all.

import { drawnCamera, drawnSound } from '../harness/stand-ins.js';
import { User } from '../harness/user.js';
import { enHosts } from '../../web/messages/en-hosts.js';
import { en } from '../../web/messages/en.js';

/** @typedef {import('./album.js').Album} Album */
/** @typedef {import('../harness/server.js').Server} Server */

const ROOM = 'board meeting';
/** Several people are much for one machine. */
const FEW = { rate: 5 };

/**
 * @param {Album} album
 * @param {Server} server
 */
export async function hosts(album, server) {
  const ada = await come(server, 0, 'Ada');
  await ada.sees();
  const grace = await come(server, 1, 'Grace');
  await grace.sees('Ada');
  await ada.sees('Grace');

  album.section('The host is in charge');
  await ada.press('people');
  await ada.press('rules-change');
  await ada.press('rules-entry-knock');
  await album.take(ada, 'rules-phone', 'A host decides who may come in, and what guests may do: on a phone.', { size: 'phone', theme: 'light' });
  await album.take(ada, 'rules', 'The rules on a desktop.');
  await ada.press('rules-apply');
  await ada.press('people');
  const linus = await visit(server, 2, 'Linus');
  await linus.shows('lobby-entry', en.lobby.entry.knock);
  await linus.press('lobby-join');
  await linus.shows('waiting-host', enHosts.waiting.here);
  await album.take(linus, 'waiting', 'Whoever knocks sees whether a host is there, and waits with their own picture.');
  await album.take(linus, 'waiting-phone', 'Waiting on a phone.', { size: 'phone', theme: 'light' });
  await ada.shows('notice', enHosts.knocks.one('Linus'));
  await album.take(ada, 'knock-phone', 'The host hears and sees the knock, and answers it at once: on a phone.', { size: 'phone' });
  await album.take(ada, 'knock', 'The knock on a desktop.');
  const radia = await visit(server, 3, 'Radia');
  await radia.press('lobby-join');
  await ada.shows('notice', enHosts.knocks.many(2));
  await ada.pressIn('notice', enHosts.knocks.show);
  await ada.shows('knock', 'Radia');
  await album.take(ada, 'knocks-phone', 'Several wait: the list of people has them, and the rules in words.', { size: 'phone', theme: 'light' });
  await album.take(ada, 'knocks', 'The list on a desktop.');
  await ada.pressIn('person', en.people.menu('Grace'));
  await ada.shows('host-remove');
  await album.take(ada, 'host-options', 'What a host can do about somebody.', { theme: 'light' });
  await ada.press('host-remove');
  await album.take(ada, 'remove', 'What it means to take somebody out, before it is done.');
  await ada.press('confirm-cancel');
  await ada.pressIn('knocks', enHosts.knocks.admit);
  await linus.sees('Ada', 'Grace');
  await ada.press('end');
  await album.take(ada, 'end-phone', 'The end for all is asked about, too.', { size: 'phone' });
  await album.take(ada, 'end', 'The question on a desktop.');
  await ada.press('confirm-cancel');

  await ada.press('rules-change');
  for (const each of ['mic', 'chat', 'apply']) await ada.press(`rules-${each}`);
  await grace.wasShown('notice', en.hosting.forbidden.mic);
  await grace.press('chat-toggle');
  await grace.shows('chat-forbidden');
  await album.take(grace, 'guest', 'A guest where guests may neither be heard nor write: the button says why.');
  await ada.press('end');
  await ada.press('confirm-go');
  await grace.shows('notice', en.endings.ended.title);
  await album.take(grace, 'ended', 'The call was ended for all.', { theme: 'light' });
  for (const one of [ada, grace, linus, radia]) await one.close();
}

/** @param {number} number @returns {import('../harness/user.js').StandIn[]} */
const standIns = (number) => [[drawnCamera, number, FEW], [drawnSound, 'humming']];

/**
 * @param {Server} server
 * @param {number} number
 * @param {string} name
 */
function come(server, number, name) {
  return User.join(server.url, ROOM, name, { standIns: standIns(number) });
}

/**
 * @param {Server} server
 * @param {number} number
 * @param {string} name
 */
async function visit(server, number, name) {
  const user = await User.visit(`${server.url}/r/${encodeURIComponent(ROOM)}`, name, { standIns: standIns(number) });
  await user.write('lobby-name', name);
  return user;
}
