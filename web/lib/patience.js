/**
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} promise
 * @returns {Promise<T | undefined>} what it resolves to, if it does in time
 */
export async function within(milliseconds, promise) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  const result = await Promise.race([promise, late]);
  clearTimeout(timer);
  return /** @type {T | undefined} */ (result);
}

/**
 * @param {number} everyMs how often it is looked
 * @param {() => Promise<boolean>} ready
 * @param {AbortSignal} signal ends the wait
 * @returns {Promise<boolean>} resolves to false once it was ended
 */
export async function until(everyMs, ready, signal) {
  while (!signal.aborted) {
    // What is looked at may be gone by then.
    if (await ready().catch(() => false)) return !signal.aborted;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return false;
}
