// The socket of a participant, with a diary of what went over it, so that tests can judge every answer and event.
import { io } from 'socket.io-client';

export class Signaling {
  diary = [];  // { at, event, request?, ack?, payload? }, in order of arrival; `at` in ms

  constructor(url, options) {
    this.socket = io(url, { forceNew: true, reconnection: false, ...options });
    this.socket.onAny((event, ...payload) => this.#note({ event, payload }));
  }

  // A copy: mediasoup-client writes into what it is given.
  #note(entry) {
    this.diary.push({ at: performance.now(), ...structuredClone(entry) });
  }

  connected() {
    return new Promise((resolve, reject) => {
      this.socket.once('connect', resolve);
      this.socket.once('connect_error', reject);
    });
  }

  request(event, request) {
    return new Promise(resolve => this.socket.emit(event, request, (...ack) => {
      this.#note({ event, request, ack });
      resolve(ack[0]);
    }));
  }
}
