/**
 * What is in the way of a device or a share.
 *
 * @typedef {'denied' | 'missing' | 'busy' | 'insecure' | 'other'} MediaProblem
 * @typedef {{source: import('./protocol.js').Source, kind: MediaProblem, message: string}} MediaError
 */

/** @type {Record<string, MediaProblem>} */
const PROBLEMS = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
  InsecureError: 'insecure',
};

/** An insecure page has no devices at all, so nothing is there that could fail. */
export function insecure() {
  return new DOMException('Devices need a secure page (https).', 'InsecureError');
}

/**
 * @param {unknown} error
 * @returns {MediaProblem}
 */
export function problemOf(error) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  return PROBLEMS[name] ?? 'other';
}

/**
 * @param {import('./protocol.js').Source} source
 * @param {unknown} error
 * @returns {MediaError}
 */
export function mediaError(source, error) {
  return { source, kind: problemOf(error), message: error instanceof Error ? error.message : String(error) };
}
