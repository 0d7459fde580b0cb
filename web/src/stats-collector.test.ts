import { describe, expect, it } from 'vitest';
import { latestFigures, type Snapshot, type StreamHistory } from './stats-collector';
import type { Figures } from './stats';

function history(peerId: string | null, source: StreamHistory['source'], bitrates: number[]): StreamHistory {
  const figures = bitrates.map((bitrate): Figures => {
    return { bitrate, loss: 0, roundTrip: null, framesPerSecond: 30, width: 640, height: 360, codec: 'VP8' };
  });
  return { id: `${peerId} ${source}`, direction: peerId === null ? 'send' : 'recv', peerId, source, figures };
}

describe('latestFigures', () => {
  const snapshot: Snapshot = {
    streams: [
      history(null, 'camera', [1, 2]),
      history('a', 'camera', [3, 4]),
      history('a', 'screen', [5]),
      history('b', 'camera', []),
    ],
    protocol: 'udp',
    roundTrip: 1,
  };

  it('finds the newest of that peer and source, ourselves included', () => {
    expect(latestFigures(snapshot, null, 'camera')?.bitrate).toBe(2);
    expect(latestFigures(snapshot, 'a', 'camera')?.bitrate).toBe(4);
    expect(latestFigures(snapshot, 'a', 'screen')?.bitrate).toBe(5);
  });

  it('has nothing of what was not measured yet', () => {
    expect(latestFigures(snapshot, 'b', 'camera')).toBeNull();
    expect(latestFigures(snapshot, 'c', 'camera')).toBeNull();
  });
});
