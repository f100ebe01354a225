// What is printed of a series of measurements.

/** @typedef {{name: string, values: number[]}} Series */

/** @param {number[]} values
 * @param {number} share 0 to 1
 * @returns {number} the value below which that share lies, between neighbours in proportion */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** @param {Series[]} series
 * @returns {string} one line each */
export function table(series) {
  const width = Math.max(...series.map(({ name }) => name.length));
  const columns = ['median', 'p90', 'min', 'max', 'p75-p25'];
  const head = `${' '.repeat(width)}  ${columns.map((column) => column.padStart(8)).join('')}  rounds`;
  const lines = series.map(({ name, values }) => {
    const q = (/** @type {number} */ share) => quantile(values, share);
    const figures = [q(0.5), q(0.9), q(0), q(1), q(0.75) - q(0.25)].map((figure) => figure.toFixed(0).padStart(8));
    return `${name.padEnd(width)}  ${figures.join('')}  ${String(values.length).padStart(6)}`;
  });
  return [head, ...lines].join('\n');
}

/** @param {Series[]} series the last one is compared with each of the others
 * @returns {string} one line each */
export function comparison(series) {
  const last = series.at(-1);
  if (!last) return '';
  const median = quantile(last.values, 0.5);
  return series.slice(0, -1).map(({ name, values }) => {
    const other = quantile(values, 0.5);
    const ratio = median > 0 && other > 0 ? (median / other).toFixed(2) : 'none (one of them is not positive)';
    return `median of "${last.name}" / "${name}": ${ratio}, difference ${(median - other).toFixed(0)} ms`;
  }).join('\n');
}
