// Keys that lead from tab to tab.

/** Which arrow keys lead on and back, by the direction of the text. */
const STEPS = {
  ltr: new Map([['ArrowRight', 1], ['ArrowLeft', -1]]),
  rtl: new Map([['ArrowRight', -1], ['ArrowLeft', 1]]),
};

/**
 * Where a key leads.
 * @param {string} key
 * @param {number} from
 * @param {number} count
 * @param {string} direction `ltr` or `rtl`
 * @returns {number | null} null: nowhere
 */
export function next(key, from, count, direction) {
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = (direction === 'rtl' ? STEPS.rtl : STEPS.ltr).get(key);
  return step === undefined ? null : (from + step + count) % count;
}
