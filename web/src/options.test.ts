import { describe, expect, it } from 'vitest';
import { cleanName, cleanRoom, inviteLink, readOptions, withRoom } from './options';

function storageOf(entries: Record<string, string>): Storage {
  return { getItem: (key: string) => entries[key] ?? null } as Storage;
}

describe('readOptions', () => {
  it('prefers the address to the last visit', () => {
    const storage = storageOf({ 'consomme.name': 'Ana', 'consomme.room': 'old' });
    expect(readOptions('?room=new', storage)).toMatchObject({ name: 'Ana', room: 'new' });
    expect(readOptions('', storage)).toMatchObject({ name: 'Ana', room: 'old' });
  });

  it('works without storage and without a query', () => {
    expect(readOptions('', null)).toEqual({ name: '', room: '', codec: null, forceTcp: false });
  });

  it('knows the codecs in any case and ignores others', () => {
    expect(readOptions('?codec=VP9', null).codec).toBe('vp9');
    expect(readOptions('?codec=h264', null).codec).toBe('h264');
    expect(readOptions('?codec=theora', null).codec).toBeNull();
  });

  it('takes forceTcp with or without a value', () => {
    expect(readOptions('?forceTcp', null).forceTcp).toBe(true);
    expect(readOptions('?forceTcp=true', null).forceTcp).toBe(true);
    expect(readOptions('?forceTcp=false', null).forceTcp).toBe(false);
  });
});

describe('what people type', () => {
  it('is trimmed, spaced evenly and cut', () => {
    expect(cleanName('  Ana   Sousa ')).toBe('Ana Sousa');
    expect(cleanName('x'.repeat(100))).toHaveLength(40);
    expect(cleanRoom(' my  room ')).toBe('my-room');
  });
});

describe('links', () => {
  it('carry the room to others, but no debugging switches', () => {
    expect(inviteLink('https://host/?codec=vp9&room=a#x', 'küche & bad')).toBe('https://host/?room=k%C3%BCche+%26+bad');
  });

  it('keep the switches on our own page', () => {
    expect(withRoom('https://host/?codec=vp9', 'a')).toBe('https://host/?codec=vp9&room=a');
  });

  it('come back as the same room', () => {
    const link = new URL(inviteLink('https://host/', 'küche+bad&100%'));
    expect(readOptions(link.search, null).room).toBe('küche+bad&100%');
  });
});
