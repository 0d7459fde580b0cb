import { describe, expect, it } from 'vitest';
import { hue, initials, suggestRoom } from './names';

describe('initials', () => {
  it.each([
    ['Robin Keller', 'RK'],
    ['robin', 'R'],
    ['Marie-Claire Dubois de la Tour', 'MT'],
    ['  ana   sousa ', 'AS'],
    ['User 3f9a', 'U3'],
    ['李 明', '李明'],
    ['𝒜da Lovelace', '𝒜L'],
    ['(guest)', 'G'],
    ['🎈 🎈', '?'],
    ['', '?'],
  ])('of %j are %j', (name, expected) => expect(initials(name)).toBe(expected));
});

describe('hue', () => {
  it('stays with a name and differs between names', () => {
    expect(hue('Ana')).toBe(hue('Ana'));
    expect(hue('Ana')).not.toBe(hue('Ann'));
  });

  it('is a whole number of degrees', () => {
    for (const name of ['', 'a', 'Ana Sousa', '李 明', '🎈']) {
      expect(hue(name)).toBeGreaterThanOrEqual(0);
      expect(hue(name)).toBeLessThan(360);
      expect(Number.isInteger(hue(name))).toBe(true);
    }
  });
});

describe('suggestRoom', () => {
  it('makes a name that needs no escaping, at both ends of randomness', () => {
    for (const random of [0, 0.5, 0.999999]) expect(suggestRoom(() => random)).toMatch(/^[a-z]+-[a-z]+-[1-9][0-9]$/);
  });
});
