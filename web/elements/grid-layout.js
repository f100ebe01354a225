// How large equal tiles are. Pure: sizes go in, sizes come out.

/** The widest a tile gets: a camera's own 16:9. */
const WIDEST = 16 / 9;

/** The narrowest a tile gets where there is width, on an upright screen, and alone on one: in one that is narrower still a
 * picture is shown whole instead of cut. */
const NARROWEST = { wide: 1.15, upright: 0.75, alone: 0.66 };

/** How much larger than the own picture a tile has to be for the own picture to lie on top of it. */
const ROOM_TO_FLOAT = 6;

/** @typedef {{columns: number, rows: number, width: number, height: number}} Layout */

/**
 * Finds the number of columns that gives `count` equal tiles the largest area, in CSS pixels. Among equals it takes the
 * one with the fewest empty places.
 * @param {number} count how many tiles, at least 1
 * @param {number} width of the space
 * @param {number} height of the space
 * @param {number} gap between tiles
 * @param {boolean} [wide] whether tiles keep to the shape of a wide screen; otherwise as the space is
 * @returns {Layout}
 */
export function fit(count, width, height, gap, wide = width > height) {
  const narrowest = narrowestTile(count, wide);
  let best = tiles(1, count, width, height, gap, narrowest);
  for (let columns = 2; columns <= count; columns += 1) {
    const candidate = tiles(columns, count, width, height, gap, narrowest);
    if (worth(candidate, count) > worth(best, count)) best = candidate;
  }
  return best;
}

/**
 * Whether the own picture may float over the last tile. Where the tiles are small it would hide a person, and takes a
 * place among them instead.
 * @param {Layout} layout of the others' tiles
 * @param {{width: number, height: number}} own size of the floating picture
 */
export function mayFloat(layout, own) {
  return layout.width * layout.height >= ROOM_TO_FLOAT * own.width * own.height;
}

/**
 * @param {number} count
 * @param {boolean} wide
 */
function narrowestTile(count, wide) {
  if (wide) return NARROWEST.wide;
  return count === 1 ? NARROWEST.alone : NARROWEST.upright;
}

/**
 * @param {number} columns
 * @param {number} count
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 * @param {number} narrowest
 * @returns {Layout}
 */
function tiles(columns, count, width, height, gap, narrowest) {
  const rows = Math.ceil(count / columns);
  let tileWidth = Math.max(0, (width - gap * (columns - 1)) / columns);
  let tileHeight = Math.max(0, (height - gap * (rows - 1)) / rows);
  if (tileWidth > tileHeight * WIDEST) tileWidth = tileHeight * WIDEST;
  if (tileWidth < tileHeight * narrowest) tileHeight = tileWidth / narrowest;
  return { columns, rows, width: Math.floor(tileWidth), height: Math.floor(tileHeight) };
}

/**
 * @param {Layout} layout
 * @param {number} count
 */
function worth(layout, count) {
  const empty = layout.columns * layout.rows - count;
  return layout.width * layout.height * (1 - 0.04 * empty);
}
