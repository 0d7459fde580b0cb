import { describe, expect, it } from 'vitest';
import { plotPath } from './plot';

describe('plotPath', () => {
  it('draws nothing for no values', () => {
    expect(plotPath([], 10)).toBe('');
  });

  it('ends at the right edge and grows to the left', () => {
    expect(plotPath([0], 10)).toBe('M120.0 30.0');
    expect(plotPath([0, 10], 10)).toMatch(/^M118\.0 30\.0L120\.0 2\.0$/);
  });

  it('keeps small values small and fits large ones', () => {
    expect(plotPath([1], 10)).toBe('M120.0 27.2');
    expect(plotPath([1000], 10)).toBe('M120.0 2.0');
  });
});
