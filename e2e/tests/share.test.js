// Sharing a screen, next to the camera.
//
// Chromium shares a fake screen of its own. Firefox has none, and its dialog cannot be driven: there the screen is a
// drawing, and the dialog itself is unverified.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { Server } from '../harness/server.js';
import { drawnScreen } from '../harness/stand-ins.js';
import { KINDS, User } from '../harness/user.js';
import { en } from '../../web/messages/en.js';

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

for (const kind of KINDS) {
  test(`a shared screen is seen next to the camera, by late joiners too, until it is stopped (${kind})`, async () => {
    const room = `share ${kind}`;
    const grace = await User.join(server.url, room, 'Grace');
    const standIns = kind === 'firefox' ? [/** @type {import('../harness/user.js').StandIn} */ ([drawnScreen, 'chosen'])] : [];
    const ada = await User.join(server.url, room, 'Ada', { kind, standIns });
    await Promise.all([ada.seesAndHears('Grace'), grace.seesAndHears('Ada')]);

    await ada.press('share');
    await ada.press('share-go');
    await ada.shows('share-stop');
    await grace.wasShown('notice', en.people.shares('Ada'));
    await grace.shows('screen-tile', en.people.screenOf('Ada'));
    await Promise.all([grace.framesAdvance('Ada', 'screen'), grace.framesAdvance('Ada', 'camera')]);
    assert.equal(await grace.attribute('[data-testid=screen-tile]', 'data-main'), '', 'the screen is the large one');
    await grace.press('layout');
    await grace.until('all have the same size', async () => (await grace.attribute('[data-testid=screen-tile]', 'data-main')) === null);
    assert.equal(await grace.attribute('[data-testid=layout]', 'aria-label'), en.actions.screenLarge);
    assert.equal(await grace.attribute('[data-testid=self-tile]', 'data-floating'), null, 'nothing lies on the screen');
    await grace.press('layout');
    await grace.until('the screen is large again', async () => (await grace.attribute('[data-testid=screen-tile]', 'data-main')) === '');
    await ada.isAccessible('call while one shares');
    await grace.isAccessible('call with a shared screen');

    await ada.press('share-quality-motion');
    await ada.until('the share is for motion',
      async () => (await ada.attribute('[data-testid=share-quality-motion]', 'aria-pressed')) === 'true');
    const linus = await User.join(server.url, room, 'Linus');
    await linus.shows('screen-tile');
    await linus.framesAdvance('Ada', 'screen');

    await ada.press('share-stop');
    await Promise.all([ada.hides('share-stop'), grace.hides('screen-tile'), linus.hides('screen-tile')]);
    await grace.framesAdvance('Ada');
    await Promise.all([ada.close(), grace.close(), linus.close()]);
  });

  test(`whoever chooses nothing to share is told that nothing is shared (${kind})`, async () => {
    const ada = await User.join(server.url, `refused ${kind}`, 'Ada', { kind, standIns: [[drawnScreen, 'refused']] });
    await ada.sees();
    await ada.press('share');
    await ada.press('share-go');
    await ada.wasShown('notice', en.sharing.denied);
    await ada.close();
  });
}
