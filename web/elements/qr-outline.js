// The shape of a QR code. Pure.

/**
 * The dark modules as a path, each run of them in a row as one rectangle.
 * @param {{size: number, get(x: number, y: number): boolean}} code
 * @returns {string}
 */
export function outline(code) {
  let d = '';
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      const begin = x;
      while (x < code.size && code.get(x, y)) x += 1;
      if (x > begin) d += `M${begin} ${y}h${x - begin}v1h${begin - x}z`;
    }
  }
  return d;
}
