// A gate before the server's TCP port: whoever comes is turned away until it opens.
import { connect, createServer } from 'node:net';

export class Gate {
  isOpen = false;
  turnedAway = 0;  // connections
  #sockets = new Set();

  static async open(call, serverPort) {
    const gate = call.own(new Gate(serverPort));
    await new Promise(resolve => gate.server.listen(0, '127.0.0.1', resolve));
    gate.port = gate.server.address().port;
    return gate;
  }

  constructor(serverPort) {
    this.server = createServer(socket => this.isOpen ? this.#relay(socket, connect(serverPort, '127.0.0.1')) : this.#turnAway(socket));
  }

  #turnAway(socket) {
    ++this.turnedAway;
    socket.destroy();
  }

  #relay(...ends) {
    for (const [i, end] of ends.entries()) {
      this.#sockets.add(end);
      end.pipe(ends[1 - i]);
      end.on('error', () => ends[1 - i].destroy()).on('close', () => this.#sockets.delete(end));
    }
  }

  close() {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
