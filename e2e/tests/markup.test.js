// Names, rooms and messages full of markup: all of it is text, wherever it is shown.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { closeBrowsers } from '../harness/browser.js';
import { ClassicParticipant, Participant } from '../harness/participant.js';
import { Server } from '../harness/server.js';
import { KINDS } from '../harness/user.js';

const ROOM = '"><img src=x onerror=alert(1)>';
const NAME = '<img src=x onerror=alert(2)>';
const CLASSIC_NAME = '<svg onload=alert(3)>';
const MESSAGE = '<script>alert(4)</script><img src=x onerror=alert(5)> [a](JaVaScRiPt:alert(6)) javascript:alert(7)';

const classicPage = (await readFile(new URL('../../examples/client.html', import.meta.url), 'utf8'))
  .replace("name: 'classic page'", `name: ${JSON.stringify(CLASSIC_NAME)}`);

const server = new Server();

before(() => server.start());
after(async () => {
  await closeBrowsers();
  await server.stop();
});

/** @param {Participant} one
 * @param {string} text */
function shows(one, text) {
  return one.until(`the page shows ${text}`, () => one.page.evaluate(
    (wanted) => document.body.textContent?.includes(wanted), text,
  ));
}

/** @param {Participant} one */
async function nothingCameAlive(one) {
  const made = await one.page.$$eval(
    'img[src="x"], [onerror], [onload], script:not([src]), a[href^="javascript" i]',
    (elements) => elements.map((element) => element.outerHTML),
  );
  assert.deepEqual(made, [], `${one.name}: elements made of what people wrote`);
  assert.deepEqual(one.dialogs, [], `${one.name}: dialogs`);
}

for (const kind of KINDS) {
  test(`markup in names, room and chat stays text (${kind})`, async () => {
    const ada = await Participant.open(server.url, ROOM, 'Ada', { kind });
    const villain = await Participant.open(server.url, ROOM, NAME, { kind, query: { camera: 'off' } });
    const classic = await ClassicParticipant.open(`${server.url}/examples/client.html?channel=${encodeURIComponent(ROOM)}`,
      'classic page', { kind, answers: { '/examples/client.html': classicPage } });
    await Promise.all([ada.sees(NAME, CLASSIC_NAME), villain.sees('Ada', CLASSIC_NAME)]);

    for (const one of [ada, villain]) await one.page.click('[data-testid=chat-toggle]');
    await villain.page.type('[data-testid=chat-input]', MESSAGE);
    await villain.page.click('[data-testid=chat-send]');
    for (const one of [ada, villain]) {
      await shows(one, MESSAGE);
      await shows(one, CLASSIC_NAME);
      await nothingCameAlive(one);
    }
    await shows(ada, NAME);
    await Promise.all([ada.close(), villain.close(), classic.close()]);
  });
}
