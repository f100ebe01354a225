// What the page says during a call, and when it stops saying it.

import { shownName } from '../elements/avatar.js';
import { apart } from '../messages/counting.js';
import { text } from '../messages/index.js';

/** @typedef {import('../elements/notices.js').Notices} Notices */
/** @typedef {import('../lib/problems.js').MediaProblem} MediaProblem */

/** After this time without an answer the page says that the server cannot be reached, in milliseconds. */
const JOINING_IS_SLOW = 4_000;

/** Speaks through the call's `<vv-notices>`. */
export class CallNotices {
  #notices;
  #wasLost = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slow;
  /** What was said last about the devices. */
  #problems;
  /** Ends the wait for a touch while the browser holds the sound back. @type {AbortController | null} */
  #silent = null;
  /** With whom the connection was said to be weak; empty for this side's network. @type {string | null} */
  #weak = null;
  /** Whether the mix is wanted in vain. */
  #mixIsBusy = false;
  /** Tries to play with sound again. */
  #hear = () => {};

  /**
   * @param {Notices} notices
   * @param {string[]} problems with the devices that were said before the call
   */
  constructor(notices, problems) {
    this.#notices = notices;
    this.#problems = problems;
  }

  joining() {
    this.#notices.show({ id: 'signaling', text: text.call.joining, kind: 'quiet', fixed: true });
    this.#slow = setTimeout(() => this.#lasting(text.call.unreachable), JOINING_IS_SLOW);
  }

  /**
   * The connection to the server is lost.
   * @param {boolean} forwarded whether media goes through that server; otherwise it goes on
   */
  lost(forwarded) {
    this.#wasLost = true;
    this.#lasting(forwarded ? text.call.reconnectingForwarded : text.call.reconnecting);
  }

  /** The server has answered, and a host is waited for. */
  waiting() {
    clearTimeout(this.#slow);
    this.#notices.clear('signaling');
  }

  /** The server has let us in, or back in. */
  joined() {
    this.waiting();
    if (this.#wasLost) this.#pass('back', text.call.back);
    this.#wasLost = false;
  }

  /**
   * @param {'joined' | 'left'} type
   * @param {string} name
   */
  moved(type, name) {
    this.#pass('who', text.call[type](name));
  }

  /** @param {string} name of somebody who raised a hand */
  hand(name) {
    this.#pass('hand', text.people.raised(name));
  }

  /**
   * @param {string} name
   * @param {boolean} sharing whether they share their screen now
   */
  sharing(name, sharing) {
    this.#pass('sharing', sharing ? text.people.shares(name) : text.people.sharesNoMore(name));
  }

  /**
   * Says once what is in the way of the devices: a sentence that was dismissed stays away until there is another.
   * @param {string[]} problems
   */
  devices(problems) {
    for (const gone of this.#problems.filter((problem) => !problems.includes(problem))) this.#notices.clear(gone);
    for (const problem of problems) {
      if (!this.#problems.includes(problem)) this.#notices.show({ id: problem, text: problem, kind: 'warning' });
    }
    this.#problems = problems;
  }

  /**
   * @param {'mic' | 'camera'} source
   * @param {() => void} choose leads to the choice of devices
   */
  unplugged(source, choose) {
    const action = { label: text.hints.chooseDevice, run: choose };
    this.#notices.show({
      id: `unplugged ${source}`,
      text: text.hints.unplugged[source],
      kind: 'warning',
      action,
    });
  }

  /**
   * Another one has taken its place, or the same came back.
   * @param {'mic' | 'camera'} source
   */
  replaced(source) {
    this.#notices.pass(`unplugged ${source}`);
  }

  /** @param {MediaProblem} kind */
  shareFailed(kind) {
    const { denied, missing, failed } = text.sharing;
    const sentence = kind === 'denied' ? denied : kind === 'insecure' ? missing : failed;
    this.#notices.show({ id: 'share', text: sentence, kind: kind === 'denied' ? 'info' : 'warning', passing: true });
  }

  shareWorks() {
    this.#notices.clear('share');
  }

  outputFailed() {
    this.#notices.show({ id: 'output', text: text.hints.outputFailed, kind: 'warning', passing: true });
  }

  /** This side has become a host. */
  appointed() {
    this.told(text.hosting.appointed);
  }

  /** @param {string} sentence about what a host has done */
  told(sentence) {
    this.#notices.show({ id: 'hosting', text: sentence, passing: true });
  }

  /**
   * Something of this side's is off, or cannot be switched on.
   * @param {'mic' | 'camera' | 'screen'} source
   * @param {string} sentence that says who wants it so
   */
  muted(source, sentence) {
    this.answered(source);
    this.#notices.show({ id: `muted ${source}`, text: sentence, passing: true });
  }

  /**
   * @param {'mic' | 'camera'} source that is to be switched on
   * @param {string} name of the host who asks
   * @param {() => void} run
   */
  asked(source, name, run) {
    const label = source === 'mic' ? text.controls.unmute : text.controls.cameraOn;
    this.#notices.show({ id: `asked ${source}`, text: text.hosting.asked[source](name), action: { label, run } });
  }

  /** It is on, or is not to be. @param {'mic' | 'camera' | 'screen'} source */
  answered(source) {
    this.#notices.clear(`asked ${source}`);
  }

  /** @param {{code: string, message: string}} refusal */
  refused({ code, message }) {
    // A connection that cannot be negotiated is seen at its tile.
    if (code === 'negotiation') return;
    if (code === 'ice-server') return this.#notices.show({ id: code, text: text.call.relayUnusable, passing: true });
    this.#notices.show({ id: 'refused', text: text.call.problem(message), kind: 'warning' });
  }

  /** @param {boolean} reachable whether the media of a server that forwards can be reached */
  media(reachable) {
    if (reachable) return this.#notices.clear('media');
    this.#notices.show({ id: 'media', text: text.call.mediaUnreachable, kind: 'warning', fixed: true });
  }

  /**
   * @param {boolean} on whether there are no pictures, because the person wants none
   * @param {() => void} end
   */
  soundOnly(on, end) {
    if (!on) return this.#notices.clear('sound-only');
    const action = { label: text.actions.soundOnlyEnd, run: end };
    this.#notices.show({ id: 'sound-only', text: text.call.soundOnly, fixed: true, action });
  }

  /** @param {boolean} busy whether the mix is wanted, and the server has no space for one more */
  mixBusy(busy) {
    if (busy === this.#mixIsBusy) return;
    this.#mixIsBusy = busy;
    if (busy) this.#hint('mix', text.call.mixBusy, 'info');
    else this.#notices.clear('mix');
  }

  /** @param {boolean} on whether the call is recorded from now on, or no longer
   * @param {boolean} tracks whether what each person sends is kept as well */
  recording(on, tracks) {
    const { now, nowTracks, ended } = text.recording;
    this.#notices.show({ id: 'recording', text: on ? (tracks ? nowTracks : now) : ended, passing: true });
  }

  /** Whoever asks reads for as long as they want.
   * @param {boolean} tracks whether what each person sends is kept as well */
  recordingMeans(tracks) {
    this.#notices.show({ id: 'recording', text: tracks ? text.recording.meansTracks : text.recording.means });
  }

  /**
   * A recording has ended, for hosts.
   * @param {boolean} done whether there is anything of it
   * @param {string | null} problem why it ended before it was to, in the server's words
   * @param {() => void} open leads to it
   */
  recorded(done, problem, open) {
    const { ready, early, failed, open: label } = text.recording;
    const sentence = !done ? failed : problem === null ? ready : early;
    const kind = done && problem === null ? 'info' : 'warning';
    const why = problem === null ? '' : ` ${apart(problem)}`;
    this.#notices.clear('recording');
    this.#notices.show({ id: 'recorded', text: sentence + why, kind, ...(done && { action: { label, run: open } }) });
  }

  /** What has come of it is looked at. */
  recordedSeen() {
    this.#notices.clear('recorded');
  }

  /**
   * @param {boolean} copied
   * @param {string} link
   */
  link(copied, link) {
    const sentence = copied ? text.controls.copied : text.controls.copyThis(link);
    this.#notices.show({ id: 'copy', text: sentence, passing: copied });
  }

  /** @param {boolean} copied */
  report(copied) {
    this.#notices.show({ id: 'copy', text: copied ? text.stats.copied : text.controls.copyByHand, passing: true });
  }

  /**
   * Any touch or key on the page makes the browser let the sound through; the button is there to ask for one.
   * @param {() => void} hear
   */
  silent(hear) {
    if (this.#silent) return;
    const { signal } = (this.#silent = new AbortController());
    this.#hear = hear;
    for (const type of ['click', 'keydown']) document.addEventListener(type, () => this.audible(), { signal });
    const action = { label: text.call.hear, run: () => this.audible() };
    this.#notices.show({ id: 'sound', text: text.call.blocked, action });
  }

  /** The sound may be let through now: after a touch, or as the page uses a camera or microphone of its own. */
  audible() {
    if (!this.#silent) return;
    this.#silent.abort();
    this.#silent = null;
    this.#notices.clear('sound');
    this.#hear();
  }

  /** @param {import('../lib/hints.js').Hint} hint about the network */
  network({ kind, participant }) {
    const id = participant?.id ?? '';
    if (kind === 'network-ok') return this.#networkIsGood(id);
    const { noPath, badNetwork, badNetworkWith } = text.hints;
    const name = participant && shownName(participant.name);
    if (kind === 'no-path' && name) return this.#hint(`no path ${id}`, noPath(name), 'warning');
    // One sentence is enough, whomever it is about: whoever has a weak network has it with several people.
    this.#weak = id;
    this.#hint('network', name ? badNetworkWith(name) : badNetwork, 'info');
  }

  /**
   * @param {'muted-speaking' | 'silent' | 'ok'} what about the microphone
   * @param {{unmute: () => void, choose: () => void}} help
   */
  mic(what, { unmute, choose }) {
    const { mutedSpeaking, silentMic, chooseDevice } = text.hints;
    if (what === 'ok') return this.#notices.clear('mic');
    const muted = what === 'muted-speaking';
    const action = muted ? { label: text.controls.unmute, run: unmute } : { label: chooseDevice, run: choose };
    this.#hint('mic', muted ? mutedSpeaking : silentMic, 'info', action);
  }

  /**
   * Somebody cannot reach the server's media port, which is said before it is needed.
   * @param {string} id
   * @param {string | null} name null: it is this side
   * @param {number} port
   */
  standbyBlocked(id, name, port) {
    const { standbyBlocked, standbyBlockedOf } = text.call;
    this.#hint(`standby ${id}`, name === null ? standbyBlocked(port) : standbyBlockedOf(shownName(name), port), 'warning');
  }

  /** @param {string} id of whoever can reach it now, or has left */
  standbyWorks(id) {
    this.#notices.clear(`standby ${id}`);
  }

  /** @param {() => void} useHere ends the call in the other tab */
  elsewhere(useHere) {
    const run = () => {
      this.#notices.clear('elsewhere');
      useHere();
    };
    this.#hint('elsewhere', text.hints.elsewhere, 'warning', { label: text.hints.useHere, run });
  }

  /** The other tab is closed, or has left. */
  alone() {
    this.#notices.clear('elsewhere');
  }

  /** The call is over: nothing is waited for any more. */
  stop() {
    clearTimeout(this.#slow);
    this.#silent?.abort();
  }

  /** @param {string} id of whom it was said, or empty */
  #networkIsGood(id) {
    this.#notices.clear(`no path ${id}`);
    if (this.#weak !== id) return;
    this.#weak = null;
    this.#notices.clear('network');
  }

  /**
   * @param {string} id
   * @param {string} sentence
   */
  #pass(id, sentence) {
    this.#notices.show({ id, text: sentence, kind: 'quiet', passing: true });
  }

  /**
   * @param {string} id
   * @param {string} sentence
   * @param {'info' | 'warning'} kind
   * @param {{label: string, run: () => void}} [action]
   */
  #hint(id, sentence, kind, action) {
    this.#notices.show({ id, text: sentence, kind, hint: true, ...(action && { action }) });
  }

  /** @param {string} sentence */
  #lasting(sentence) {
    this.#notices.show({ id: 'signaling', text: sentence, kind: 'warning', fixed: true });
  }
}
