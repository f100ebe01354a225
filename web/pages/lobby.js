// The lobby: binds the devices, the room and what the browser remembers to the page that shows them.

import { listen } from '../elements/dom.js';
import { LobbyPage } from '../elements/lobby-page.js';
import { Level } from '../lib/level.js';
import { socketUrl } from '../lib/links.js';
import { Lookout } from '../lib/lookout.js';
import { Tabs } from '../lib/tabs.js';
import { text } from '../messages/index.js';
import { playChime } from './chime.js';
import { howToAllow } from './how-to-allow.js';
import { keep, recall } from './memory.js';
import { Reach } from './reach.js';
import { others, takeRoom } from './tab.js';

/** @typedef {import('./devices.js').Devices} Devices */
/** @typedef {import('../elements/obstacle.js').Obstacle} Obstacle */

/** The room is looked into every 5 seconds; when that was missed, the server is said to be out of reach. */
const SILENCE = 8_000;

/**
 * @typedef {object} LobbyOptions
 * @property {string} room
 * @property {string} name
 * @property {boolean} hidden whether the address is to be hidden
 * @property {Devices} devices
 * @property {(name: string) => void} join
 * @property {(hidden: boolean) => void} hide
 * @property {() => void} back
 */

/** One visit to the lobby. */
export class LobbyView {
  page = new LobbyPage();
  #options;
  #lookout = new Lookout({ url: socketUrl(location.href) });
  #reach = new Reach(SILENCE, (silent) => this.#reached(!silent));
  #reachable = true;
  /** Whether another tab of this browser has the room. */
  #elsewhere = false;
  /** Who is in the room; null while it is not known. @type {{name: string}[] | null} */
  #people = null;
  /** Whether the room was being recorded when it was last looked at, and what each person sends as well. */
  #recording = false;
  #tracks = false;
  /** Who may come in, as it was when it was last looked. @type {import('../lib/protocol.js').Entry} */
  #entry = 'open';
  /** @type {import('./network-test.js').NetworkTestView | null} */
  #network = null;
  /** Whether it could not be fetched. */
  #networkMissing = false;
  /** @type {{track: MediaStreamTrack, level: Level} | null} */
  #level = null;

  /** @param {LobbyOptions} options */
  constructor(options) {
    this.#options = options;
    const { room, name, hidden, devices } = options;
    this.page.begin({ room, name, hidden });
    this.#bindPage();
    devices.changed = () => this.#show();
    this.#lookout.on('seen', ({ people, recording, tracks, entry }) => {
      this.#reach.heard();
      this.#recording = recording;
      this.#tracks = tracks;
      this.#entry = entry;
      void this.#look(people);
    });
  }

  start() {
    this.#show();
    void this.#look();
    this.#lookout.watch(this.#options.room);
    void this.#options.devices.start();
  }

  stop() {
    this.#options.devices.changed = () => {};
    this.#lookout.stop();
    this.#reach.stop();
    this.#network?.stop();
    this.#level?.level.stop();
    this.#level = null;
  }

  #bindPage() {
    const { page } = this;
    const { devices, hide, back } = this.#options;
    listen(page, 'toggle', ({ source }) => void devices.toggle(source));
    listen(page, 'choose', ({ source, deviceId }) => void devices.choose(source, deviceId));
    listen(page, 'test', () => void playChime(devices.used.output));
    listen(page, 'named', ({ name }) => keep('name', name));
    listen(page, 'hide', ({ hidden }) => hide(hidden));
    listen(page, 'network', () => void this.#testNetwork());
    listen(page, 'join', ({ name }) => void this.#join(name));
    listen(page, 'back', back);
  }

  #show() {
    const { devices } = this.#options;
    this.page.show({ ...devices.shown, starting: devices.starting, obstacles: [...this.#obstacles()] });
    this.page.showPeople(this.#others);
    this.page.showRecording(this.#recording, this.#tracks);
    this.page.showEntry(this.#entry);
    this.#listen(devices.media.tracks.mic);
    void devices.choices().then((choices) => this.page.showDevices(choices, devices.used));
  }

  /** Who is there besides this person, whose other tab has the name that it was opened or joined with. */
  get #others() {
    if (!this.#people || !this.#elsewhere) return this.#people;
    return others(this.#people, [this.#options.name, recall('name')]);
  }

  /** @returns {Generator<Obstacle>} */
  *#obstacles() {
    const { devices } = this.#options;
    if (!this.#reachable) yield { sentence: text.obstacles.unreachable };
    if (this.#elsewhere) {
      const action = { label: text.obstacles.takeOver, run: () => void this.#join(this.page.name) };
      yield { sentence: text.obstacles.elsewhere, action };
    }
    if (this.#networkMissing) {
      const action = { label: text.obstacles.retry, run: () => void this.#testNetwork() };
      yield { sentence: text.lobby.networkMissing, action };
    }
    for (const { sources, kind, sentence } of devices.obstacles) {
      const action = { label: text.obstacles.retry, run: () => void devices.retry(sources) };
      if (kind === 'insecure') yield { sentence };
      else yield { sentence, action, ...(kind === 'denied' && { how: howToAllow(navigator.userAgent) }) };
    }
  }

  /** @param {MediaStreamTrack | null} track whose level is shown */
  #listen(track) {
    if (track === (this.#level?.track ?? null)) return;
    this.#level?.level.stop();
    this.page.showLevel(0);
    this.#level = track && { track, level: new Level(track) };
    this.#level?.level.on('level', (level) => this.page.showLevel(level));
  }

  /** Whoever joins here leaves in another tab: two of one person would hear each other. @param {string} name */
  async #join(name) {
    if (this.#elsewhere) await takeRoom(this.#options.room);
    this.#options.join(name);
  }

  /**
   * Whether another tab has the room may change at any time; a lobby does not claim it. Who is there is shown only when it
   * is known who of them is this person.
   */
  async #look(people = this.#people) {
    this.#elsewhere = await Tabs.isTaken(this.#options.room);
    this.#people = people;
    this.#show();
  }

  /** It is fetched when somebody wants it, for most never do. */
  async #testNetwork() {
    const fetched = await import('./network-test.js').catch(() => null);
    this.#networkMissing = fetched === null;
    this.#show();
    if (!fetched || !this.page.isConnected) return;
    if (!this.#network) {
      this.#network = new fetched.NetworkTestView(socketUrl(location.href));
      this.page.append(this.#network.element);
    }
    this.#network.open();
  }

  /** @param {boolean} reachable */
  #reached(reachable) {
    this.#reachable = reachable;
    if (!reachable) this.#people = null;
    this.#show();
  }
}
