// A call: keeps signalling, media and state in step, from joining over every reconnection to leaving.
// The view reads `store` and calls the few verbs below; it never touches a socket or a transport.

import { MediaSession, type SessionOptions, type SessionStreams } from './media';
import { openDevice, openScreen } from './local-media';
import type { Participant, Source } from './protocol';
import { Signaling, SignalingError } from './signaling';
import { initialState, type CallState, type LocalSource, type ReceivedStream } from './state';
import { Store } from './store';

const kSources = ['microphone', 'camera', 'screen'] as const;
const kFailures: Record<Source, string> = {
  microphone: 'The microphone could not be switched.',
  camera: 'The camera could not be switched.',
  screen: 'The screen could not be shared.',
};
const kRejoinDelaysMs = [500, 1_000, 2_000, 4_000, 8_000];

export interface CallSetup extends SessionOptions {
  microphone: LocalSource;
  camera: LocalSource;
  /** The devices to open when a source is switched on later; null is the browser's default. */
  microphoneId: string | null;
  cameraId: string | null;
}

export class Call {
  readonly store: Store<CallState>;
  readonly #setup: CallSetup;
  readonly #signaling: Signaling;
  readonly #notify: (text: string) => void;
  // Ids that this page had before a reconnection: the server may list them until it has noticed.
  readonly #formerIds = new Set<string>();
  // Producers that stand still; one hears of it before its stream is there.
  readonly #paused = new Set<string>();
  #session: MediaSession | null = null;
  #failures = 0;
  #rejoinTimer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** @param notify shows a short message to the person */
  constructor(setup: CallSetup, notify: (text: string) => void) {
    this.#setup = setup;
    this.#notify = notify;
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

  #listen(): void {
    const signaling = this.#signaling;
    signaling.onConnect(() => void this.#join());
    signaling.onDisconnect(() => this.store.update({ connection: 'reconnecting' }));
    signaling.onUnreachable(() => this.store.update({ connection: 'reconnecting' }));
    signaling.on('new-producer', ({ producerId }) => this.#session?.consume(producerId));
    signaling.on('participant-list-update', (list) => this.#setParticipants(list));
    signaling.on('participant-left', ({ peerId }) => this.#removePeer(peerId));
    signaling.on('producer-closed', ({ producerId }) => this.#session?.forget(producerId));
    signaling.on('consumer-closed', ({ producerId }) => this.#session?.forget(producerId));
    signaling.on('consumer-paused', ({ producerId }) => this.#setPaused(producerId, true));
    signaling.on('consumer-resumed', ({ producerId }) => this.#setPaused(producerId, false));
    signaling.on('transport-closed', ({ transportId, reason }) => {
      if (this.#session?.owns(transportId)) this.#rebuild(`transport closed: ${reason}`);
    });
    signaling.on('server-draining', () =>
      this.#notify('The server is about to restart. You will be reconnected automatically.'),
    );
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
    this.#paused.clear();
    this.store.update({ selfId: this.#signaling.id ?? null, streams: [] });
    try {
      await session.open();
    } catch (error) {
      if (this.#session !== session || this.#ended) return;
      if (error instanceof SignalingError) this.#notify(`Joining failed: ${error.reason}`);
      return this.#rebuild(String(error));
    }
    if (this.#session !== session) return;
    this.store.update({ connection: 'connected' });
    await this.#sendAll(session);
    this.#tellState();
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
    const paused = this.#paused.has(stream.producerId);
    this.#changeStreams((streams) => [...streams, { ...stream, paused }]);
  }

  #removeStream(id: string): void {
    this.#paused.delete(id);
    this.#changeStreams((streams) => streams.filter(({ producerId }) => producerId !== id));
  }

  #setPaused(producerId: string, paused: boolean): void {
    if (paused) this.#paused.add(producerId);
    else this.#paused.delete(producerId);
    this.#changeStreams((streams) =>
      streams.map((stream) => (stream.producerId === producerId ? { ...stream, paused } : stream)),
    );
  }

  #changeStreams(change: (streams: CallState['streams']) => CallState['streams']): void {
    this.store.update({ streams: change(this.store.state.streams) });
  }

  #forgetFormerSelf(): void {
    const { selfId, participants } = this.store.state;
    if (selfId === null || selfId === this.#signaling.id) return;
    this.#formerIds.add(selfId);
    this.store.update({ participants: participants.filter(({ id }) => id !== selfId) });
  }
}
