import { describe, expect, it } from 'vitest';
import type { CallState, RemoteStream } from './state';
import { tilesOf } from './tiles';

const kOff = { track: null, on: false, busy: false };

function track(id: string): MediaStreamTrack {
  return { id } as MediaStreamTrack;
}

function person(
  id: string,
  name: string,
  isAudioMuted = false,
  isVideoPaused = false,
): CallState['participants'][number] {
  return { id, name, isAudioMuted, isVideoPaused };
}

function stream(peerId: string, source: RemoteStream['source'], paused = false): RemoteStream {
  const kind = source === 'microphone' ? 'audio' : 'video';
  return { producerId: `${peerId}-${source}`, peerId, kind, source, track: track(`${peerId}-${source}`), paused };
}

function state(values: Partial<CallState>): CallState {
  const local = { microphone: kOff, camera: kOff, screen: kOff };
  return { connection: 'connected', selfId: 'me', participants: [], streams: [], local, ...values };
}

describe('tilesOf', () => {
  it('puts screens first and ourselves last, once, though the list names us too', () => {
    const tiles = tilesOf(
      state({ participants: [person('me', 'Robin'), person('a', 'Ana')], streams: [stream('a', 'screen')] }),
      'Robin',
    );
    expect(tiles.map(({ key }) => key)).toEqual(['screen a-screen', 'person a', 'self']);
    expect(tiles[0]?.name).toBe('Ana');
  });

  it('shows a camera only while neither its stream nor the list says that it is paused', () => {
    const videoOf = (paused: boolean, listedAsPaused: boolean): unknown => {
      const participants = [person('a', 'Ana', false, listedAsPaused)];
      return tilesOf(state({ participants, streams: [stream('a', 'camera', paused)] }), 'Robin')[0]?.video;
    };
    expect(videoOf(false, false)).toMatchObject({ id: 'a-camera' });
    expect(videoOf(true, false)).toBeNull();
    expect(videoOf(false, true)).toBeNull();
  });

  it('does not take a shared screen for a camera', () => {
    const tiles = tilesOf(state({ participants: [person('a', 'Ana')], streams: [stream('a', 'screen')] }), 'Robin');
    expect(tiles.map(({ source, video }) => [source, video?.id ?? null])).toEqual([
      ['screen', 'a-screen'],
      ['camera', null],
      ['camera', null],
    ]);
  });

  it('shows somebody whose media arrives before their name', () => {
    const [tile] = tilesOf(state({ streams: [stream('b', 'microphone'), stream('b', 'camera')] }), 'Robin');
    expect(tile).toMatchObject({ peerId: 'b', name: 'Joining …', isMuted: false });
  });

  it('takes our own microphone from here and that of others from the list', () => {
    const local = { microphone: { track: track('mic'), on: true, busy: false }, camera: kOff, screen: kOff };
    const tiles = tilesOf(state({ participants: [person('a', 'Ana', true)], local }), 'Robin');
    expect(tiles.map(({ isMuted }) => isMuted)).toEqual([true, false]);
  });
});
