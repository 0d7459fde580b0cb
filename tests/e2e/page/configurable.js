// A front end that does whatever a test asks: any codec, simulcast, one media network only, polling or upgrade, the
// additive events.
import { Device } from 'mediasoup-client';
import { listen, makeTone, openTrack, play } from './media.js';
import { kRed, sendRedundantly } from './redundant.js';
import { Signaling } from './signaling.js';
import { watch } from './watch.js';

const kSimulcast = [
  { rid: 'r0', scaleResolutionDownBy: 4, maxBitrate: 100000 },
  { rid: 'r1', scaleResolutionDownBy: 2, maxBitrate: 300000 },
  { rid: 'r2', scaleResolutionDownBy: 1, maxBitrate: 900000 },
];

function withResolvers() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

export class Configurable {
  consumers = new Map();  // by producer id: { consumer, peerId }
  producers = {};         // by kind

  // options: { url, roomId, userName?, transports?, auth?, network?: "udp" | "tcp", address?: the server's,
  //            ports?: { [server's]: instead }, codec?: "VP8" ..., simulcast?, encodings?, startKbps?, camera?,
  //            produces?: kinds, listens?: plays what it hears, sendsRed?: sound, redundantly,
  //            rejoinsFailed?: when a transport has failed }
  constructor(options) {
    this.options = { transports: ['websocket'], produces: ['audio', 'video'], ...options };
    if (this.options.sendsRed) sendRedundantly();
  }

  async join() {
    await this.enter();
    for (const kind of this.options.produces) await this.produce({ kind });
    return this.signaling.socket.id;
  }

  // Everything up to where a participant receives, without producing.
  async enter() {
    await this.connect();
    await this.enterRoom();
    return this.signaling.socket.id;
  }

  // Into the room again on the same socket, with new transports.
  async rejoin() {
    for (const transport of [this.recvTransport, await this.sending]) transport?.close();
    this.consumers.clear();
    this.sending = undefined;
    await this.enterRoom();
    for (const kind of this.options.produces) await this.produce({ kind });
  }

  // Of several transports that have failed the first is enough.
  comeBack() {
    const end = () => { this.comingBack = undefined; };
    return this.comingBack ??= this.leaveRoom().then(() => this.rejoin()).finally(end);
  }

  async connect() {
    const { url, transports, auth } = this.options;
    this.signaling = new Signaling(url, { transports, auth });
    this.signaling.socket.on('new-producer', announced => this.consumeAnnounced(announced));
    this.signaling.socket.on('producer-closed', ({ producerId }) => this.forget(producerId));
    this.signaling.socket.on('participant-left', ({ peerId }) => this.forgetPeer(peerId));
    await this.signaling.connected();
  }

  async enterRoom() {
    const { promise, resolve } = withResolvers();
    this.receiving = promise;
    const { rtpCapabilities } = await this.request('get-rtp-capabilities');
    this.device = new Device();
    await this.device.load({ routerRtpCapabilities: rtpCapabilities });
    this.joinedAt = performance.now();
    const { existingProducers } = await this.request(
        'join-mediasoup-room', { rtpCapabilities: this.device.recvRtpCapabilities, userName: this.options.userName });
    this.recvTransport = await this.createTransport('recv');
    resolve();
    await Promise.all(existingProducers.map(producerId => this.consume(producerId)));
  }

  async request(event, fields) {
    const response = await this.signaling.request(event, { roomId: this.options.roomId, ...fields });
    if (response.error) throw new Error(`${event}: ${response.error}`);
    return response;
  }

  async createTransport(direction) {
    const { params } = await this.request('create-webrtc-transport', { direction });
    const options = { ...params, iceCandidates: this.chooseCandidates(params.iceCandidates) };
    const transport = direction === 'send' ? this.device.createSendTransport(options) : this.device.createRecvTransport(options);
    if (this.options.rejoinsFailed)
      transport.on('connectionstatechange', state => state === 'failed' && this.comeBack());
    transport.on('connect', ({ dtlsParameters }, callback, errback) =>
      this.request('connect-transport', { transportId: transport.id, dtlsParameters }).then(callback, errback));
    transport.on('produce', ({ kind, rtpParameters, appData }, callback, errback) => {
      if (this.options.sendsRed && kind === 'audio') rtpParameters.codecs.push(kRed);
      this.request('produce', { transportId: transport.id, kind, rtpParameters, appData }).then(callback, errback);
    });
    return transport;
  }

  chooseCandidates(candidates) {
    const { network, address, ports = {} } = this.options;
    return candidates.filter(candidate => network === undefined || candidate.protocol === network)
        .filter(candidate => address === undefined || candidate.address === address)
        .map(candidate => ({ ...candidate, port: ports[candidate.port] ?? candidate.port }));
  }

  async produce({ kind }) {
    const { codec, simulcast, encodings = simulcast && kSimulcast, startKbps, camera } = this.options;
    this.sending ??= this.createTransport('send');
    const transport = await this.sending;
    const options = { track: await openTrack(kind, camera) };
    if (kind === 'video' && codec)
      options.codec = this.device.sendRtpCapabilities.codecs.find(({ mimeType }) => mimeType === `video/${codec}`);
    if (kind === 'video' && encodings) options.encodings = encodings;
    if (kind === 'video' && startKbps) options.codecOptions = { videoGoogleStartBitrate: startKbps };
    this.producers[kind] = await transport.produce(options);
    return this.producers[kind].id;
  }

  async consume(producerId, announcer) {
    if (this.consumers.has(producerId)) return;
    const entry = { peerId: announcer };
    this.consumers.set(producerId, entry);
    await this.receiving;  // an announcement may come before the transport is there
    const { id, kind, rtpParameters, peerId } =
        await this.request('consume', { producerId, rtpCapabilities: this.device.recvRtpCapabilities });
    const ackAt = performance.now();
    const consumer = await this.recvTransport.consume({ id, producerId, kind, rtpParameters });
    if (this.consumers.get(producerId) !== entry) return consumer.close();  // the producer has gone meanwhile
    Object.assign(entry, { consumer, peerId, ackAt });
    play(consumer.track);
    if (this.options.listens && kind === 'audio') listen(consumer.track);
    await this.request('resume-consumer', { consumerId: id });
    if (kind === 'video') this.awaitFirstFrame(entry);
  }

  // A producer may be gone by the time that one asks for it, or for its consumer; but then one has been told before.
  async consumeAnnounced({ producerId, peerId }) {
    try {
      await this.consume(producerId, peerId);
    } catch (error) {
      const isGone = !this.consumers.has(producerId) && /: (Producer|Consumer) not found$/.test(error.message);
      if (!isGone) throw error;
    }
  }

  async awaitFirstFrame(entry) {
    while (!entry.consumer.closed) {
      const report = await entry.consumer.getStats();
      if ([...report.values()].some(({ type, framesDecoded }) => type === 'inbound-rtp' && framesDecoded > 0)) break;
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    entry.firstFrameAt = performance.now();
  }

  forget(producerId) {
    this.consumers.get(producerId)?.consumer?.close();
    this.consumers.delete(producerId);
  }

  // Begins to watch the video of that producer; and what has been seen of it so far.
  watch({ producerId }) {
    this.looks = watch(this.consumers.get(producerId).consumer);
  }
  watched = () => this.looks;

  // The widths of the layers that our video is sent in.
  async sentWidths() {
    const report = await this.producers.video.getStats();
    return [...report.values()].filter(({ type, framesSent }) => type === 'outbound-rtp' && framesSent > 0)
        .map(({ frameWidth }) => frameWidth);
  }

  forgetPeer(left) {
    for (const [producerId, { peerId }] of this.consumers) if (peerId === left) this.forget(producerId);
  }

  // Milliseconds to the first decoded frame, from the ack of consume and from the join; null until there is one.
  firstFrames() {
    const videos = [...this.consumers.values()].filter(({ consumer }) => consumer?.kind === 'video');
    return videos.map(({ ackAt, firstFrameAt }) => firstFrameAt === undefined ? null :
      { fromConsume: firstFrameAt - ackAt, fromJoin: firstFrameAt - this.joinedAt });
  }

  async restartIce() {
    for (const transport of [this.recvTransport, await this.sending]) {
      const { iceParameters } = await this.request('restart-ice', { transportId: transport.id });
      await transport.restartIce({ iceParameters });
    }
  }

  pause = ({ kind }) => {
    this.producers[kind].pause();
    return this.request('pause-producer', { producerId: this.producers[kind].id });
  };
  resume = ({ kind }) => {
    this.producers[kind].resume();
    return this.request('resume-producer', { producerId: this.producers[kind].id });
  };
  stop = ({ kind }) => {
    this.producers[kind].close();
    return this.request('close-producer', { producerId: this.producers[kind].id });
  };
  // What front ends do that tell the server nothing.
  setEnabled = ({ kind, enabled }) => { this.producers[kind].track.enabled = enabled; };
  pauseQuietly = ({ kind }) => this.producers[kind].pause();
  resumeQuietly = ({ kind }) => this.producers[kind].resume();
  closeQuietly = ({ kind }) => this.producers[kind].close();
  closeSendingQuietly = async () => (await this.sending).close();
  // Sends a tone of our own instead of the microphone, or silence.
  async sing({ loud }) {
    if (this.tone === undefined) {
      this.tone = makeTone();
      await this.producers.audio.replaceTrack({ track: this.tone.track });
    }
    this.tone.setLoud(loud);
  }
  receivingOf = ({ producerId }) => ({ consumerId: this.consumers.get(producerId).consumer.id, transportId: this.recvTransport.id });
  producerId = ({ kind }) => this.producers[kind].id;
  now = () => performance.timeOrigin + performance.now();  // the clock of its sender reports, ms since the epoch
  leaveRoom = () => this.request('leave-room');
  leave = () => this.signaling.socket.disconnect();
}
