import { describe, expect, it } from 'vitest';
import { largestTile, type GridShape, type Size } from './layout';

const kShape: GridShape = { gap: 10, minAspect: 0.8, maxAspect: 16 / 9 };
const kDesktop: Size = { width: 1240, height: 650 };
const kPhone: Size = { width: 370, height: 700 };

/** Whether `count` tiles of that size, laid out row by row as the browser wraps them, stay inside the area. */
function fits(count: number, tile: Size, area: Size, gap: number): boolean {
  const columns = Math.floor((area.width + gap) / (tile.width + gap));
  const rows = Math.ceil(count / columns);
  return columns > 0 && rows * tile.height + (rows - 1) * gap <= area.height;
}

describe('largestTile', () => {
  it('never overflows the area and keeps its shape, for any number of people', () => {
    for (const area of [kDesktop, kPhone]) {
      for (let count = 1; count <= 60; ++count) {
        const tile = largestTile(count, area, kShape);
        expect(fits(count, tile, area, kShape.gap), `${count} tiles of ${tile.width} x ${tile.height}`).toBe(true);
        // Whole pixels allow one to be missing at either edge.
        expect((tile.width - 1) / tile.height).toBeLessThanOrEqual(kShape.maxAspect);
        expect((tile.width + 1) / tile.height).toBeGreaterThanOrEqual(kShape.minAspect);
      }
    }
  });

  it('gives one person the widest picture that fits', () => {
    expect(largestTile(1, kDesktop, kShape)).toEqual({ width: 1155, height: 650 });
  });

  it('puts two people side by side on a desktop and above each other on a phone', () => {
    expect(largestTile(2, kDesktop, kShape).width).toBe(615);
    expect(largestTile(2, kPhone, kShape)).toEqual({ width: 370, height: 345 });
  });

  it('has no size where there is no room or nobody', () => {
    expect(largestTile(3, { width: 0, height: 0 }, kShape)).toEqual({ width: 0, height: 0 });
    expect(largestTile(0, kDesktop, kShape)).toEqual({ width: 0, height: 0 });
  });
});
