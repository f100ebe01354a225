// The page: decides between start, lobby and call, by the address and by what the person does.

import { listen } from './elements/dom.js';
import { EndedPage } from './elements/ended-page.js';
import { StartPage } from './elements/start-page.js';
import { parseLink, roomLink } from './lib/links.js';
import { snapshot } from './lib/snapshot.js';
import { dir, tag, text } from './messages/index.js';
import { CallView } from './pages/call.js';
import { Devices } from './pages/devices.js';
import { lobby } from './pages/lobby.js';
import { keep, recall } from './pages/memory.js';

/** @typedef {import('./lib/links.js').CallLink} CallLink */
/** @typedef {import('./elements/ended-page.js').Ending} Ending */

/** The call, also after its end: support asks for its last state. @type {CallView | null} */
let view = null;
/** @type {Devices | null} */
let devices = null;

/** What support and the tests read; see lib/snapshot.js. */
Object.assign(window, { visavis: { snapshot: () => snapshot(view?.call ?? null) } });

Object.assign(document.documentElement, { lang: tag, dir });
window.addEventListener('popstate', route);
route();

/** Shows what the address asks for. */
function route() {
  endCall();
  view = null;
  const link = parseLink(location.href);
  if (link.room === null) return showStart();
  const name = link.name || recall('name');
  if (link.joinNow) showCall(link, name);
  else showLobby(link, name);
}

function showStart() {
  const page = new StartPage();
  listen(page, 'go', (/** @type {{room: string}} */ { room }) => goTo(roomLink(location.href, room)));
  show(page, text.product);
  if (!window.isSecureContext) page.warnInsecure();
}

/**
 * @param {CallLink} link
 * @param {string} name
 */
function showLobby(link, name) {
  const room = link.room ?? '';
  const join = (/** @type {string} */ chosen) => {
    keep('name', chosen);
    showCall(link, chosen);
  };
  devices ??= new Devices(link);
  show(lobby({ room, name, devices, join, back: () => goTo('/') }), text.title(room));
}

/**
 * @param {CallLink} link
 * @param {string} name
 */
function showCall(link, name) {
  const room = link.room ?? '';
  devices ??= new Devices(link);
  const ended = (/** @type {Ending} */ ending) => showEnded(ending, link, name);
  view = new CallView({ link, name, devices, ended });
  show(view.page, text.title(room));
  view.start();
}

/**
 * @param {Ending} ending
 * @param {CallLink} link
 * @param {string} name
 */
function showEnded(ending, link, name) {
  const room = link.room ?? '';
  const wanted = devices?.wanted ?? link;
  endCall();
  const page = new EndedPage();
  listen(page, 'again', () => {
    if (ending === 'outdated') return location.reload();
    showCall({ ...link, ...wanted }, name);
  });
  listen(page, 'start', () => goTo('/'));
  show(page, text.title(room));
  page.show(ending, room);
}

/** Leaves the call, if there is one, and gives the devices back. */
function endCall() {
  view?.stop();
  devices?.release();
  devices = null;
}

/**
 * @param {HTMLElement} page
 * @param {string} title
 */
function show(page, title) {
  document.title = title;
  document.querySelector('main')?.replaceChildren(page);
}

/** @param {string} address */
function goTo(address) {
  history.pushState(null, '', address);
  route();
}
