import { platform } from './platform.js';

/** A change is often reported several times within this time, in milliseconds. */
const SETTLE_MS = 300;

/**
 * Watches for a change of the network underneath: another interface, or one that is back. The Network Information API
 * also reports mere estimates of speed; they are no change.
 *
 * @param {() => void} changed
 * @param {Partial<import('./platform.js').Platform>} [replaced]
 * @returns {() => void} stops watching
 */
export function watchNetwork(changed, replaced) {
  const { window, connection } = platform(replaced);
  let type = connection?.type;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
  const report = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  };
  const compare = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    if (type !== 'none') report();
  };
  window?.addEventListener('online', report);
  connection?.addEventListener('change', compare);
  return () => {
    clearTimeout(timer);
    window?.removeEventListener('online', report);
    connection?.removeEventListener('change', compare);
  };
}
