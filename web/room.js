// A room, as a document of its own: lobby, call, or the end of one, by the address and by what the person does.

import { listen } from './elements/dom.js';
import { EndedPage } from './elements/ended-page.js';
import { RecordingsButton } from './elements/recordings-button.js';
import { parseLink, secretsIn } from './lib/links.js';
import { nameProblem, roomProblem } from './lib/names.js';
import { lastSeen } from './lib/recordings.js';
import { snapshot } from './lib/snapshot.js';
import { text } from './messages/index.js';
import { withLinks } from './pages/call-recording.js';
import { CallView } from './pages/call.js';
import { Devices } from './pages/devices.js';
import { show } from './pages/frame.js';
import { LobbyView } from './pages/lobby.js';
import { keep, recall } from './pages/memory.js';
import { newest, visited } from './pages/recent-rooms.js';
import { isHidden, takeRoom, wishesFor } from './pages/tab.js';

/** @typedef {import('./lib/links.js').CallLink} CallLink */
/** @typedef {import('./elements/ended-page.js').Ending} Ending */

/** What the address asks for; what the person chose in this tab comes before it. */
const link = parseLink(location.href);
const room = link.room ?? '';
keepSecrets();

/** Whether one's own address is to be hidden, until the person says otherwise. */
let hidden = isHidden(recall('hidings'), link, recall('hideAddress'));
/** What was turned on or off by hand. */
let wishes = wishesFor(recall('wishes'), link);
/** The call, also after its end: support asks for its last state. @type {CallView | null} */
let call = null;
/** What is shown and has to be stopped. @type {{stop(): void} | null} */
let view = null;
/** @type {Devices | null} */
let devices = null;

/** What support and the tests read; see lib/snapshot.js. */
Object.assign(window, { visavis: { snapshot: () => snapshot(call?.call ?? null) } });

const called = link.name || recall('name');
if (roomProblem(room) === 'tooLong') showEnded('room-too-long', called);
else if (roomProblem(room) === 'missing') showEnded('no-room', called);
else if (link.joinNow) showCall(called);
else showLobby(called);

/** What only the bearer of the link is to have is kept in this tab, and taken out of the address, which is copied and seen. */
function keepSecrets() {
  const { token, hostKey } = secretsIn(location.href);
  if (token !== null) keep('token', { room, token });
  if (hostKey !== null) keep('hostKey', { room, key: hostKey });
  if (token !== null || hostKey !== null) history.replaceState(history.state, '', location.pathname + location.search);
}

/** @param {string} name */
function showLobby(name) {
  view?.stop();
  const join = (/** @type {string} */ chosen) => {
    keep('name', chosen);
    enterCall(chosen);
  };
  devices ??= newDevices();
  const lobby = new LobbyView({ room, name, hidden, devices, join, hide, back: toStart });
  view = lobby;
  show(lobby.page, text.title(room));
  lobby.start();
}

/**
 * For somebody who pressed something to get there, and goes on at the first button: what was pressed is gone.
 * @param {string} name
 */
function enterCall(name) {
  showCall(name);
  if (view === call) call?.page.controls.button('mute').focus();
}

/** @param {string} name */
async function showWaiting(name) {
  const entering = call;
  const own = devices;
  const fetched = await import('./pages/waiting.js').catch(() => null);
  // It may be over by now.
  if (!fetched || !entering || !own || view !== entering || !entering.call.waiting || !entering.page.isConnected) return;
  const entered = () => {
    show(entering.page, text.title(room), { alone: true });
    entering.page.controls.button('mute').focus();
  };
  const waiting = new fetched.WaitingView({ call: entering.call, devices: own, name, entered });
  show(waiting.page, text.title(room));
  waiting.start();
}

/** @param {string} name */
function showCall(name) {
  if (nameProblem(name)) return showLobby(name);
  view?.stop();
  devices ??= newDevices();
  keep('rooms', visited(recall('rooms'), room, Date.now(), hidden));
  const ended = (/** @type {Ending} */ ending) => {
    if (ending !== 'host-key-refused' || recall('hostKey') === null) return showEnded(ending, name);
    // The room that this tab has the key to is another one by now.
    keep('hostKey', null);
    showCall(name);
  };
  const waits = () => void showWaiting(name);
  call = new CallView({ link: { ...link, ice: hidden ? 'relay' : 'all' }, name, devices, waits, ended });
  view = call;
  show(call.page, text.title(room), { alone: true });
  call.start();
}

/**
 * @param {Ending} ending
 * @param {string} name
 */
function showEnded(ending, name) {
  devices?.release();
  view = devices = null;
  const page = new EndedPage();
  listen(page, 'again', () => {
    if (ending === 'outdated') return location.reload();
    if (ending === 'invalid') return showLobby(name);
    void takeRoom(room).then(() => enterCall(name));
  });
  listen(page, 'start', toStart);
  show(page, text.title(room));
  const recordings = new RecordingsButton();
  recordings.show(withLinks(call?.call.recordings.map(lastSeen) ?? []));
  page.show(ending, room, recordings);
}

/** @param {boolean} wish */
function hide(wish) {
  hidden = wish;
  keep('hideAddress', wish);
  keep('hidings', newest(recall('hidings'), { room, hidden }));
}

function newDevices() {
  const wanted = { mic: wishes.mic ?? link.mic, camera: wishes.camera ?? link.camera };
  return new Devices(wanted, (source, on) => {
    wishes = { ...wishes, [source]: on };
    keep('wishes', wishes);
  });
}

function toStart() {
  location.assign('/');
}
