// Which tiles there are, in which order: from the state of the call to what each tile shows.

import type { Participant } from './protocol';
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
    ...others.map((participant) => personTile(state.streams, participant)),
    ...unnamed.map((id) =>
      personTile(state.streams, { id, name: kUnknownName, isAudioMuted: false, isVideoPaused: false }),
    ),
  ];
  return [...screenTiles(state, ownName, nameOf), ...people, selfTile(state, ownName)];
}

/**
 * The camera of somebody else; null while it shows nothing. The list alone cannot tell, for it counts a shared screen as
 * video; the stream alone cannot either, for some front ends pause without saying so, and only the list has that.
 */
export function cameraOf(streams: RemoteStream[], { id, isVideoPaused }: Participant): MediaStreamTrack | null {
  const camera = streams.find((stream) => stream.peerId === id && stream.source === 'camera');
  return camera && !camera.paused && !isVideoPaused ? camera.track : null;
}

function personTile(streams: RemoteStream[], participant: Participant): TileContent {
  const { id, name, isAudioMuted } = participant;
  const video = cameraOf(streams, participant);
  return { key: `person ${id}`, peerId: id, source: 'camera', name, isSelf: false, isMuted: isAudioMuted, video };
}

function selfTile({ selfId, local }: CallState, name: string): TileContent {
  const video = local.camera.on ? local.camera.track : null;
  return {
    key: 'self',
    peerId: selfId ?? '',
    source: 'camera',
    name,
    isSelf: true,
    isMuted: !local.microphone.on,
    video,
  };
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
  return [
    ...others,
    { ...screen, key: 'own screen', peerId: state.selfId ?? '', name: ownName, isSelf: true, video: track },
  ];
}
