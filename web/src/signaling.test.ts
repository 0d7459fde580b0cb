import { expect, it, vi } from 'vitest';
import { Signaling } from './signaling';

const answer = vi.hoisted(() => ({ next: {} as unknown }));
vi.mock('socket.io-client', () => ({
  io: () => ({ connected: true, on: () => {}, timeout: () => ({ emitWithAck: async () => answer.next }) }),
}));

it('a refusal says why, in words and for machines', async () => {
  const ask = (): Promise<unknown> => new Signaling('n').request('leave-room', { roomId: 'r' });
  answer.next = { error: 'too many requests', code: 'limit' };
  await expect(ask()).rejects.toMatchObject({ reason: 'too many requests', code: 'limit' });
  answer.next = { error: 'no' };
  await expect(ask()).rejects.toMatchObject({ reason: 'no', code: null });
});
