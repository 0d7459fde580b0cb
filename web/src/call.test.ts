import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Call, type CallSetup } from './call';
import { SignalingError } from './signaling';

const server = vi.hoisted(() => ({ joins: 0, error: null as Error | null, connected: (): void => {} }));

// A connection that stands, and sessions that the server lets in or not.
vi.mock('./signaling', async (importOriginal) => {
  class Signaling {
    connected = true;
    id = 'self';
    connect = (): void => server.connected();
    close = (): void => {};
    onConnect = (listener: () => void): void => void (server.connected = listener);
    onDisconnect = (): void => {};
    onUnreachable = (): void => {};
    on = (): void => {};
    attempt = async (): Promise<null> => null;
  }
  return { ...(await importOriginal<object>()), Signaling };
});
vi.mock('./media', () => ({
  MediaSession: class {
    closed = false;
    close = (): void => void (this.closed = true);
    send = async (): Promise<void> => {};
    open = async (): Promise<void> => {
      server.joins += 1;
      if (server.error) throw server.error;
    };
  },
}));

const kMuchLaterMs = 60_000;
const kOff = { track: null, on: false, busy: false };

let refusals: string[];
let call: Call;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  server.joins = 0;
  server.error = null;
  refusals = [];
  const setup = { room: 'r', name: 'n', codec: null, forceTcp: false, microphone: kOff, camera: kOff };
  call = new Call({ ...setup, microphoneId: null, cameraId: null } as CallSetup, {
    notify: () => {},
    refused: (reason) => refusals.push(reason),
  });
});

afterEach(() => {
  call.leave();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a call', () => {
  it('that the server refuses says so and asks no more', async () => {
    server.error = new SignalingError('join-mediasoup-room', 'the room is full', 'limit');
    call.start();
    await vi.advanceTimersByTimeAsync(kMuchLaterMs);
    expect([refusals, server.joins]).toEqual([['the room is full'], 1]);
  });

  it('that the server does not answer is tried again', async () => {
    server.error = new SignalingError('join-mediasoup-room', 'no answer');
    call.start();
    await vi.advanceTimersByTimeAsync(kMuchLaterMs);
    expect(refusals).toEqual([]);
    expect(server.joins).toBeGreaterThan(3);
  });

  it('that was under way waits for a server that is busy', async () => {
    call.start();
    await vi.advanceTimersByTimeAsync(100);
    expect(call.store.state.connection).toBe('connected');
    server.error = new SignalingError('join-mediasoup-room', 'the server is busy, try again later', 'unavailable');
    server.connected();
    await vi.advanceTimersByTimeAsync(kMuchLaterMs);
    expect(refusals).toEqual([]);
    server.error = null;
    await vi.advanceTimersByTimeAsync(kMuchLaterMs);
    expect(call.store.state.connection).toBe('connected');
  });
});
