// How a permission that was refused is given, which every browser does in its own way.

import { text } from '../messages/index.js';

/**
 * @param {string} userAgent
 * @returns {string} the steps
 */
export function howToAllow(userAgent) {
  if (/Firefox\//u.test(userAgent)) return text.obstacles.firefox;
  return /Chrom(e|ium)\//u.test(userAgent) ? text.obstacles.chromium : text.obstacles.other;
}
