import { describe, expect, it } from 'vitest';
import { litBars } from './badge';

describe('litBars', () => {
  it('lights none for nothing, one for anything, all for the best', () => {
    expect([0, 1, 2, 3, 5, 6, 7, 8, 10].map(litBars)).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4]);
  });
});
