// A call: keeps signalling, media and state in step, from joining over every reconnection to leaving.
// The view reads `store` and calls the few verbs below; it never touches a socket or a transport.

import { kAuto, qualityChoices } from './layers';
import { MediaSession, type SessionOptions, type SessionStreams } from './media';
import { openDevice, openScreen } from './local-media';
import type { Participant, Source } from './protocol';
import { refusalOf } from './refusal';
import { Signaling, SignalingError } from './signaling';
import {
  initialState,
  type CallState,
  type LocalSource,
  type ReceivedStream,
  type Reception,
  type RemoteStream,
} from './state';
import { Store } from './store';

const kSources = ['microphone', 'camera', 'screen'] as const;
const kFailures: Record<Source, string> = {
  microphone: 'The microphone could not be switched.',
  camera: 'The camera could not be switched.',
  screen: 'The screen could not be shared.',
};
const kUnheard: Reception = { paused: false, starved: false, layers: null, score: null };
const kRejoinDelaysMs = [500, 1_000, 2_000, 4_000, 8_000];

export interface CallSetup extends SessionOptions {
  microphone: LocalSource;
  camera: LocalSource;
  /** The devices to open when a source is switched on later; null is the browser's default. */
  microphoneId: string | null;
  cameraId: string | null;
}

/** What the person has to hear of. */
export interface CallEvents {
  /** A short message. */
  notify: (text: string) => void;
  /** The server does not let us in, and asking again would not help. */
  refused: (reason: string) => void;
}

export class Call {
  readonly store: Store<CallState>;
  readonly #setup: CallSetup;
  readonly #signaling: Signaling;
  readonly #events: CallEvents;
  // Ids that this page had before a reconnection: the server may list them until it has noticed.
  readonly #formerIds = new Set<string>();
  // By consumer id: the server may speak of a consumer before its stream is there.
  readonly #receptions = new Map<string, Reception>();
  #session: MediaSession | null = null;
  #failures = 0;
  #wasIn = false;
  #rejoinTimer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(setup: CallSetup, events: CallEvents) {
    this.#setup = setup;
    this.#events = events;
    this.store = new Store(initialState(setup.microphone, setup.camera));
    this.#signaling = new Signaling(setup.name);
    this.#listen();
    for (const source of kSources) this.#watchTrack(source);
  }

  start(): void {
    this.#signaling.connect();
  }

  leave(): void {
    this.#ended = true;
    clearTimeout(this.#rejoinTimer);
    this.#session?.close();
    if (this.#signaling.connected) void this.#signaling.attempt('leave-room', { roomId: this.#setup.room });
    this.#signaling.close();
    for (const { track } of Object.values(this.store.state.local)) track?.stop();
  }

  /** What the statistics read from; null while there is no session. */
  get streams(): SessionStreams | null {
    return this.#session?.closed === false ? this.#session.streams : null;
  }

  async toggle(source: Source): Promise<void> {
    const before = this.store.state.local[source];
    if (before.busy) return;
    this.#setLocal(source, { ...before, busy: true });
    try {
      if (before.on) this.#switchOff(source, before.track);
      else await this.#switchOn(source, before.track);
      await this.#sendSource(source);
    } catch (error) {
      console.warn(error);
      this.#notify(kFailures[source]);
    }
    this.#setLocal(source, { ...this.store.state.local[source], busy: false });
    this.#tellState();
  }

  async chooseQuality(producerId: string, label: string): Promise<void> {
    const stream = this.store.state.streams.find((one) => one.producerId === producerId);
    const choice = stream && qualityChoices(stream.layerCounts).find((one) => one.label === label);
    if (!choice) return;
    const { spatialLayer, priority } = choice;
    const request = { roomId: this.#setup.room, consumerId: stream.consumerId };
    this.#changeStream(stream.consumerId, { quality: label });
    const ack = await this.#signaling.attempt('set-preferred-layers', { ...request, spatialLayer });
    if (ack) await this.#signaling.attempt('set-consumer-priority', { ...request, priority });
    else this.#refuseQuality(stream.consumerId, label, stream.quality);
  }

  #listen(): void {
    const signaling = this.#signaling;
    signaling.onConnect(() => void this.#join());
    signaling.onDisconnect(() => this.store.update({ connection: 'reconnecting' }));
    signaling.onUnreachable(() => this.store.update({ connection: 'reconnecting' }));
    signaling.on('new-producer', ({ producerId }) => this.#session?.consume(producerId));
    signaling.on('participant-list-update', (list) => this.#setParticipants(list));
    signaling.on('participant-left', ({ peerId }) => this.#removePeer(peerId));
    signaling.on('producer-closed', ({ producerId }) => this.#session?.forget(producerId));
    signaling.on('consumer-closed', ({ consumerId, producerId }) => {
      this.#session?.consumerClosed(consumerId, producerId);
      this.#receptions.delete(consumerId);
    });
    this.#listenToQuality();
    signaling.on('transport-closed', ({ transportId, reason }) => {
      if (this.#session?.owns(transportId)) this.#rebuild(`transport closed: ${reason}`);
    });
    signaling.on('server-draining', () =>
      this.#notify('The server is about to restart. You will be reconnected automatically.'),
    );
  }

  #listenToQuality(): void {
    const signaling = this.#signaling;
    signaling.on('consumer-paused', ({ consumerId }) => this.#hear(consumerId, { paused: true }));
    signaling.on('consumer-resumed', ({ consumerId }) => this.#hear(consumerId, { paused: false }));
    signaling.on('consumer-layers-changed', ({ consumerId, spatialLayer, temporalLayer }) => {
      const layers = spatialLayer === null ? null : { spatial: spatialLayer, temporal: temporalLayer ?? 0 };
      this.#hear(consumerId, { layers, starved: layers === null });
    });
    // What one sees is as good as the worse half of its way.
    signaling.on('consumer-score', ({ consumerId, score, producerScore }) =>
      this.#hear(consumerId, { score: Math.min(score, producerScore) }),
    );
    signaling.on('producer-score', ({ producerId, score }) => this.#setSentScore(producerId, score));
    signaling.on('active-speaker', ({ peerId }) => this.store.update({ speakerId: peerId }));
  }

  // Every connection of the socket is a new participant for the server, so everything starts over.
  async #join(): Promise<void> {
    clearTimeout(this.#rejoinTimer);
    this.#session?.close();
    const session = new MediaSession(this.#signaling, this.#setup, {
      streamAdded: (stream) => this.#addStream(stream),
      streamRemoved: (id) => this.#removeStream(id),
      healthChanged: (healthy) => this.#setHealth(session, healthy),
      broken: (reason) => this.#giveUp(session, reason),
    });
    this.#session = session;
    this.#forgetFormerSelf();
    this.#receptions.clear();
    this.store.update({ selfId: this.#signaling.id ?? null, streams: [], sentScores: {}, speakerId: null });
    try {
      await session.open();
    } catch (error) {
      if (this.#session !== session || this.#ended) return;
      return this.#notLetIn(error);
    }
    if (this.#session !== session) return;
    this.#wasIn = true;
    this.store.update({ connection: 'connected' });
    await this.#sendAll(session);
    this.#tellState();
  }

  #notLetIn(error: unknown): void {
    const refusal = refusalOf(error, this.#wasIn);
    if (refusal !== null) return this.#events.refused(refusal);
    if (error instanceof SignalingError) this.#notify(`Joining failed: ${error.reason}`);
    this.#rebuild(String(error));
  }

  #giveUp(session: MediaSession, reason: string): void {
    if (this.#session !== session || session.closed) return;
    if (this.#failures > 0) this.#notify('Sound and picture do not get through. A firewall may be in the way.');
    this.#rebuild(reason);
  }

  // Leaves and joins again over the same socket; without a socket, its reconnection does it.
  #rebuild(reason: string): void {
    console.warn(`joining anew: ${reason}`);
    this.#session?.close();
    this.store.update({ connection: 'reconnecting' });
    if (!this.#signaling.connected) return;
    const delay = kRejoinDelaysMs[Math.min(this.#failures++, kRejoinDelaysMs.length - 1)];
    clearTimeout(this.#rejoinTimer);
    this.#rejoinTimer = setTimeout(async () => {
      await this.#signaling.attempt('leave-room', { roomId: this.#setup.room });
      if (this.#signaling.connected && !this.#ended) await this.#join();
    }, delay);
  }

  async #sendAll(session: MediaSession): Promise<void> {
    for (const source of kSources) {
      if (this.#session !== session || this.#ended) return;
      try {
        await this.#sendSource(source);
      } catch (error) {
        console.warn(error);
        if (this.#signaling.connected) this.#notify(`The server does not take the ${source}.`);
      }
    }
  }

  async #sendSource(source: Source): Promise<void> {
    const { track, on } = this.store.state.local[source];
    await this.#session?.send(source, on ? track : null);
  }

  #switchOff(source: Source, track: MediaStreamTrack | null): void {
    if (source === 'microphone') {
      if (track) track.enabled = false;
      return this.#setLocal(source, { track, on: false, busy: true });
    }
    track?.stop();
    this.#setLocal(source, { track: null, on: false, busy: true });
  }

  async #switchOn(source: Source, kept: MediaStreamTrack | null): Promise<void> {
    const reusable = kept?.readyState === 'live' ? kept : null;
    const track = reusable ?? (source === 'screen' ? await openScreen() : await this.#openDevice(source));
    if (!track) return;
    track.enabled = true;
    if (this.#ended) return track.stop();
    this.#setLocal(source, { track, on: true, busy: true });
    if (track !== reusable) this.#watchTrack(source);
  }

  async #openDevice(source: 'microphone' | 'camera'): Promise<MediaStreamTrack | null> {
    const isAudio = source === 'microphone';
    const deviceId = isAudio ? this.#setup.microphoneId : this.#setup.cameraId;
    const { track, problem } = await openDevice(isAudio ? 'audio' : 'video', deviceId);
    if (problem) this.#notify(problem);
    return track;
  }

  // A track ends by itself when a device is unplugged or the browser's own "stop sharing" is pressed.
  #watchTrack(source: Source): void {
    const { track } = this.store.state.local[source];
    track?.addEventListener('ended', () => {
      if (this.store.state.local[source].track !== track || this.#ended) return;
      this.#setLocal(source, { track: null, on: false, busy: false });
      this.#sendSource(source).catch((error: unknown) => console.warn(error));
      this.#notify(source === 'screen' ? 'Screen sharing has ended.' : `The ${source} was disconnected.`);
      this.#tellState();
    });
  }

  #notify(text: string): void {
    this.#events.notify(text);
  }

  #setLocal(source: Source, value: LocalSource): void {
    this.store.update({ local: { ...this.store.state.local, [source]: value } });
  }

  #tellState(): void {
    if (!this.#signaling.connected || this.store.state.connection !== 'connected') return;
    void this.#signaling.attempt('update-my-state', {
      roomId: this.#setup.room,
      isAudioMuted: !this.store.state.local.microphone.on,
      isVideoPaused: !this.store.state.local.camera.on,
    });
  }

  #setHealth(session: MediaSession, healthy: boolean): void {
    const { connection } = this.store.state;
    if (this.#session !== session) return;
    if (healthy) this.#failures = 0;
    if (connection === 'connecting' || connection === 'reconnecting') return;
    this.store.update({ connection: healthy ? 'connected' : 'unstable' });
  }

  #setParticipants(list: Participant[]): void {
    const participants = list.filter(({ id }) => !this.#formerIds.has(id));
    const present = new Set(participants.map(({ id }) => id));
    const gone = this.store.state.streams.filter(({ peerId }) => !present.has(peerId));
    this.store.update({ participants });
    for (const { producerId } of gone) this.#session?.forget(producerId);
  }

  #removePeer(peerId: string): void {
    const { participants, streams } = this.store.state;
    this.store.update({ participants: participants.filter(({ id }) => id !== peerId) });
    for (const stream of streams) if (stream.peerId === peerId) this.#session?.forget(stream.producerId);
  }

  #addStream(stream: ReceivedStream): void {
    const reception = this.#receptions.get(stream.consumerId) ?? kUnheard;
    this.store.update({ streams: [...this.store.state.streams, { ...stream, ...reception, quality: kAuto }] });
  }

  #removeStream(id: string): void {
    const { streams } = this.store.state;
    for (const { producerId, consumerId } of streams) if (producerId === id) this.#receptions.delete(consumerId);
    this.store.update({ streams: streams.filter(({ producerId }) => producerId !== id) });
  }

  #hear(consumerId: string, change: Partial<Reception>): void {
    const reception = { ...(this.#receptions.get(consumerId) ?? kUnheard), ...change };
    this.#receptions.set(consumerId, reception);
    this.#changeStream(consumerId, reception);
  }

  #changeStream(consumerId: string, change: Partial<RemoteStream>): void {
    const { streams } = this.store.state;
    this.store.update({ streams: streams.map((one) => (one.consumerId === consumerId ? { ...one, ...change } : one)) });
  }

  // The choice goes back, unless another was made meanwhile.
  #refuseQuality(consumerId: string, refused: string, before: string): void {
    const stream = this.store.state.streams.find((one) => one.consumerId === consumerId);
    if (stream?.quality !== refused) return;
    this.#changeStream(consumerId, { quality: before });
    this.#notify('The quality could not be changed.');
  }

  #setSentScore(producerId: string, score: number): void {
    const [source] = [...(this.#session?.streams.producers ?? [])].find(([, { id }]) => id === producerId) ?? [];
    if (source) this.store.update({ sentScores: { ...this.store.state.sentScores, [source]: score } });
  }

  #forgetFormerSelf(): void {
    const { selfId, participants } = this.store.state;
    if (selfId === null || selfId === this.#signaling.id) return;
    this.#formerIds.add(selfId);
    this.store.update({ participants: participants.filter(({ id }) => id !== selfId) });
  }
}
