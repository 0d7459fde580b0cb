import { describe, expect, it } from 'vitest';
import { kAuto } from './layers';
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
  const id = `${peerId}-${source}`;
  const reception = { paused, starved: false, layers: null, score: 8 };
  const layerCounts = { spatial: 3, temporal: 3 };
  return {
    producerId: id,
    consumerId: `${id} here`,
    peerId,
    kind,
    source,
    track: track(id),
    layerCounts,
    ...reception,
    quality: kAuto,
  };
}

function state(values: Partial<CallState>): CallState {
  const local = { microphone: kOff, camera: kOff, screen: kOff };
  return {
    connection: 'connected',
    selfId: 'me',
    participants: [],
    streams: [],
    local,
    sentScores: {},
    speakerId: null,
    ...values,
  };
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

  it('marks who holds the floor, in the picture or without one, but no screen', () => {
    const participants = [person('a', 'Ana'), person('b', 'Ben')];
    const speakers = (speakerId: string | null): string[] =>
      tilesOf(state({ participants, streams: [stream('a', 'screen')], speakerId }), 'Robin')
        .filter(({ isSpeaking }) => isSpeaking)
        .map(({ key }) => key);
    expect(speakers('a')).toEqual(['person a']);
    expect(speakers('me')).toEqual(['self']);
    expect(speakers(null)).toEqual([]);
  });

  it('says how well sound gets through where there is no picture, and nothing of who is muted', () => {
    const participants = [person('a', 'Ana'), person('b', 'Ben', true), person('c', 'Cy')];
    const streams = [stream('a', 'microphone'), stream('b', 'microphone'), stream('c', 'microphone', true)];
    const local = { microphone: { track: track('mic'), on: true, busy: false }, camera: kOff, screen: kOff };
    const tiles = tilesOf(state({ participants, streams, local, sentScores: { microphone: 9, camera: 6 } }), 'Robin');
    expect(tiles.map(({ measured, score }) => [measured, score])).toEqual([
      ['microphone', 8],
      [null, null],
      [null, null],
      ['microphone', 9],
    ]);
  });

  it('says how well each picture gets through: from others as it arrives here, our own as it arrives there', () => {
    const participants = [person('a', 'Ana'), person('b', 'Ben')];
    const streams = [stream('a', 'camera'), stream('b', 'camera', true)];
    const local = { microphone: kOff, camera: { track: track('cam'), on: true, busy: false }, screen: kOff };
    const tiles = tilesOf(state({ participants, streams, local, sentScores: { camera: 6 } }), 'Robin');
    expect(tiles.map(({ score }) => score)).toEqual([8, null, 6]);
    expect(tiles.map(({ measured }) => measured)).toEqual(['camera', null, 'camera']);
    expect(tiles.map((tile) => tile.stream?.producerId)).toEqual(['a-camera', undefined, undefined]);
  });
});
