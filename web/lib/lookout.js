import { CLIENT } from './client.js';
import { Emitter } from './emitter.js';
import { Signaling } from './signaling.js';

/** How often it is looked, in milliseconds. */
const EVERY_MS = 5_000;

/**
 * Says who is in a room already, for somebody who has not joined it. It has a connection of its own, and keeps quiet
 * about everything that goes wrong: it is not what the person has come for.
 *
 * - `seen`: who is in the room now, whether it is being recorded, and who may come in; nobody is told of who is in a room that is
 *   not open; at first, and again whenever it was looked
 *
 * @extends {Emitter<{seen: {people: {name: string}[] | null, recording: boolean, tracks: boolean, entry: import('./protocol.js').Entry}}>}
 */
export class Lookout extends Emitter {
  #url;
  #platform;
  /** @type {Signaling | null} */ #signaling = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;

  /**
   * @param {object} options
   * @param {string} options.url of the signaling WebSocket
   * @param {Partial<import('./platform.js').Platform>} [options.platform]
   */
  constructor({ url, platform }) {
    super();
    this.#url = url;
    this.#platform = platform;
  }

  /**
   * Watches this room, and no other one any more.
   *
   * @param {string} room
   */
  watch(room) {
    this.stop();
    const signaling = new Signaling(this.#url, { client: CLIENT, ...(this.#platform && { platform: this.#platform }) });
    this.#signaling = signaling;
    let looking = false;
    const look = async () => {
      if (looking) return; // the answer to the last look is still to come
      looking = true;
      const reply = await signaling.request({ type: 'peek', room }).catch(() => null);
      looking = false;
      if (reply?.type !== 'room' || this.#signaling !== signaling) return;
      const { participants, recording, tracks = false, entry = 'open' } = reply;
      const people = entry === 'open' ? participants.map(({ name }) => ({ name })) : null;
      this.emit('seen', { people, recording, tracks, entry });
    };
    this.#timer = setInterval(() => void look(), EVERY_MS);
    signaling.open();
    void look();
  }

  stop() {
    clearInterval(this.#timer);
    this.#signaling?.close();
    this.#signaling = null;
  }
}
