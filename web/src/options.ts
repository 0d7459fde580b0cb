// What the address bar and the last visit say: name, room, codec, debugging switches.

const kNameKey = 'consomme.name';
const kRoomKey = 'consomme.room';
const kMaxNameLength = 40;
const kMaxRoomLength = 64;

export const kVideoCodecs = ['vp8', 'vp9', 'h264', 'av1'] as const;
export type VideoCodec = (typeof kVideoCodecs)[number];

export interface Options {
  name: string;
  room: string;
  /** `?codec=vp9`: what to send; null is the server's first choice. */
  codec: VideoCodec | null;
  /** `?forceTcp`: use only the TCP candidates of the server. */
  forceTcp: boolean;
}

export function readOptions(query: string, storage: Storage | null): Options {
  const parameters = new URLSearchParams(query);
  const codec = parameters.get('codec')?.toLowerCase();
  return {
    name: cleanName(parameters.get('name') ?? storage?.getItem(kNameKey) ?? ''),
    room: cleanRoom(parameters.get('room') ?? storage?.getItem(kRoomKey) ?? ''),
    codec: kVideoCodecs.find((known) => known === codec) ?? null,
    forceTcp: parameters.has('forceTcp') && parameters.get('forceTcp') !== 'false',
  };
}

export function rememberVisit(name: string, room: string, storage: Storage | null): void {
  try {
    storage?.setItem(kNameKey, name);
    storage?.setItem(kRoomKey, room);
  } catch {
    // A full or forbidden storage only means that the next visit starts empty.
  }
}

/** Local storage, or null where the browser forbids it. */
export function openStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function cleanName(name: string): string {
  return name.trim().replace(/\s+/g, ' ').slice(0, kMaxNameLength);
}

export function cleanRoom(room: string): string {
  return room.trim().replace(/\s+/g, '-').slice(0, kMaxRoomLength);
}

/** The link that brings somebody else into the room; debugging switches stay with the one who set them. */
export function inviteLink(page: string, room: string): string {
  const link = new URL(page);
  link.search = '';
  link.hash = '';
  link.searchParams.set('room', room);
  return link.href;
}

/** The address of this page with the room in it, all else kept. */
export function withRoom(page: string, room: string): string {
  const address = new URL(page);
  address.searchParams.set('room', room);
  return address.href;
}
