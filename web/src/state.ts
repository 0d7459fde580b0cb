// What the call looks like at one moment: all that the view needs in order to draw it.

import type { MediaKind } from 'mediasoup-client/types';
import type { LayerCounts, Layers } from './layers';
import type { Participant, Source } from './protocol';

/**
 * connecting: first connection and join under way. connected: in the room. unstable: in the room, but media has stalled.
 * reconnecting: signalling or media was lost and is being built anew.
 */
export type Connection = 'connecting' | 'connected' | 'unstable' | 'reconnecting';

/** What arrives from somebody else. */
export interface ReceivedStream {
  producerId: string;
  consumerId: string;
  peerId: string;
  kind: MediaKind;
  source: Source;
  track: MediaStreamTrack;
  layerCounts: LayerCounts;
}

/** What the server says of a stream on its way to us. */
export interface Reception {
  /** By its sender. */
  paused: boolean;
  /** Not even the lowest layer fits the bandwidth. */
  starved: boolean;
  /** Null while none arrives. */
  layers: Layers | null;
  /** 0 to 10; null before the first. */
  score: number | null;
}

export interface RemoteStream extends ReceivedStream, Reception {
  /** The label of the quality that was chosen for it; see `qualityChoices`. */
  quality: string;
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
  /** How well our own streams arrive at the server, 0 to 10; none before the first score. */
  sentScores: Partial<Record<Source, number>>;
  /** Who holds the floor; null for nobody. */
  speakerId: string | null;
}

export function initialState(microphone: LocalSource, camera: LocalSource): CallState {
  const screen = { track: null, on: false, busy: false };
  return {
    connection: 'connecting',
    selfId: null,
    participants: [],
    streams: [],
    local: { microphone, camera, screen },
    sentScores: {},
    speakerId: null,
  };
}
