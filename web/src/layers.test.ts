import { describe, expect, it } from 'vitest';
import { formatLayers, layerCounts, qualityChoices } from './layers';

describe('layerCounts', () => {
  const countsOf = (scalabilityMode?: string): unknown =>
    layerCounts({ codecs: [], encodings: [scalabilityMode === undefined ? {} : { scalabilityMode }] });

  it('reads the scalability mode of the only encoding', () => {
    expect(countsOf('L3T2')).toEqual({ spatial: 3, temporal: 2 });
    expect(countsOf('L2T3_KEY')).toEqual({ spatial: 2, temporal: 3 });
  });

  it('takes what says nothing for a single layer', () => {
    expect(countsOf()).toEqual({ spatial: 1, temporal: 1 });
    expect(layerCounts({ codecs: [] })).toEqual({ spatial: 1, temporal: 1 });
  });
});

describe('qualityChoices', () => {
  const choicesOf = (spatial: number): [string, number][] =>
    qualityChoices({ spatial, temporal: 3 }).map(({ label, spatialLayer }) => [label, spatialLayer]);

  it('has one for each spatial layer, best first, behind the automatic one', () => {
    expect(choicesOf(3)).toEqual([
      ['Auto', 2],
      ['High', 2],
      ['Medium', 1],
      ['Low', 0],
    ]);
    expect(choicesOf(2)).toEqual([
      ['Auto', 1],
      ['High', 1],
      ['Low', 0],
    ]);
  });

  it('tells middle layers apart by number', () => {
    expect(choicesOf(4).map(([label]) => label)).toEqual(['Auto', 'High', 'Medium 2', 'Medium 1', 'Low']);
  });

  it('has none where there is one layer', () => {
    expect(choicesOf(1)).toEqual([]);
  });

  it('puts who wants the highest before those who leave it to the server', () => {
    const priorities = qualityChoices({ spatial: 3, temporal: 1 }).map(({ priority }) => priority);
    expect(priorities).toEqual([1, 2, 1, 1]);
  });
});

describe('formatLayers', () => {
  it('counts from one, and leaves out what has a single layer', () => {
    expect(formatLayers({ spatial: 1, temporal: 2 }, { spatial: 3, temporal: 3 })).toBe('S2/3 T3/3');
    expect(formatLayers({ spatial: 0, temporal: 0 }, { spatial: 1, temporal: 2 })).toBe('T1/2');
    expect(formatLayers({ spatial: 0, temporal: 0 }, { spatial: 1, temporal: 1 })).toBe('');
  });
});
