// Recordings of the call: everybody is told that there is one, and hosts begin and end it, and get what comes of it.

import { listen } from '../elements/dom.js';
import { recordingLink } from '../lib/links.js';
import { text } from '../messages/index.js';

/** @typedef {import('../lib/recordings.js').Recording} Recording */

/** What has become of a recording, after which there is no more of it. */
const ENDED = /** @type {const} */ (['done', 'failed']);

/** Binds the plan and the recordings of the room to the mark, the menu, the dialogs and the notices. */
export class CallRecording {
  #call;
  #page;
  #notices;
  /** Whether the call is recorded, as it was said last, and what each person sends as well. */
  #on = false;
  #tracks = false;
  /** How each recording was when it was looked at last. @type {Map<string, Recording['state']>} */
  #known = new Map();
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {import('../lib/call.js').Call} parts.call
   * @param {import('../elements/call-page.js').CallPage} parts.page
   * @param {import('./call-notices.js').CallNotices} parts.notices
   */
  constructor({ call, page, notices }) {
    this.#call = call;
    this.#page = page;
    this.#notices = notices;
  }

  start() {
    const page = this.#page;
    this.#stops = [
      this.#call.on('plan', () => this.#show()),
      this.#call.on('state', () => this.#show()), // who is a host may be new as well
      this.#call.on('recordings', () => this.#list()),
    ];
    listen(page, 'record', () => this.#toggle());
    listen(page, 'recordings', () => this.#open());
    listen(page.record, 'record', ({ tracks }) => void this.#record(true, tracks));
    listen(page.header.recording, 'explain', () => this.#notices.recordingMeans(this.#tracks));
    this.#show();
  }

  stop() {
    for (const stop of this.#stops) stop();
  }

  /** A connection that is lost ends no recording: until there is news, all is as it was. */
  #show() {
    const { state, paths, policy } = this.#call;
    if (state !== 'joined') return;
    const { recording = false, tracks = false } = paths.plan; // a server that records nothing may say nothing of it
    this.#page.showRecording(recording, tracks);
    this.#page.record.show(forbidden(policy));
    if (recording) this.#page.record.close();
    if (recording !== this.#on || tracks !== this.#tracks) this.#notices.recording(recording, tracks);
    this.#on = recording;
    this.#tracks = tracks;
    this.#offer();
  }

  #offer() {
    const { self, recordings } = this.#call;
    this.#page.controls.showRecording({ offered: self.host, on: this.#on, any: recordings.length > 0 });
  }

  #list() {
    const { recordings } = this.#call;
    this.#page.recordings.show(withLinks(recordings));
    for (const recording of recordings) this.#tell(recording);
    this.#known = new Map(recordings.map(({ id, state }) => [id, state]));
    this.#offer();
  }

  /** What had ended before one came is no news. @param {Recording} recording */
  #tell({ id, state, problem }) {
    const before = this.#known.get(id);
    const isNews = before !== undefined && before !== state && ENDED.some((ended) => ended === state);
    if (isNews) this.#notices.recorded(state === 'done', problem, () => this.#open());
  }

  #toggle() {
    if (this.#on) void this.#record(false);
    else this.#page.record.open();
  }

  #open() {
    this.#notices.recordedSeen();
    this.#page.recordings.open();
  }

  /** @param {boolean} on
   * @param {boolean} [tracks] */
  async #record(on, tracks = false) {
    try {
      await this.#call.record(on, tracks);
    } catch (error) {
      const { code, message } = /** @type {import('../lib/protocol.js').ProtocolError} */ (error);
      if (code !== 'closed') this.#notices.refused({ code, message });
    }
  }
}

/**
 * Recordings as they are shown to a host.
 * @param {readonly Recording[]} recordings
 * @returns {import('../elements/recording-row.js').Shown[]}
 */
export function withLinks(recordings) {
  const withLink = (/** @type {{id: string, key: string}} */ one) => ({ link: recordingLink(location.href, one) });
  return recordings.map((recording) => {
    const parts = (recording.parts ?? []).map((part) => ({ ...part, ...withLink(part) }));
    return { ...recording, ...withLink(recording), parts };
  });
}

/**
 * @param {import('../lib/policy.js').Policy} policy
 * @returns {string | null} why nothing can be recorded
 */
function forbidden({ direct, mix }) {
  if (direct === 'only') return text.recording.direct;
  return mix === 'never' ? text.recording.never : null;
}
