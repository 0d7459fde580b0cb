// A front end written to the letter of the documented lifecycle and no further: it knows no additive event, trusts every
// answer, and has the habits that front ends of this family have.
import { Device } from 'mediasoup-client';
import { openTrack, play } from './media.js';
import { Signaling } from './signaling.js';

export class Faithful {
  consumers = new Map();  // by producer id: { consumer, peerId }
  producers = {};         // by kind

  // options: { url, roomId, userName, producesFirst }; producesFirst: audio before it consumes what is there.
  constructor(options) {
    this.options = options;
  }

  async join() {
    const { url, roomId, userName, producesFirst } = this.options;
    this.signaling = new Signaling(url, { transports: ['websocket'] });
    await this.signaling.connected();
    const { rtpCapabilities } = await this.request('get-rtp-capabilities');
    this.device = new Device();
    await this.device.load({ routerRtpCapabilities: rtpCapabilities });
    const { existingProducers } =
        await this.request('join-mediasoup-room', { rtpCapabilities: this.device.rtpCapabilities, userName });
    await this.createTransports();
    if (producesFirst) await this.produce({ kind: 'audio' });
    for (const producerId of existingProducers) await this.consume(producerId);
    this.signaling.socket.on('new-producer', ({ producerId }) => this.consume(producerId));
    if (!producesFirst) await this.produce({ kind: 'audio' });
    await this.produce({ kind: 'video' });
    return this.signaling.socket.id;
  }

  async request(event, fields) {
    const response = await this.signaling.request(event, { roomId: this.options.roomId, ...fields });
    if (response.error) throw new Error(`${event}: ${response.error}`);
    return response;
  }

  async createTransports() {
    const send = await this.request('create-webrtc-transport', { direction: 'send' });
    this.sendTransport = this.device.createSendTransport(send.params);
    this.sendTransport.on('produce', ({ kind, rtpParameters }, callback, errback) =>
      this.request('produce', { transportId: this.sendTransport.id, kind, rtpParameters }).then(callback, errback));
    const recv = await this.request('create-webrtc-transport', { direction: 'recv' });
    this.recvTransport = this.device.createRecvTransport(recv.params);
    for (const transport of [this.sendTransport, this.recvTransport])
      transport.on('connect', ({ dtlsParameters }, callback, errback) =>
        this.request('connect-transport', { transportId: transport.id, dtlsParameters }).then(callback, errback));
  }

  async produce({ kind }) {
    this.producers[kind] = await this.sendTransport.produce({ track: await openTrack(kind) });
    return this.producers[kind].id;
  }

  async consume(producerId) {
    const { id, kind, rtpParameters, peerId } =
        await this.request('consume', { producerId, rtpCapabilities: this.device.rtpCapabilities });
    const consumer = await this.recvTransport.consume({ id, producerId, kind, rtpParameters });
    this.consumers.set(producerId, { consumer, peerId });
    play(consumer.track);
    this.signaling.socket.emit('resume-consumer', { roomId: this.options.roomId, consumerId: id });
  }

  // Locally only: the documented events have no word for it.
  pause = ({ kind }) => this.producers[kind].pause();
  resume = ({ kind }) => this.producers[kind].resume();
  stop = ({ kind }) => this.producers[kind].close();
  leave = () => this.signaling.socket.disconnect();
}
