// The Socket.IO connection with typed events: requests are promises of their ack, announcements are listeners.
// Knows nothing about rooms or media. Reconnects by itself until closed.

import { io, type Socket } from 'socket.io-client';
import type { AckOf, Announcements, RequestName, RequestOf } from './protocol';

const kAckTimeoutMs = 10_000;
const kReturnAfterKickMs = 1_500;

/** The server answered `{error}`, or did not answer. */
export class SignalingError extends Error {
  readonly reason: string;
  /** The server's word for machines; null if it gave none. */
  readonly code: string | null;

  constructor(request: string, reason: string, code: string | null = null) {
    super(`${request}: ${reason}`);
    this.reason = reason;
    this.code = code;
    this.name = 'SignalingError';
  }
}

export class Signaling {
  readonly #socket: Socket;
  #closed = false;

  /** @param name the participant's name, for servers that read it from the handshake */
  constructor(name: string) {
    this.#socket = io({ autoConnect: false, auth: { userName: name }, reconnectionDelayMax: 4_000 });
    this.#socket.on('disconnect', (reason) => this.#returnAfterKick(reason));
  }

  get id(): string | undefined {
    return this.#socket.id;
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  connect(): void {
    this.#socket.connect();
  }

  close(): void {
    this.#closed = true;
    this.#socket.off();
    this.#socket.disconnect();
  }

  onConnect(listener: () => void): void {
    this.#socket.on('connect', listener);
  }

  onDisconnect(listener: () => void): void {
    this.#socket.on('disconnect', listener);
  }

  /** The server could not be reached; the next attempt follows by itself. */
  onUnreachable(listener: () => void): void {
    this.#socket.on('connect_error', listener);
  }

  on<Name extends keyof Announcements>(name: Name, listener: (payload: Announcements[Name]) => void): void {
    this.#socket.on(name as string, listener);
  }

  /** Sends a request; rejects with SignalingError on `{error}`, on no answer and while disconnected. */
  async request<Name extends RequestName>(name: Name, payload: RequestOf<Name>): Promise<AckOf<Name>> {
    // Socket.IO would keep the request and send it into the next connection, where its ids mean nothing.
    if (!this.#socket.connected) throw new SignalingError(name, 'not connected');
    const ack = await this.#emit(name, payload);
    if (typeof ack !== 'object' || ack === null) throw new SignalingError(name, 'malformed answer');
    if ('error' in ack && ack.error) {
      throw new SignalingError(name, String(ack.error), 'code' in ack ? String(ack.code) : null);
    }
    return ack as AckOf<Name>;
  }

  /** Sends an additive request: a server that does not know it, or refuses it, changes nothing for the caller. */
  async attempt<Name extends RequestName>(name: Name, payload: RequestOf<Name>): Promise<AckOf<Name> | null> {
    try {
      return await this.request(name, payload);
    } catch (error) {
      console.debug(error);
      return null;
    }
  }

  async #emit(name: string, payload: unknown): Promise<unknown> {
    try {
      return await this.#socket.timeout(kAckTimeoutMs).emitWithAck(name, payload);
    } catch {
      throw new SignalingError(name, this.#socket.connected ? 'no answer' : 'connection lost');
    }
  }

  // Socket.IO does not reconnect by itself after the server has ended the connection (a restart, for example).
  #returnAfterKick(reason: string): void {
    if (reason !== 'io server disconnect') return;
    setTimeout(() => {
      if (!this.#closed) this.#socket.connect();
    }, kReturnAfterKickMs);
  }
}
