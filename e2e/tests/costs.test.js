// What a room costs, and which way its media is to go.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { company } from '../harness/company.js';
import { Proxy } from '../harness/proxy.js';
import { Server } from '../harness/server.js';
import { User } from '../harness/user.js';
import { en } from '../../web/messages/en.js';

const server = new Server();

const people = company(server);

/** @param {string} room
 * @param {string} name
 * @param {Record<string, string>} [query] */
async function join(room, name, query = {}) {
  const user = await User.join(server.url, room, name, { query });
  people.push(user);
  return user;
}

/** @param {string} address
 * @param {string} name */
async function visit(address, name) {
  const user = await User.visit(address, name);
  people.push(user);
  return user;
}

/** The rows of the table of what is measured, as name -> its figures.
 * @param {User} user
 * @returns {Promise<Record<string, string[]>>} */
function measured(user) {
  return user.page.$$eval('[data-testid=costs-table] tbody tr', (rows) => Object.fromEntries(rows.map((row) => {
    const [name = '', ...figures] = [...row.children].map((cell) => cell.textContent ?? '');
    return [name, figures];
  })));
}

test('the costs of a call are seen by somebody who has not joined it', async () => {
  const [ada, grace] = [await join('costs', 'Ada'), await join('costs', 'Grace')];
  await Promise.all([ada.seesAndHears('Grace'), grace.seesAndHears('Ada')]);
  const linus = await visit(`${server.url}/r/costs/costs`, 'Linus');
  await linus.shows('costs-is', en.costs.is.mesh);
  assert.equal(await linus.page.title(), en.costs.title('costs'));
  await linus.until('both have said what they send', async () => {
    const rows = await measured(linus);
    return ['Ada', 'Grace'].every((name) => {
      const [way, up = '', down = ''] = rows[name] ?? [];
      return way === en.costs.ways.direct && /[1-9].*bit\/s/.test(up) && /[1-9].*bit\/s/.test(down);
    });
  });
  for (const topology of ['mesh', 'star', 'mix']) await linus.shows(`costs-${topology}`, 'bit/s');
  await linus.shows('costs-mesh', 'e × n');
  await linus.shows('policy-means', en.policy.means.auto(4));
  await linus.isAccessible('costs of a call');

  const { values } = await linus.choices('costs-person');
  const another = (await ada.snapshot()).participant;
  assert.ok(values.includes(another));
  await linus.choose('costs-person', another);
  await linus.until('the numbers are those of Ada', () => linus.page.$eval('[data-testid=costs-mesh] bdi', (name) => name.textContent === 'Ada'));
  await linus.page.setViewport({ width: 390, height: 844 });
  await linus.isAccessible('costs of a call on a phone');
  const [width, page] = await linus.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok((width ?? 0) <= (page ?? 0), 'nothing stands out');
  await Promise.all([ada.sees('Grace'), grace.sees('Ada')]);

  await linus.page.click('[data-testid=costs-call]');
  await linus.shows('lobby-join');
  assert.equal(await linus.page.evaluate(() => location.pathname), '/r/costs');
});

test('an empty room and a server that is gone are told', async () => {
  const proxy = await new Proxy(server.url).open();
  const linus = await visit(`${proxy.url}/r/nobody/costs`, 'Linus');
  await linus.shows('costs-empty', en.costs.empty);
  await linus.isAccessible('costs of an empty room');
  const ada = await join('nobody', 'Ada');
  await linus.shows('costs-table', 'Ada');
  proxy.cut();
  await linus.shows('costs-state', en.costs.lost);
  await linus.shows('costs-table', 'Ada');
  proxy.mend();
  await linus.hides('costs-state');
  await ada.close();
  await linus.shows('costs-empty');
  proxy.close();
});

test('the costs are a tab of the statistics, which the keyboard reaches', async () => {
  const [ada, grace] = [await join('tab', 'Ada'), await join('tab', 'Grace')];
  await Promise.all([ada.seesAndHears('Grace'), grace.seesAndHears('Ada')]);
  await ada.key('i');
  await ada.isFocused('tab-connections');
  await ada.shows('stats-copy');
  await ada.key('ArrowRight');
  await ada.isFocused('tab-costs');
  await ada.shows('costs-table', 'Grace');
  await ada.hides('stats-copy');
  await ada.until('it is seen from the own side', () => ada.page.$eval('[data-testid=costs-mesh] bdi', (name) => name.textContent === 'Ada'));
  await ada.isAccessible('call with its costs');
  assert.equal(await ada.attribute('[data-testid=costs-page]', 'href'), `${server.url}/r/tab/costs`);
  assert.equal(await ada.attribute('[data-testid=costs-page]', 'target'), '_blank', 'the call goes on here');
  await ada.key('Home');
  await ada.shows('stats-copy');
  await ada.key('Escape');
  await ada.hides('stats-panel');
});

test('whoever makes a room chooses how media travels, a host changes it, and everybody reads what it means', async () => {
  const ada = await visit(server.url, 'Ada');
  await ada.write('start-room', 'hidden');
  await ada.page.click('[data-testid=start-options] summary');
  await ada.press('policy-never');
  await ada.isAccessible('start page with its options');
  await ada.press('start-copy');
  const link = `${server.url}/r/hidden?path=forward`;
  await ada.until('the link asks for it', async () => (await ada.copied()) === link);
  await ada.press('start-go');
  await ada.write('lobby-name', 'Ada');
  await ada.press('lobby-join');
  await ada.sees();
  const grace = await join('hidden', 'Grace');
  for (const user of [ada, grace]) {
    await user.press('people');
    await user.shows('policy-means', en.policy.means.never);
  }
  assert.equal(await grace.isShown('policy-change'), false, 'only a host may');
  await ada.isAccessible('list of people with how media travels');

  await ada.press('policy-change');
  await ada.isAccessible('choice of how media travels');
  await ada.press('policy-only');
  await ada.press('policy-apply');
  for (const user of [ada, grace]) await user.shows('policy-means', en.policy.means.only);
  await Promise.all([ada.seesAndHears('Grace'), grace.seesAndHears('Ada')]);
});

test('how many may be connected directly is chosen on the start page, and holds in the room that it makes', async () => {
  const ada = await visit(server.url, 'Ada');
  await ada.write('start-room', 'few');
  await ada.page.click('[data-testid=start-options] summary');
  await ada.shows('policy-most');
  await ada.choose('policy-most', '2');
  await ada.press('start-go');
  assert.equal(await ada.page.evaluate(() => location.search), '', 'the link says nothing of it');
  await ada.press('lobby-join');
  await ada.sees();
  await ada.press('people');
  await ada.shows('policy-means', en.policy.means.auto(2));
});

test('a switch is told with its reason and what was missed of it', async () => {
  const [ada, grace] = [await join('switch', 'Ada'), await join('switch', 'Grace')];
  await Promise.all([ada.seesAndHears('Grace'), grace.seesAndHears('Ada')]);
  await ada.press('people');
  await ada.press('policy-change');
  await ada.press('policy-never');
  await ada.press('policy-apply');
  const linus = await visit(`${server.url}/r/switch/costs`, 'Linus');
  await linus.shows('costs-is', en.costs.is.star);
  // On a busy machine one of them may have been forwarded for another reason before.
  await linus.until('the host is given as the reason', async () =>
    (await Promise.all(['Ada', 'Grace'].map((name) => linus.isShown('costs-switch', en.paths.reason.policy(name))))).includes(true));
  await linus.shows('costs-switch', en.costs.outcomes.committed);
  await linus.until('what was missed is told, or that nothing was', () =>
    linus.page.$$eval('[data-testid=costs-switch] dd', (all) => all.length > 0 && all.every((one) => one.textContent !== '')));
  await linus.isAccessible('costs of a call with its switches');
  await linus.until('the server passes on packets', () => linus.page.$eval('[data-testid=costs-server]', (list) => /[1-9]/.test(list.textContent ?? '')));
});
