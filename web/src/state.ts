// What the call looks like at one moment: all that the view needs in order to draw it.

import type { MediaKind } from 'mediasoup-client/types';
import type { Participant, Source } from './protocol';

/**
 * connecting: first connection and join under way. connected: in the room. unstable: in the room, but media has stalled.
 * reconnecting: signalling or media was lost and is being built anew.
 */
export type Connection = 'connecting' | 'connected' | 'unstable' | 'reconnecting';

/** What arrives from somebody else. */
export interface ReceivedStream {
  producerId: string;
  peerId: string;
  kind: MediaKind;
  source: Source;
  track: MediaStreamTrack;
}

/** The same, as it stands with its sender. */
export interface RemoteStream extends ReceivedStream {
  paused: boolean;
}

/** One of our own sources. A muted microphone keeps its track, so that unmuting is immediate; the others let go of it. */
export interface LocalSource {
  track: MediaStreamTrack | null;
  on: boolean;
  /** Being switched. */
  busy: boolean;
}

export type LocalSources = Record<Source, LocalSource>;

export interface CallState {
  connection: Connection;
  selfId: string | null;
  participants: Participant[];
  streams: RemoteStream[];
  local: LocalSources;
}

export function initialState(microphone: LocalSource, camera: LocalSource): CallState {
  const screen = { track: null, on: false, busy: false };
  return {
    connection: 'connecting',
    selfId: null,
    participants: [],
    streams: [],
    local: { microphone, camera, screen },
  };
}
