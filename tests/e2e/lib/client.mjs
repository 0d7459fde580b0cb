// A client without a browser: a socket that asks what it likes, for requests that no page would make.
import { io } from 'socket.io-client';

export const opusParameters = ssrc => ({
  codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48000, channels: 2, parameters: {}, rtcpFeedback: [] }],
  headerExtensions: [], encodings: [{ ssrc }], rtcp: { cname: 'client' },
});

const kAnswerMs = 5000;

export class Client {
  static async connect(call, options = {}) {
    const client = call.own(new Client(call, options));
    await new Promise((resolve, reject) => client.socket.once('connect', resolve).once('connect_error', reject));
    return client;
  }

  constructor(call, options) {
    this.roomId = call.roomId;
    this.socket = io(call.server.url, { transports: ['websocket'], forceNew: true, reconnection: false, ...options });
  }

  // The ack's arguments, whatever is sent.
  ask = (event, ...args) => this.socket.timeout(kAnswerMs).emitWithAck(event, ...args);
  request = (event, fields) => this.ask(event, { roomId: this.roomId, ...fields });

  async join() {
    const { rtpCapabilities } = await this.request('get-rtp-capabilities');
    this.rtpCapabilities = rtpCapabilities;
    return this.request('join-mediasoup-room', { rtpCapabilities });
  }

  close = () => this.socket.disconnect();
}

// The port that a room's media goes to.
export async function mediaPort(call, network = 'udp') {
  const client = await Client.connect(call);
  await client.join();
  const { params } = await client.request('create-webrtc-transport', { direction: 'recv' });
  client.close();
  return params.iceCandidates.find(({ protocol }) => protocol === network).port;
}
