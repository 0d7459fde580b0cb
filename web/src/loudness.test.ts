import { describe, expect, it } from 'vitest';
import { loudness } from './loudness';

describe('loudness', () => {
  it('is 0 dB at full scale, 20 dB less at a tenth, and bounded for silence', () => {
    expect(loudness([1, -1, 1, -1])).toBeCloseTo(0);
    expect(loudness([0.1, -0.1])).toBeCloseTo(-20);
    expect(loudness([0, 0])).toBe(-100);
    expect(loudness([])).toBe(-100);
  });
});
