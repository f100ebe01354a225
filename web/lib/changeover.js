import { FRAMES, Growth } from './growth.js';
import { inbound } from './inbound.js';
import { within } from './patience.js';

/** @typedef {import('./protocol.js').Path} Path */
/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */

/** Milliseconds. */
export const CHANGEOVER = Object.freeze({
  /** How often it is looked whether the other path is ready. */
  look: 40,
  /** A picture much smaller than the one that it replaces is waited for so long to grow. */
  grow: 2_500,
  /** A source of which nothing comes by the present path either is not waited for after so long. */
  idle: 1_000,
  /** Whoever shows the new picture has so much time to put it in place of the old one. */
  prepare: 1_500,
  /** How long it is waited for a picture that was not ready in time, to know for how long the one before stood still. */
  patience: 8_000,
  /** How long it is looked for gaps after a change. */
  after: 1_000,
  /** Of sound, so much has to have been played already. */
  sound: 100,
});

/** A picture of less than this part of the width of the one before is seen as a glitch. */
const WIDE_ENOUGH = 0.5;

/** So many packets of sound stand for `CHANGEOVER.sound` where the browser does not say what it has played. */
const SOUND_PACKETS = 8;

/**
 * @typedef {object} Surroundings what a change depends on beside the participant
 * @property {(participant: string, source: 'camera' | 'screen') => number | null} shownWidth of the picture on screen, in device
 *   pixels; null where it is not
 * @property {(participant: string) => boolean} isDrownedOut whether the server passes on others that are louder
 * @property {() => boolean} isMixed whether the mix alone is seen and heard, in place of everybody
 * @property {(participant: RemoteParticipant, path: Path) => Promise<Shown | void>} prepare resolves once the pictures of that
 *   path are ready to be shown in place of the present ones, so that `take` can change them in the same task
 * @property {() => number} now in milliseconds
 *
 * @typedef {object} Shown
 * @property {() => Promise<number | null>} gap resolves a while later: for how many milliseconds the picture stood still
 *   beyond what it does anyway; null where nobody looked
 */

/** @typedef {{picture: number | null, sound: number | null}} Gaps in milliseconds */

/**
 * Takes a participant from the other path, once that is ready (docs/protocol.md, section 7, rule 3): what is live and shown
 * has been decoded there, and sound has been played. Until then nothing changes, however long that takes.
 */
export class Changeover {
  #participant;
  #surroundings;
  #hooks;
  #path;
  #began;
  #growth;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #over = false;
  #preparing = false;

  /**
   * @param {RemoteParticipant} participant
   * @param {Path} path to be taken
   * @param {Surroundings} surroundings
   * @param {{taken: () => void, gaps: (gaps: Gaps) => void}} hooks `taken`: it has been; `gaps`: what it cost, later
   */
  constructor(participant, path, surroundings, hooks) {
    this.#participant = participant;
    this.#path = path;
    this.#surroundings = surroundings;
    this.#hooks = hooks;
    this.#began = surroundings.now();
    this.#growth = new Growth(surroundings.now);
    void this.#look();
  }

  /** The path that is to be taken. */
  get path() {
    return this.#path;
  }

  /** It is not wanted any more. */
  stop() {
    // Of what is shown already there is nothing to be made ready: what was is given up.
    if (this.#preparing && !this.#over) void this.#surroundings.prepare(this.#participant, this.#participant.taken);
    this.#over = true;
    clearTimeout(this.#timer);
  }

  async #look() {
    // Somebody may leave while it is looked.
    const ready = await this.#isReady().catch(() => false);
    if (this.#over) return;
    if (ready) return this.#change();
    this.#timer = setTimeout(() => void this.#look(), CHANGEOVER.look);
  }

  async #isReady() {
    const participant = this.#participant;
    if (participant.legOf(this.#path) !== 'connected') return false;
    // Nothing of them is shown or heard.
    if (this.#surroundings.isMixed()) return true;
    const pictures = /** @type {const} */ (['camera', 'screen']).filter(
      (source) => participant.state[source] && this.#surroundings.shownWidth(participant.id, source) !== null && !this.#isInVain(source),
    );
    const ready = await Promise.all([...pictures.map((source) => this.#hasPicture(source)), this.#hasSound()]);
    return ready.every(Boolean);
  }

  /** Whether a picture cannot be had by the server at all, as it says. @param {'camera' | 'screen'} source */
  #isInVain(source) {
    return this.#path === 'forward' && this.#participant.forwardedLeg?.undecodable[source] !== undefined;
  }

  /** @param {'camera' | 'screen'} source */
  async #hasPicture(source) {
    const { id, taken } = this.#participant;
    const [there, here] = await Promise.all([this.#grown(source, this.#path), this.#grown(source, taken)]);
    const waited = this.#surroundings.now() - this.#began;
    if (there && there.grown.frames >= FRAMES) {
      // The server sends no more than what the tile takes.
      const wanted = Math.min(here?.now.width ?? 0, this.#surroundings.shownWidth(id, source) ?? Infinity);
      return there.now.width >= wanted * WIDE_ENOUGH || waited > CHANGEOVER.grow;
    }
    // A source may be live and send nothing (a window that was minimised, a browser that holds its frames back), and the present
    // path may be at its end: then there is nothing to be lost.
    return waited > CHANGEOVER.idle && (here === null || here.idle > CHANGEOVER.idle);
  }

  async #hasSound() {
    const { id, state, kind } = this.#participant;
    if (!state.mic || kind === 'classic') return true;
    const there = await this.#grown('mic', this.#path);
    if (!there) return this.#path === 'forward' && this.#surroundings.isDrownedOut(id);
    const { played, packets } = there.grown;
    return played > 0 ? (played * 1_000) / there.now.rate >= CHANGEOVER.sound : packets >= SOUND_PACKETS;
  }

  /**
   * What has come of a source by a path since it was first looked at.
   *
   * @param {Source} source
   * @param {Path} path
   */
  #grown(source, path) {
    return this.#growth.of(this.#participant.by(path).receiver(source), path === 'forward');
  }

  async #change() {
    const participant = this.#participant;
    this.#preparing = true;
    const shown = this.#surroundings.prepare(participant, this.#path).catch(() => undefined);
    await within(CHANGEOVER.prepare, shown);
    if (this.#over) return;
    this.#over = true;
    const sound = this.#listen();
    participant.take(this.#path);
    this.#hooks.taken();
    // A picture that was not ready in time may still come, and stands still until then.
    const picture = within(CHANGEOVER.patience, shown).then((one) => one?.gap() ?? null);
    const [gap, silence] = await Promise.all([picture, sound]);
    this.#hooks.gaps({ picture: gap, sound: silence });
  }

  /** @returns {Promise<number | null>} how many milliseconds of the new path's sound had to be made up, beginning now */
  async #listen() {
    const receiver = this.#participant.by(this.#path).receiver('mic');
    if (!receiver || !this.#participant.state.mic || this.#surroundings.isMixed()) return null;
    const before = await inbound(receiver).catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, CHANGEOVER.after));
    const after = await inbound(receiver).catch(() => null);
    return before && after && Math.max(0, ((after.concealed - before.concealed) * 1_000) / after.rate);
  }
}
