// Which tiles there are, in which order: from the state of the call to what each tile shows.

import type { CallState, RemoteStream } from './state';
import type { TileContent } from './ui/tile';

const kUnknownName = 'Joining …';

/** Shared screens first, then the others, ourselves last. */
export function tilesOf(state: CallState, ownName: string): TileContent[] {
  const others = state.participants.filter(({ id }) => id !== state.selfId);
  const listed = new Set(others.map(({ id }) => id));
  // Media can arrive a moment before the list that names its sender.
  const unnamed = [...new Set(state.streams.map(({ peerId }) => peerId))].filter((id) => !listed.has(id));
  const nameOf = (peerId: string): string => others.find(({ id }) => id === peerId)?.name ?? kUnknownName;
  const people = [
    ...others.map(({ id, name, isAudioMuted }) => personTile(state.streams, id, name, isAudioMuted)),
    ...unnamed.map((id) => personTile(state.streams, id, kUnknownName, false)),
  ];
  return [...screenTiles(state, ownName, nameOf), ...people, selfTile(state, ownName)];
}

function personTile(streams: RemoteStream[], peerId: string, name: string, isMuted: boolean): TileContent {
  const camera = streams.find((stream) => stream.peerId === peerId && stream.source === 'camera');
  const video = camera && !camera.paused ? camera.track : null;
  return { key: `person ${peerId}`, peerId, source: 'camera', name, isSelf: false, isMuted, video };
}

function selfTile({ selfId, local }: CallState, name: string): TileContent {
  const video = local.camera.on ? local.camera.track : null;
  return { key: 'self', peerId: selfId ?? '', source: 'camera', name, isSelf: true, isMuted: !local.microphone.on, video };
}

function screenTiles(state: CallState, ownName: string, nameOf: (peerId: string) => string): TileContent[] {
  const screen = { source: 'screen', isMuted: false } as const;
  const others = state.streams
    .filter(({ source, paused }) => source === 'screen' && !paused)
    .map(({ producerId, peerId, track }): TileContent => {
      return { ...screen, key: `screen ${producerId}`, peerId, name: nameOf(peerId), isSelf: false, video: track };
    });
  const { track } = state.local.screen;
  if (!track) return others;
  return [...others, { ...screen, key: 'own screen', peerId: state.selfId ?? '', name: ownName, isSelf: true, video: track }];
}
