import { describe, expect, it } from 'vitest';
import { loudness, speechDetector } from './speaking';

describe('loudness', () => {
  it('is 0 dB at full scale, 20 dB less at a tenth, and bounded for silence', () => {
    expect(loudness([1, -1, 1, -1])).toBeCloseTo(0);
    expect(loudness([0.1, -0.1])).toBeCloseTo(-20);
    expect(loudness([0, 0])).toBe(-100);
    expect(loudness([])).toBe(-100);
  });
});

describe('speechDetector', () => {
  function changesFor(levels: number[]): [number, boolean][] {
    const changes: [number, boolean][] = [];
    let index = 0;
    const hear = speechDetector((speaking) => changes.push([index, speaking]));
    for (index = 0; index < levels.length; ++index) hear(levels[index] ?? -100);
    return changes;
  }

  it('reports a change once, at the first loud moment', () => {
    expect(changesFor([-90, -30, -30, -30])).toEqual([[1, true]]);
  });

  it('bridges the pauses between words and ends after a longer one', () => {
    expect(changesFor([-30, -90, -90, -90, -30, -90, -90, -90, -90, -90])).toEqual([
      [0, true],
      [9, false],
    ]);
  });

  it('does not take noise for speech', () => {
    expect(changesFor([-60, -55, -50])).toEqual([]);
  });
});
