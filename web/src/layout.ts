// The arithmetic of the tile grid: which tile size shows most when `count` tiles share an area.

export interface Size {
  width: number;
  height: number;
}

export interface GridShape {
  gap: number;
  /** A tile may be this narrow (width / height) ... */
  minAspect: number;
  /** ... or this wide. */
  maxAspect: number;
}

/** The largest tile, in whole pixels, such that `count` of them fit into the area in rows; 0 x 0 when nothing fits. */
export function largestTile(count: number, area: Size, shape: GridShape): Size {
  let best: Size = { width: 0, height: 0 };
  for (let columns = 1; columns <= count; ++columns) {
    const tile = tileForColumns(columns, Math.ceil(count / columns), area, shape);
    if (tile.width * tile.height > best.width * best.height) best = tile;
  }
  return best;
}

function tileForColumns(columns: number, rows: number, area: Size, shape: GridShape): Size {
  const width = Math.max(0, (area.width - shape.gap * (columns - 1)) / columns);
  const height = Math.max(0, (area.height - shape.gap * (rows - 1)) / rows);
  return {
    width: Math.floor(Math.min(width, height * shape.maxAspect)),
    height: Math.floor(Math.min(height, width / shape.minAspect)),
  };
}
