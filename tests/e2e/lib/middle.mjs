// A man in the middle of a participant's UDP: relays between browser and server, keeps a sample of what the browser sent, and
// can lose some of it and of what it is sent, or send further datagrams from the browser's own (validated) address.
import { createSocket } from 'node:dgram';

const kSample = 400;  // datagrams kept

const bound = socket => new Promise(resolve => socket.bind(0, '127.0.0.1', resolve));

export class Middle {
  sample = [];          // { datagram, path }
  loses = () => false;      // a datagram of the browser's
  losesDown = () => false;  // of the server's
  lost = 0;
  #paths = new Map();   // by the browser's address and port: the socket towards the server

  static async open(call, serverPort) {
    const middle = call.own(new Middle(serverPort));
    await bound(middle.front);
    middle.port = middle.front.address().port;
    return middle;
  }

  constructor(serverPort) {
    this.serverPort = serverPort;
    this.front = createSocket('udp4').on('message', (datagram, from) => this.#up(datagram, from));
  }

  async #up(datagram, from) {
    const key = `${from.address}:${from.port}`;
    if (!this.#paths.has(key)) this.#paths.set(key, this.#openPath(from));
    const path = await this.#paths.get(key);
    if (this.sample.length < kSample) this.sample.push({ datagram: Buffer.from(datagram), path });
    if (this.loses(datagram)) ++this.lost;
    else this.inject(datagram, path);
  }

  async #openPath({ address, port }) {
    const socket = createSocket('udp4').on('message', datagram => {
      if (this.losesDown(datagram)) ++this.lost;
      else this.front.send(datagram, port, address);
    });
    await bound(socket);
    return socket;
  }

  // From an address that the server knows as the browser's.
  inject = (datagram, path) => path.send(datagram, this.serverPort, '127.0.0.1');

  async close() {
    this.front.close();
    for (const path of this.#paths.values()) (await path).close();
  }
}
