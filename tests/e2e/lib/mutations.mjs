// Datagrams that nobody should send: random, truncated, mutated and forged ones, all from one seed.
import { crc32 } from 'node:zlib';

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  // 0 to bound - 1 (mulberry32)
  below(bound) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  }

  bytes(length) {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

// The first bytes of RFC 7983: STUN, DTLS, RTP and RTCP, and what is none of them.
const kFirstBytes = [0, 1, 3, 20, 22, 23, 63, 64, 79, 127, 128, 144, 191, 192, 255];
// RTCP packet types 192 to 223 stand in the second byte (RFC 5761 §4).
const kSecondBytes = [1, 200, 201, 205, 206, 96, 224];

export function randomDatagram(random) {
  const datagram = random.bytes(random.below(1400));
  if (datagram.length > 0) datagram[0] = random.pick(kFirstBytes);
  if (datagram.length > 1) datagram[1] = random.pick(kSecondBytes);
  return datagram;
}

// One at least of its bits is another, or its end is missing: no longer what its sender made.
export function spoiled(datagram, random) {
  if (random.below(3) === 0) return datagram.subarray(0, random.below(datagram.length));
  const copy = Buffer.from(datagram);
  const flips = new Set(Array.from({ length: 1 + random.below(8) }, () => random.below(copy.length * 8)));
  for (const bit of flips) copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

const kIntegrityBytes = 20;
const kFingerprintBytes = 8;  // with the attribute's head
const kFingerprintXor = 0x5354554e;

// A check by somebody who knows the username but not the password: its fingerprint, which takes no secret, is right, its
// integrity is not (RFC 8489 §14.5, §14.7: these two attributes end it).
export function forged(check, random) {
  const copy = Buffer.from(check);
  const fingerprintAt = copy.length - kFingerprintBytes;
  random.bytes(kIntegrityBytes).copy(copy, fingerprintAt - kIntegrityBytes);
  copy.writeUInt32BE((crc32(copy.subarray(0, fingerprintAt)) ^ kFingerprintXor) >>> 0, copy.length - 4);
  return copy;
}
