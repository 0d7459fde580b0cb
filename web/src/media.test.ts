import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MediaSession, type SessionEvents } from './media';
import { SignalingError, type Signaling } from './signaling';

const browser = vi.hoisted(() => ({ delayMs: 0 }));

// Of mediasoup-client as much as receiving needs: consumers that can be closed.
vi.mock('mediasoup-client', async (importOriginal) => {
  const consumer = { close: () => {} };
  const consume = (): Promise<object> => new Promise((resolve) => setTimeout(resolve, browser.delayMs, consumer));
  const transport = { id: 'transport', on: () => {}, close: () => {}, consume };
  const device = {
    recvRtpCapabilities: {},
    load: async () => {},
    createSendTransport: () => transport,
    createRecvTransport: () => transport,
  };
  return { ...(await importOriginal<object>()), Device: { factory: async () => device } };
});

const kMuchLaterMs = 10_000;

type Answer = (payload: { producerId?: string; consumerId?: string }) => unknown;

// A server whose answers to some requests are given; those to the others fit everybody.
class FakeServer {
  readonly asked: string[] = [];
  readonly answers: Record<string, Answer> = {
    'join-mediasoup-room': () => ({ existingProducers: [] }),
    'create-webrtc-transport': () => ({ params: { iceCandidates: [] } }),
    consume: ({ producerId }) => this.consumer(producerId, `consumer of ${producerId}`),
  };

  async request(name: string, payload: object): Promise<unknown> {
    this.asked.push(name);
    return this.answers[name]?.(payload) ?? {};
  }

  attempt = this.request;

  consumer(producerId: string | undefined, id: string): object {
    return { id, producerId, kind: 'audio', peerId: 'peer', rtpParameters: { codecs: [] } };
  }

  /** Refuses the first `times` of these requests. */
  refuse(name: string, code: string, times: number): void {
    const answer = this.answers[name];
    let refused = 0;
    this.answers[name] = (payload) => {
      if (refused++ < times) throw new SignalingError(name, 'refused', code);
      return answer?.(payload);
    };
  }

  count(name: string): number {
    return this.asked.filter((one) => one === name).length;
  }
}

let server: FakeServer;
let session: MediaSession;
let shown: string[];

beforeEach(async () => {
  vi.useFakeTimers();
  vi.spyOn(console, 'debug').mockImplementation(() => {});
  browser.delayMs = 0;
  server = new FakeServer();
  shown = [];
  const events: SessionEvents = {
    streamAdded: ({ consumerId }) => shown.push(`+ ${consumerId}`),
    streamRemoved: (producerId) => shown.push(`- ${producerId}`),
    healthChanged: () => {},
    broken: () => {},
  };
  const options = { room: 'r', name: 'n', codec: null, forceTcp: false };
  session = new MediaSession(server as unknown as Signaling, options, events);
  await session.open();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a stream that the server refuses for too many requests', () => {
  it('is asked for again until it comes and plays', async () => {
    server.refuse('consume', 'limit', 2);
    server.refuse('resume-consumer', 'limit', 1);
    session.consume('p');
    await vi.advanceTimersByTimeAsync(kMuchLaterMs);
    expect(shown).toEqual(['+ consumer of p']);
    expect([server.count('consume'), server.count('resume-consumer')]).toEqual([3, 2]);
  });

  it('is not asked for again when nobody wants it any more', async () => {
    server.refuse('consume', 'limit', Infinity);
    session.consume('p');
    await vi.advanceTimersByTimeAsync(100);
    session.forget('p');
    await vi.advanceTimersByTimeAsync(kMuchLaterMs);
    expect(server.count('consume')).toBe(1);
    session.consume('q');
    await vi.advanceTimersByTimeAsync(100);
    session.close();
    await vi.advanceTimersByTimeAsync(kMuchLaterMs);
    expect(server.count('consume')).toBe(2);
  });
});

it('a stream that is refused for another reason is given up', async () => {
  server.refuse('consume', 'not-found', 1);
  session.consume('p');
  await vi.advanceTimersByTimeAsync(kMuchLaterMs);
  expect([shown, server.count('consume')]).toEqual([[], 1]);
});

describe('a consumer that the server closes', () => {
  const come = async (id: string): Promise<void> => {
    server.answers.consume = ({ producerId }) => server.consumer(producerId, id);
    session.consume('p');
    await vi.advanceTimersByTimeAsync(100);
  };

  it('takes its stream away', async () => {
    await come('c1');
    session.consumerClosed('c1', 'p');
    expect(shown).toEqual(['+ c1', '- p']);
  });

  it('leaves the stream alone that has taken its place', async () => {
    await come('c1');
    session.forget('p');
    await come('c2');
    session.consumerClosed('c1', 'p');
    expect(shown).toEqual(['+ c1', '- p', '+ c2']);
  });

  it('is not shown when the browser has got ready for it too late', async () => {
    browser.delayMs = 1_000;
    await come('c1');
    session.consumerClosed('c1', 'p');
    await vi.advanceTimersByTimeAsync(kMuchLaterMs);
    expect(shown).toEqual([]);
    expect(server.count('close-consumer')).toBe(1);
  });
});
