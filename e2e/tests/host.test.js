// Who is in charge of a call: hosts let people in, mute and ask them, take them out, make others host, and end it for all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { company } from '../harness/company.js';
import { Server } from '../harness/server.js';
import { DESKTOP, KINDS, User } from '../harness/user.js';
import { apart } from '../../web/messages/counting.js';
import { enHosts } from '../../web/messages/en-hosts.js';
import { en } from '../../web/messages/en.js';

/** @typedef {import('../harness/browser.js').Kind} Kind */

const PHONE = { width: 390, height: 844 };

/** So many pictures later another second has been measured. */
const A_SECOND = 20;

const server = new Server();

const people = company(server);

/** Only one of those in a test is of the kind that is looked at: Firefox lets pages sleep that are not in front.
 * @param {string} room
 * @param {string} name
 * @param {Kind} [kind] */
async function join(room, name, kind = 'chromium') {
  const user = await User.join(server.url, room, name, { kind });
  people.push(user);
  return user;
}

/** Somebody in the lobby.
 * @param {string} room
 * @param {string} name */
async function visit(room, name) {
  const user = await User.visit(`${server.url}/r/${encodeURIComponent(room)}`, name);
  people.push(user);
  await user.write('lobby-name', name);
  return user;
}

/** Decides anew what holds in the room.
 * @param {User} host
 * @param {...string} pressed in the dialog */
async function rule(host, ...pressed) {
  await host.press('people');
  await host.press('rules-change');
  for (const each of pressed) await host.press(`rules-${each}`);
  await host.press('rules-apply');
  await host.hides('rules-dialog');
  await host.press('people');
  await host.hides('people-panel');
}

/** Chooses among the options of somebody.
 * @param {User} host
 * @param {string} name
 * @param {import('../../web/elements/host-actions.js').HostAction} action */
async function act(host, name, action) {
  if (!(await host.isShown('people-panel'))) await host.press('people');
  await host.pressIn('person', en.people.menu(name));
  await host.press(`host-${action}`);
}

/** Looks at a page as it is on a large screen and on a small one. What axe-core reads is the same in each browser, and takes it a while.
 * @param {User} user
 * @param {string} what
 * @param {Kind} kind */
async function isAccessible(user, what, kind) {
  if (kind !== 'chromium') return;
  await user.isAccessible(what);
  await user.page.setViewport(PHONE);
  await user.until(`${what}: nothing stands out on a phone`, () => user.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await user.isAccessible(`${what}, on a phone`);
  await user.page.setViewport(DESKTOP);
}

/** Notes from now on that the page rings.
 * @param {User} user
 * @returns {Promise<() => Promise<boolean>>} whether it has */
async function rings(user) {
  await user.page.evaluate(() => {
    const page = /** @type {{rang?: boolean}} */ (/** @type {unknown} */ (window));
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function () {
      page.rang ||= this.src.startsWith('blob:');
      return play.call(this);
    };
  });
  return () => user.page.evaluate(() => /** @type {{rang?: boolean}} */ (/** @type {unknown} */ (window)).rang === true);
}

/** Waits until nothing is heard of somebody who is seen.
 * @param {User} user
 * @param {string} name */
async function hearsNothingOf(user, name) {
  const look = async () => {
    const { audio, frames } = await user.remote(name);
    return { energy: audio.energy, frames: frames.camera };
  };
  let since = await look();
  await user.until(`${name} is silent`, async () => {
    const now = await look();
    if (now.energy > since.energy) since = now;
    return now.frames > since.frames + A_SECOND;
  });
}

/** @param {User} user
 * @param {string} id of a button
 * @param {string} label */
async function says(user, id, label) {
  await user.until(`${id} is named “${label}”`, async () => (await user.attribute(`[data-testid=${id}]`, 'aria-label')) === label);
}

for (const kind of KINDS) {
  test(`whoever knocks is heard and seen, and let in or not; nobody comes into a closed room (${kind})`, async () => {
    const room = `knock ${kind}`;
    const ada = await join(room, 'Ada', kind);
    await ada.sees();
    const rang = await rings(ada);
    await rule(ada, 'entry-knock');
    const grace = await visit(room, 'Grace');
    await grace.shows('lobby-entry', en.lobby.entry.knock);
    await isAccessible(grace, 'lobby of a room where one knocks', kind);
    await grace.press('lobby-join');
    await grace.shows('waiting-host', enHosts.waiting.here);
    await grace.until('the own picture stays', () => grace.page.$eval('vv-lobby-preview video', (video) => video.videoWidth > 0));
    await isAccessible(grace, 'waiting to be let in', kind);
    await ada.shows('notice', enHosts.knocks.one('Grace'));
    await ada.until('it rings', rang);
    await isAccessible(ada, 'somebody knocks', kind);
    await ada.pressIn('notice', enHosts.knocks.admit);
    await Promise.all([ada.seesAndHears('Grace'), grace.seesAndHears('Ada')]);
    await ada.hides('notice', enHosts.knocks.one('Grace'));
    await grace.isFocused('mute');

    const [linus, edsger] = [await join(room, 'Linus'), await join(room, 'Edsger')];
    await ada.shows('notice', enHosts.knocks.many(2));
    await ada.pressIn('notice', enHosts.knocks.show);
    await ada.shows('knock', 'Edsger');
    await isAccessible(ada, 'list of people with those who wait', kind);
    await ada.pressIn('knock', `${enHosts.knocks.refuse}: ${apart('Linus')}`);
    await linus.shows('notice', en.endings['not-admitted'].title);
    await isAccessible(linus, 'a call that one was not let into', kind);
    await edsger.press('waiting-cancel');
    await edsger.shows('notice', en.endings.left.title);
    await edsger.close();
    await ada.hides('knocks');
    assert.equal(await grace.isShown('notice', 'come in'), false, 'guests hear nothing of it');

    await ada.press('people');
    await rule(ada, 'entry-closed');
    await linus.press('ended-again');
    await linus.shows('notice', en.endings['room-closed'].title);
    await linus.page.goto(`${server.url}/r/${encodeURIComponent(room)}`);
    await linus.shows('lobby-entry', en.lobby.entry.closed);
    await ada.page.reload();
    await ada.sees('Grace');
    const { host } = /** @type {{host?: boolean}} */ (await ada.snapshot());
    assert.equal(host, true, 'a host comes back into a closed room');
  });

  test(`a host mutes a guest and asks them back, and rules keep guests silent (${kind})`, async () => {
    const room = `mute ${kind}`;
    const [ada, grace] = [await join(room, 'Ada'), await join(room, 'Grace', kind)];
    await Promise.all([ada.seesAndHears('Grace'), grace.seesAndHears('Ada')]);
    await ada.press('people');
    await ada.pressIn('person', en.people.menu('Grace'));
    await ada.shows('host-mute');
    await isAccessible(ada, 'what a host can do about somebody', kind);
    await ada.press('host-mute');
    await grace.wasShown('notice', en.hosting.muted.mic('Ada'));
    await says(grace, 'mute', en.controls.unmute);
    await hearsNothingOf(ada, 'Grace');
    await act(ada, 'Grace', 'askMic');
    await grace.shows('notice', en.hosting.asked.mic('Ada'));
    await isAccessible(grace, 'being asked to unmute', kind);
    await grace.pressIn('notice', en.controls.unmute);
    await ada.audioEnergyRises('Grace');
    await grace.hides('notice', en.hosting.asked.mic('Ada'));

    await ada.press('rules-change');
    await isAccessible(ada, 'rules', kind);
    for (const each of ['mic', 'chat', 'apply']) await ada.press(`rules-${each}`);
    await grace.wasShown('notice', en.hosting.forbidden.mic);
    for (const user of [ada, grace]) {
      await user.until('everybody is forwarded by the rules', async () => {
        const { path, reason, participants } = await user.snapshot();
        return [{ planned: path, reason }, ...participants].every((one) => one.planned === 'forward' && one.reason === 'rules');
      });
    }
    await hearsNothingOf(ada, 'Grace');
    assert.equal(await grace.attribute('[data-testid=mute]', 'aria-disabled'), 'true');
    assert.equal(await grace.attribute('[data-testid=mute]', 'title'), en.hosting.forbidden.mic);
    await grace.key('m');
    await says(grace, 'mute', en.controls.unmute);
    assert.equal((await grace.snapshot()).local.mic, false, 'a guest cannot unmute');
    await grace.press('chat-toggle');
    await grace.shows('chat-forbidden', en.hosting.forbidden.chat);
    assert.equal(await grace.isShown('chat-input'), false);
    await isAccessible(grace, 'chat where guests may not write', kind);
    await grace.press('people');
    await grace.shows('rules-guests', enHosts.rules.names.mic);
    assert.equal(await grace.isShown('rules-change'), false, 'only a host may');
    await grace.audioEnergyRises('Ada');

    for (const each of ['change', 'mic', 'chat', 'apply']) await ada.press(`rules-${each}`);
    await grace.until('the microphone may be switched on', async () => (await grace.attribute('[data-testid=mute]', 'aria-disabled')) === null);
    await grace.press('mute');
    await ada.audioEnergyRises('Grace');
  });

  test(`whoever is taken out has to knock, another host can do it too, and the call is ended for all (${kind})`, async () => {
    const room = `remove ${kind}`;
    const [ada, grace, linus] = [await join(room, 'Ada'), await join(room, 'Grace'), await join(room, 'Linus', kind)];
    await ada.sees('Grace', 'Linus');
    await act(ada, 'Grace', 'appoint');
    await ada.shows('confirm-dialog', enHosts.confirm.appoint.means);
    await ada.press('confirm-go');
    await grace.wasShown('notice', en.hosting.appointed);
    await grace.shows('end');
    await act(grace, 'Linus', 'remove');
    await grace.shows('confirm-dialog', enHosts.confirm.remove.title('Linus'));
    await isAccessible(grace, 'taking somebody out', kind);
    await grace.press('confirm-go');
    await linus.shows('notice', en.endings.removed.title);
    await isAccessible(linus, 'a call that one was taken out of', kind);
    await Promise.all([ada.sees('Grace'), grace.sees('Ada')]);
    await linus.press('ended-again');
    await linus.shows('waiting-host', enHosts.waiting.here);
    await grace.shows('knock', 'Linus');
    await grace.pressIn('knock', `${enHosts.knocks.admit}: ${apart('Linus')}`);
    await linus.seesAndHears('Ada', 'Grace');

    await ada.press('end');
    await ada.shows('confirm-dialog', enHosts.confirm.end.means);
    await isAccessible(ada, 'ending the call for all', kind);
    await ada.press('confirm-cancel');
    await ada.sees('Grace', 'Linus');
    await ada.press('end');
    await ada.press('confirm-go');
    for (const user of [ada, grace, linus]) await user.shows('notice', en.endings.ended.title);
    await isAccessible(linus, 'a call that was ended for all', kind);
  });
}
