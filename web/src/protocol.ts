// The events between this page and the server: requests with their acks, and what the server announces.
// The documented events come first in each list; the others are additive, so a server may not know them.

import type {
  DtlsParameters,
  IceCandidate,
  IceParameters,
  MediaKind,
  RtpCapabilities,
  RtpParameters,
} from 'mediasoup-client/types';

export type Direction = 'send' | 'recv';
export type Source = 'microphone' | 'camera' | 'screen';

export interface AppData {
  source?: Source;
  [key: string]: unknown;
}

export interface Participant {
  id: string;
  name: string;
  isAudioMuted: boolean;
  isVideoPaused: boolean;
}

export interface TransportParams {
  id: string;
  iceParameters: IceParameters;
  iceCandidates: IceCandidate[];
  dtlsParameters: DtlsParameters;
}

export interface ConsumeAck {
  id: string;
  producerId: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  peerId: string;
  appData?: AppData;
}

type Empty = Record<string, never>;
type InRoom<Fields = unknown> = { roomId: string } & Fields;
type Call<Request, Ack = Empty> = { request: Request; ack: Ack };

export interface Requests {
  'get-rtp-capabilities': Call<InRoom, { rtpCapabilities: RtpCapabilities }>;
  'join-mediasoup-room': Call<
    InRoom<{ rtpCapabilities: RtpCapabilities; userName: string }>,
    { existingProducers: string[] }
  >;
  'create-webrtc-transport': Call<InRoom<{ direction: Direction }>, { params: TransportParams }>;
  'connect-transport': Call<InRoom<{ transportId: string; dtlsParameters: DtlsParameters }>>;
  produce: Call<
    InRoom<{ transportId: string; kind: MediaKind; rtpParameters: RtpParameters; appData: AppData }>,
    { id: string }
  >;
  consume: Call<InRoom<{ producerId: string; rtpCapabilities: RtpCapabilities }>, ConsumeAck>;
  'resume-consumer': Call<InRoom<{ consumerId: string }>>;

  'leave-room': Call<InRoom>;
  'close-producer': Call<InRoom<{ producerId: string }>>;
  'pause-producer': Call<InRoom<{ producerId: string }>>;
  'resume-producer': Call<InRoom<{ producerId: string }>>;
  'close-consumer': Call<InRoom<{ consumerId: string }>>;
  'set-preferred-layers': Call<InRoom<{ consumerId: string; spatialLayer: number }>>;
  'set-consumer-priority': Call<InRoom<{ consumerId: string; priority: number }>>;
  'restart-ice': Call<InRoom<{ transportId: string }>, { iceParameters: IceParameters }>;
  'update-my-state': Call<InRoom<{ isAudioMuted: boolean; isVideoPaused: boolean }>>;
}

export interface Announcements {
  'new-producer': { producerId: string; peerId: string };
  'participant-list-update': Participant[];
  'participant-left': { peerId: string };

  'producer-closed': { producerId: string; peerId: string; kind: MediaKind };
  'consumer-closed': { consumerId: string; producerId: string };
  'consumer-paused': { consumerId: string; producerId: string };
  'consumer-resumed': { consumerId: string; producerId: string };
  'consumer-layers-changed': { consumerId: string; spatialLayer: number | null; temporalLayer: number | null };
  'consumer-score': { consumerId: string; score: number; producerScore: number };
  'producer-score': { producerId: string; score: number; encodingScores: number[] };
  'active-speaker': { peerId: string | null };
  'transport-closed': { transportId: string; reason: string };
  'server-draining': { deadline: number };
}

export type RequestName = keyof Requests;
export type RequestOf<Name extends RequestName> = Requests[Name]['request'];
export type AckOf<Name extends RequestName> = Requests[Name]['ack'];
