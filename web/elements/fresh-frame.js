// When a picture is surely the one that it is said to be.

/** What was sent to a slot before it was given to somebody else arrives no later than this after the news of it, in ms. */
const ON_THE_WAY = 150;

/** A picture that stands still may have been sent once only: after so long it is trusted, in ms. */
const PATIENCE = 1_000;

/**
 * Waits for a picture in a slot that carried somebody else until a moment ago: nobody is to be seen under another's name.
 * @param {HTMLVideoElement} video
 * @param {MediaStreamTrack} track that it has been given just now
 * @param {AbortSignal} signal ends the wait
 * @param {() => void} fresh called once, after the first picture that arrived since
 */
export function awaitFresh(video, track, signal, fresh) {
  const since = performance.now();
  // Nothing has come in a slot whose track is muted.
  const earliest = since + (track.muted ? 0 : ON_THE_WAY);
  let seen = false;
  const done = () => {
    clearTimeout(timer);
    if (!signal.aborted) fresh();
  };
  const timer = setTimeout(() => seen && done(), PATIENCE);
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  const look = (/** @type {number} */ now, /** @type {VideoFrameCallbackMetadata} */ { receiveTime = now }) => {
    if (signal.aborted) return;
    seen ||= receiveTime > since;
    if (receiveTime > earliest || (seen && now > since + PATIENCE)) done();
    else video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}
