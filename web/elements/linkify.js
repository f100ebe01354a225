// Finding web addresses in what people write.

/** Up to white space or a character that ends an address in running text; http and https only, in any case. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/giu;

/** Punctuation that belongs to the sentence and not to the address that it ends with. */
const TRAILING = new Set('.,;:!?)]}»”’');

/** @typedef {{text: string, href: string | null}} Piece */

/**
 * Cuts a text into plain pieces and addresses. Only what `URL` itself reads as http or https gets an `href`, so that
 * nothing that is run when it is opened (`javascript:`, `data:`) ever becomes a link.
 * @param {string} text
 * @returns {Piece[]}
 */
export function linkPieces(text) {
  /** @type {Piece[]} */
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const shown = trimAddress(match[0]);
    const href = safeHref(shown);
    if (!href) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), href: null });
    pieces.push({ text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), href: null });
  return pieces;
}

/**
 * An address in brackets ends before the bracket, unless the bracket was opened within the address.
 * @param {string} address
 */
function trimAddress(address) {
  let open = 0;
  for (const character of address) open += character === '(' ? 1 : character === ')' ? -1 : 0;
  let end = address.length;
  for (; TRAILING.has(address.charAt(end - 1)); end -= 1) {
    if (address.charAt(end - 1) !== ')') continue;
    if (open >= 0) break;
    open += 1;
  }
  return address.slice(0, end);
}

/**
 * @param {string} address
 * @returns {string | null}
 */
function safeHref(address) {
  try {
    const url = new URL(address);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}
