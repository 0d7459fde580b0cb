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
    ...others.map((participant) => personTile(state, participant)),
    ...unnamed.map((id) =>
      personTile(state, { id, name: kUnknownName, isAudioMuted: false, isVideoPaused: false }),
    ),
  ];
  return [...screenTiles(state, ownName, nameOf), ...people, selfTile(state, ownName)];
}

/**
 * The camera of somebody else; null while it shows nothing. The list alone cannot tell, for it counts a shared screen as
 * video; the stream alone cannot either, for some front ends pause without saying so, and only the list has that.
 */
export function cameraOf(streams: RemoteStream[], { id, isVideoPaused }: Participant): RemoteStream | null {
  const camera = streams.find((stream) => stream.peerId === id && stream.source === 'camera');
  return camera && !camera.paused && !isVideoPaused ? camera : null;
}

/** The microphone of somebody else; null while it is muted, in either way (see above). */
function microphoneOf(streams: RemoteStream[], { id, isAudioMuted }: Participant): RemoteStream | null {
  const microphone = streams.find((stream) => stream.peerId === id && stream.source === 'microphone');
  return microphone && !microphone.paused && !isAudioMuted ? microphone : null;
}

function personTile({ streams, speakerId }: CallState, participant: Participant): TileContent {
  const { id, name, isAudioMuted } = participant;
  const stream = cameraOf(streams, participant);
  const measured = stream ?? microphoneOf(streams, participant);
  return {
    key: `person ${id}`,
    peerId: id,
    source: 'camera',
    name,
    isSelf: false,
    isMuted: isAudioMuted,
    isSpeaking: id === speakerId,
    video: stream?.track ?? null,
    stream,
    measured: measured?.source ?? null,
    score: measured?.score ?? null,
  };
}

function selfTile({ selfId, local, sentScores, speakerId }: CallState, name: string): TileContent {
  const measured = local.camera.on ? 'camera' : local.microphone.on ? 'microphone' : null;
  return {
    key: 'self',
    peerId: selfId ?? '',
    source: 'camera',
    name,
    isSelf: true,
    isMuted: !local.microphone.on,
    isSpeaking: selfId !== null && selfId === speakerId,
    video: local.camera.on ? local.camera.track : null,
    stream: null,
    measured,
    score: (measured && sentScores[measured]) ?? null,
  };
}

function screenTiles(state: CallState, ownName: string, nameOf: (peerId: string) => string): TileContent[] {
  const screen = { source: 'screen', measured: 'screen', isMuted: false, isSpeaking: false } as const;
  const others = state.streams
    .filter(({ source, paused }) => source === 'screen' && !paused)
    .map((stream): TileContent => {
      const { producerId, peerId, track: video, score } = stream;
      const name = nameOf(peerId);
      return { ...screen, key: `screen ${producerId}`, peerId, name, isSelf: false, video, stream, score };
    });
  const { track: video } = state.local.screen;
  if (!video) return others;
  const score = state.sentScores.screen ?? null;
  const own = { key: 'own screen', peerId: state.selfId ?? '', name: ownName, isSelf: true };
  return [...others, { ...screen, ...own, video, stream: null, score }];
}
