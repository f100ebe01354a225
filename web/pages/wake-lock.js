// Keeping the screen on during a call, where the browser offers that.

/** Holds the screen awake from `hold` to `release`. The system takes the lock away from a hidden page, so it is asked
 * for again whenever the page comes back. */
export class WakeLock {
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #held = false;
  #seen = () => void this.#request();

  hold() {
    this.#held = true;
    document.addEventListener('visibilitychange', this.#seen);
    void this.#request();
  }

  release() {
    this.#held = false;
    document.removeEventListener('visibilitychange', this.#seen);
    void this.#lock?.release();
    this.#lock = null;
  }

  async #request() {
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    try {
      const lock = await navigator.wakeLock.request('screen');
      if (this.#held) this.#lock = lock;
      else void lock.release();
    } catch {
      // A low battery refuses it; then the screen darkens as it always does.
    }
  }
}
