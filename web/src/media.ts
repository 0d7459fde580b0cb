// One stay in one room, as far as media goes: the mediasoup Device, both transports, our producers, their consumers.
// The Call makes one for each join, feeds it the producer ids it hears of, and throws it away when anything breaks.

import { Device } from 'mediasoup-client';
import type {
  Consumer,
  Producer,
  RtpCapabilities,
  RtpCodecCapability,
  RtpEncodingParameters,
  Transport,
} from 'mediasoup-client/types';
import { layerCounts } from './layers';
import type { VideoCodec } from './options';
import type { AckOf, AppData, ConsumeAck, Direction, RequestName, RequestOf, Source } from './protocol';
import { SignalingError, type Signaling } from './signaling';
import type { ReceivedStream } from './state';

export interface SessionOptions {
  room: string;
  name: string;
  codec: VideoCodec | null;
  forceTcp: boolean;
}

export interface SessionEvents {
  streamAdded(stream: ReceivedStream): void;
  streamRemoved(producerId: string): void;
  /** Media stalls (false) or flows again (true). */
  healthChanged(healthy: boolean): void;
  /** Nothing of this session can be saved: join anew. */
  broken(reason: string): void;
}

/** What the statistics need: transports to ask, and which stream belongs to whom. */
export interface SessionStreams {
  transports: Transport[];
  producers: ReadonlyMap<Source, Producer>;
  consumers: ReadonlyMap<string, { consumer: Consumer; peerId: string; source: Source }>;
}

// Three layers, the smallest first, as mediasoup-client names them r0 to r2.
const kSimulcast: RtpEncodingParameters[] = [
  { scaleResolutionDownBy: 4, maxBitrate: 150_000, scalabilityMode: 'L1T3' },
  { scaleResolutionDownBy: 2, maxBitrate: 500_000, scalabilityMode: 'L1T3' },
  { scaleResolutionDownBy: 1, maxBitrate: 1_700_000, scalabilityMode: 'L1T3' },
];
const kCameraEncodings: Record<VideoCodec, RtpEncodingParameters[]> = {
  vp8: kSimulcast,
  h264: kSimulcast,
  vp9: [{ scalabilityMode: 'L3T3_KEY', maxBitrate: 2_000_000 }],
  av1: [{ scalabilityMode: 'L1T3', maxBitrate: 1_500_000 }],
};
const kScreenEncodings: RtpEncodingParameters[] = [{ maxBitrate: 2_500_000 }];
const kStartBitrateKbps = 1_000;
const kAskAgainMs = 1_000;

interface Receiving {
  consumer: Consumer;
  peerId: string;
  source: Source;
}

// A producer that was asked for, and the consumer that the server has made for it; null as long as we do not know.
interface Wish {
  consumerId: string | null;
}

export class MediaSession {
  readonly #signaling: Signaling;
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #producers = new Map<Source, Producer>();
  readonly #receiving = new Map<string, Receiving>();
  // By producer: a repeated announcement is ignored, one that was closed meanwhile is not shown.
  readonly #wishes = new Map<string, Wish>();
  readonly #restarted = new Set<Transport>();
  readonly #unhealthy = new Set<Transport>();
  readonly #receiver: Promise<Transport>;
  #sending: Promise<void> = Promise.resolve();
  #resolveReceiver: (transport: Transport) => void = () => {};
  #device: Device | null = null;
  #sender: Transport | null = null;
  #transports: Transport[] = [];
  #closed = false;

  constructor(signaling: Signaling, options: SessionOptions, events: SessionEvents) {
    this.#signaling = signaling;
    this.#options = options;
    this.#events = events;
    this.#receiver = new Promise((resolve) => (this.#resolveReceiver = resolve));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get streams(): SessionStreams {
    return { transports: this.#transports, producers: this.#producers, consumers: this.#receiving };
  }

  /** Joins, makes both transports and starts to consume what is there. Rejects when any step fails. */
  async open(): Promise<void> {
    const { room: roomId, name: userName } = this.#options;
    const { rtpCapabilities } = await this.#signaling.request('get-rtp-capabilities', { roomId });
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities: rtpCapabilities });
    this.#device = device;
    const { existingProducers } = await this.#signaling.request('join-mediasoup-room', {
      roomId,
      rtpCapabilities: device.recvRtpCapabilities,
      userName,
    });
    this.#sender = await this.#createTransport(device, 'send');
    this.#resolveReceiver(await this.#createTransport(device, 'recv'));
    for (const producerId of existingProducers) this.consume(producerId);
  }

  /**
   * Sends this track as the source, or nothing if it is null; repeating a wish changes nothing. The track stays the
   * caller's: it is not stopped here. Before open() has finished this does nothing.
   */
  send(source: Source, track: MediaStreamTrack | null): Promise<void> {
    const step = this.#sending.then(() => (track ? this.#start(source, track) : this.#stop(source)));
    this.#sending = step.catch(() => {});
    return step;
  }

  /** Receives a producer; asking again for one that is there or on its way does nothing. */
  consume(producerId: string): void {
    if (this.#closed || this.#wishes.has(producerId)) return;
    const wish: Wish = { consumerId: null };
    this.#wishes.set(producerId, wish);
    this.#receive(producerId, wish).catch((error: unknown) => {
      // It may have gone while we asked. A later announcement is free to try again.
      console.debug(error);
      if (this.#wishes.get(producerId) === wish) this.forget(producerId);
    });
  }

  /** The server has closed a consumer: an old one, if we have asked for its producer again since. */
  consumerClosed(consumerId: string, producerId: string): void {
    if (this.#wishes.get(producerId)?.consumerId === consumerId) this.forget(producerId);
  }

  /** The producer is gone. */
  forget(producerId: string): void {
    this.#wishes.delete(producerId);
    const receiving = this.#receiving.get(producerId);
    if (!receiving) return;
    this.#receiving.delete(producerId);
    receiving.consumer.close();
    this.#events.streamRemoved(producerId);
  }

  owns(transportId: string): boolean {
    return this.#transports.some((transport) => transport.id === transportId);
  }

  close(): void {
    this.#closed = true;
    for (const transport of this.#transports) transport.close();
  }

  async #start(source: Source, track: MediaStreamTrack): Promise<void> {
    if (!this.#sender || this.#closed) return;
    const producer = this.#producers.get(source);
    if (!producer) return this.#produce(this.#sender, source, track);
    await producer.replaceTrack({ track });
    if (!producer.paused) return;
    producer.resume();
    await this.#signaling.attempt('resume-producer', { roomId: this.#options.room, producerId: producer.id });
  }

  async #produce(sender: Transport, source: Source, track: MediaStreamTrack): Promise<void> {
    const parameters = this.#sendingParameters(source);
    const producer = await sender.produce({ track, stopTracks: false, appData: { source }, ...parameters });
    this.#producers.set(source, producer);
  }

  // Microphone and camera pause, because they come back; a screen share is over when it ends.
  async #stop(source: Source): Promise<void> {
    const producer = this.#producers.get(source);
    if (!producer || producer.paused || this.#closed) return;
    const request = { roomId: this.#options.room, producerId: producer.id };
    if (source === 'screen') {
      this.#producers.delete(source);
      producer.close();
      await this.#signaling.attempt('close-producer', request);
    } else {
      producer.pause();
      await this.#signaling.attempt('pause-producer', request);
    }
  }

  async #createTransport(device: Device, direction: Direction): Promise<Transport> {
    const roomId = this.#options.room;
    const { params } = await this.#signaling.request('create-webrtc-transport', { roomId, direction });
    const iceCandidates = this.#options.forceTcp
      ? params.iceCandidates.filter((candidate) => candidate.protocol === 'tcp')
      : params.iceCandidates;
    const settings = { ...params, iceCandidates };
    const transport =
      direction === 'send' ? device.createSendTransport(settings) : device.createRecvTransport(settings);
    this.#transports = [...this.#transports, transport];
    if (this.#closed) transport.close();
    this.#answer(transport);
    return transport;
  }

  #answer(transport: Transport): void {
    const roomId = this.#options.room;
    const transportId = transport.id;
    transport.on('connect', ({ dtlsParameters }, done, fail) => {
      this.#signaling.request('connect-transport', { roomId, transportId, dtlsParameters }).then(() => done(), fail);
    });
    transport.on('produce', ({ kind, rtpParameters, appData }, done, fail) => {
      const request = { roomId, transportId, kind, rtpParameters, appData: appData as AppData };
      this.#signaling.request('produce', request).then(done, fail);
    });
    transport.on('connectionstatechange', (state) => {
      if (state === 'connected') this.#recovered(transport);
      if (state === 'disconnected') this.#stalled(transport);
      if (state === 'failed') void this.#restart(transport);
    });
  }

  #sendingParameters(source: Source): {
    encodings?: RtpEncodingParameters[];
    codec?: RtpCodecCapability;
    codecOptions?: object;
  } {
    if (source === 'microphone') return { codecOptions: { opusDtx: true, opusFec: true } };
    const codec = this.#chosenCodec();
    const name = codec?.mimeType.split('/')[1]?.toLowerCase() as VideoCodec | undefined;
    const encodings = source === 'screen' ? kScreenEncodings : kCameraEncodings[name ?? 'vp8'];
    return {
      encodings: (encodings ?? kSimulcast).map((encoding) => ({ ...encoding })),
      codecOptions: { videoGoogleStartBitrate: kStartBitrateKbps },
      ...(codec && { codec }),
    };
  }

  // The wanted codec, or the first that this browser can send to this server.
  #chosenCodec(): RtpCodecCapability | undefined {
    const codecs = (this.#device?.sendRtpCapabilities.codecs ?? []).filter(
      (codec) => codec.kind === 'video' && !codec.mimeType.toLowerCase().endsWith('/rtx'),
    );
    return codecs.find((codec) => codec.mimeType.toLowerCase() === `video/${this.#options.codec}`) ?? codecs[0];
  }

  async #receive(producerId: string, wish: Wish): Promise<void> {
    const receiver = await this.#receiver;
    const { room: roomId } = this.#options;
    const isWanted = (): boolean => !this.#closed && this.#wishes.get(producerId) === wish;
    const request = { roomId, producerId, rtpCapabilities: this.#capabilities() };
    const ack = await this.#ask('consume', request, isWanted);
    wish.consumerId = ack.id;
    const source = sourceOf(ack);
    const consumer = await receiver.consume({
      id: ack.id,
      producerId: ack.producerId,
      kind: ack.kind,
      rtpParameters: ack.rtpParameters,
      // Voice and camera keep lip sync; a shared screen need not wait for them.
      streamId: `${ack.peerId}-${source === 'screen' ? 'screen' : 'person'}`,
    });
    if (!isWanted()) {
      consumer.close();
      await this.#signaling.attempt('close-consumer', { roomId, consumerId: ack.id });
      return;
    }
    this.#receiving.set(producerId, { consumer, peerId: ack.peerId, source });
    this.#events.streamAdded({
      producerId,
      consumerId: ack.id,
      peerId: ack.peerId,
      kind: ack.kind,
      source,
      track: consumer.track,
      layerCounts: layerCounts(ack.rtpParameters),
    });
    // A server may know no answer to this one.
    await this.#ask('resume-consumer', { roomId, consumerId: ack.id }, isWanted).catch(console.debug);
  }

  // A server that was asked for too much at once takes the rest later. Not all come back at the same moment.
  async #ask<Name extends RequestName>(
    name: Name,
    payload: RequestOf<Name>,
    isWanted: () => boolean,
  ): Promise<AckOf<Name>> {
    for (;;) {
      try {
        return await this.#signaling.request(name, payload);
      } catch (error) {
        if (!(error instanceof SignalingError) || error.code !== 'limit') throw error;
        await new Promise((resolve) => setTimeout(resolve, kAskAgainMs * (1 + Math.random())));
        if (!isWanted()) throw error;
      }
    }
  }

  #capabilities(): RtpCapabilities {
    if (!this.#device) throw new Error('no capabilities before the device is loaded');
    return this.#device.recvRtpCapabilities;
  }

  #recovered(transport: Transport): void {
    this.#restarted.delete(transport);
    this.#unhealthy.delete(transport);
    this.#events.healthChanged(this.#unhealthy.size === 0);
  }

  #stalled(transport: Transport): void {
    this.#unhealthy.add(transport);
    this.#events.healthChanged(false);
  }

  // A changed network often needs no more than new ICE credentials. Only one try: then the session is given up.
  async #restart(transport: Transport): Promise<void> {
    if (this.#closed) return;
    this.#stalled(transport);
    if (this.#restarted.has(transport)) return this.#events.broken('ICE failed again after a restart');
    this.#restarted.add(transport);
    const ack = await this.#signaling.attempt('restart-ice', { roomId: this.#options.room, transportId: transport.id });
    if (this.#closed) return;
    if (!ack?.iceParameters) return this.#events.broken('ICE failed');
    try {
      await transport.restartIce({ iceParameters: ack.iceParameters });
    } catch (error) {
      console.debug(error);
      this.#events.broken('ICE restart failed');
    }
  }
}

function sourceOf(ack: ConsumeAck): Source {
  if (ack.kind === 'audio') return 'microphone';
  return ack.appData?.source === 'screen' ? 'screen' : 'camera';
}
