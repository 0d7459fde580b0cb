import { describe, expect, it } from 'vitest';
import { litBars, sayOf } from './badge';

describe('litBars', () => {
  it('lights none for nothing, one for anything, all for the best', () => {
    expect([0, 1, 2, 3, 5, 6, 7, 8, 10].map(litBars)).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4]);
  });
});

describe('sayOf', () => {
  const figures = { bitrate: 32_000, loss: 0, roundTrip: null, framesPerSecond: 0, width: 0, height: 0, codec: 'opus' };

  it('tells of sound the bitrate only', () => {
    expect(sayOf(figures, true)).toEqual({ resolution: '', frameRate: '', bitrate: '32 kbit/s', isStill: false });
  });

  it('tells of a picture that there is none, or its size and rate', () => {
    expect(sayOf(figures, false)).toMatchObject({ resolution: '–', frameRate: 'no picture', isStill: true });
    const picture = { ...figures, framesPerSecond: 29.7, width: 640, height: 360 };
    expect(sayOf(picture, false)).toMatchObject({ resolution: '640×360', frameRate: '30 fps', isStill: false });
  });
});
