import { KIND, MIX } from './protocol.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {{camera: MediaStream, screen: MediaStream}} Streams */
/** @typedef {import('./protocol.js').Path} Path */
/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */

/** What of somebody is to be heard. @type {readonly Source[]} */
const SOUNDS = ['mic', 'screen_audio'];

/**
 * What comes of one participant by one path. The streams stay the same ones for as long as the participant is here;
 * `camera` has the microphone too, and `screen` its sound, where that comes in a track of their own.
 */
export class Arrivals {
  /** @readonly @type {Streams} */ streams;
  /** @type {Map<Source, RTCRtpReceiver>} */ #receivers = new Map();
  #ownSound;

  /**
   * @param {typeof MediaStream} MediaStreamClass
   * @param {boolean} ownSound whether sound comes in tracks that are theirs, and not in slots that change hands
   */
  constructor(MediaStreamClass, ownSound) {
    this.streams = { camera: new MediaStreamClass(), screen: new MediaStreamClass() };
    this.#ownSound = ownSound;
  }

  /** @param {Source} source */
  receiver(source) {
    return this.#receivers.get(source) ?? null;
  }

  /**
   * A source arrives at this receiver from now on, or at none.
   *
   * @param {Source} source
   * @param {RTCRtpReceiver | null} receiver
   */
  set(source, receiver) {
    if (receiver) this.#receivers.set(source, receiver);
    else this.#receivers.delete(source);
    if (KIND[source] === 'audio' && !this.#ownSound) return;
    const stream = source === 'mic' || source === 'camera' ? this.streams.camera : this.streams.screen;
    const track = receiver?.track;
    if (track && stream.getTracks().includes(track)) return;
    for (const old of stream.getTracks()) if (old.kind === KIND[source]) stream.removeTrack(old);
    if (track) stream.addTrack(track);
  }

  /** Nothing comes by this path any more. */
  clear() {
    this.#receivers.clear();
    for (const stream of Object.values(this.streams)) for (const track of stream.getTracks()) stream.removeTrack(track);
  }
}

/**
 * A sound of the call, for an element of its own, which stays for as long as its track is listed: another one would swallow
 * the first syllable.
 *
 * @typedef {object} PlayedSound
 * @property {MediaStreamTrack} track
 * @property {string | null} participant whose it is, `mix` for everybody's; null while a slot carries nobody
 * @property {Source | null} source
 * @property {Path} path by which it comes
 * @property {boolean} muted whether it is not to be heard now: they are heard in another way, or nobody is
 */

/**
 * All that there is to be heard in a call, whichever way it comes.
 *
 * @param {ReadonlyMap<string, RemoteParticipant>} participants
 * @param {import('./forward.js').Forwarding | null} forwarding
 * @returns {PlayedSound[]}
 */
export function soundsOf(participants, forwarding) {
  // What is left in a slot that carries nobody any more is of somebody who is heard in another way by now.
  const isHeard = (/** @type {string | null} */ id) => id === MIX || (participants.get(id ?? '')?.forwarded ?? false);
  const slots = (forwarding?.sounds ?? []).map((sound) => {
    return { ...sound, path: /** @type {Path} */ ('forward'), muted: !isHeard(sound.participant) };
  });
  return [...[...participants.values()].flatMap(directly), ...slots];
}

/**
 * @param {RemoteParticipant} participant
 * @returns {PlayedSound[]} what comes from their browser
 */
function directly(participant) {
  const arrivals = participant.by('direct');
  const muted = participant.forwarded || participant.mixed;
  return SOUNDS.flatMap((source) => {
    const track = arrivals.receiver(source)?.track;
    return track ? [{ track, participant: participant.id, source, path: /** @type {Path} */ ('direct'), muted }] : [];
  });
}
