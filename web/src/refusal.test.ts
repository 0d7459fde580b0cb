import { describe, expect, it } from 'vitest';
import { refusalOf } from './refusal';
import { SignalingError } from './signaling';

const refused = (reason: string, code: string | null): SignalingError => new SignalingError('join', reason, code);

describe('a join that fails', () => {
  it.each([
    ['the room is full', 'limit'],
    ['server is draining', 'unavailable'],
    ['the server is busy, try again later', 'unavailable'],
    ['roomId is too long', 'invalid'],
  ])('is told of where the person has to do something: %s', (reason, code) => {
    expect(refusalOf(refused(reason, code), false)).toBe(reason);
  });

  it.each([
    refused('no answer', null),
    refused('Room not found', 'not-found'),
    refused('too many requests', 'limit'),
    new Error('the browser could not'),
  ])('is tried again where that may help: %s', (error) => {
    expect(refusalOf(error, false)).toBe(null);
  });

  it('ends no call for want of a place that may come', () => {
    expect(refusalOf(refused('the server is busy, try again later', 'unavailable'), true)).toBe(null);
    expect(refusalOf(refused('the room is full', 'limit'), true)).toBe('the room is full');
  });
});
