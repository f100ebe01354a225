// Waiting for something to become true, with a deadline and a failure that says what was there instead.

/** How often a condition is looked at, ms. */
const INTERVAL = 100;

/** How long a condition may take unless a test says otherwise, ms. Generous: on a busy machine a late success is one. */
export const DEADLINE = 60_000;

/**
 * Polls `look` until it returns something truthy, and returns that.
 *
 * @template T
 * @param {string} what the condition as a sentence, for the failure: "until <what>"
 * @param {() => T | Promise<T>} look an error it throws counts as "not yet"
 * @param {{deadline?: number, report?: () => string | Promise<string>}} [options] `report` adds to the failure
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, look, { deadline = DEADLINE, report = () => '' } = {}) {
  const end = performance.now() + deadline;
  /** @type {unknown} */
  let last;
  do {
    try {
      const seen = await look();
      if (seen) return seen;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  } while (performance.now() < end);
  const because = last instanceof Error ? `\nthe last look threw: ${last.message}` : '';
  const failure = new Error(`waited ${deadline / 1000} s in vain until ${what}${because}\n${await report()}`);
  throw failure;
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {string} what
 * @returns {Promise<T>} the same, but rejects after `ms`
 */
export function within(promise, ms, what) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms / 1000} s`)), ms);
  });
  return /** @type {Promise<T>} */ (Promise.race([promise, late])).finally(() => clearTimeout(timer));
}
