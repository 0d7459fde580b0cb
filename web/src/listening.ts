// The sound of the others: plays every remote audio track and tells who speaks, ourselves included.

import { LoudnessMeter, speechDetector } from './speaking';
import type { CallState } from './state';

interface Voice {
  peerId: string;
  track: MediaStreamTrack;
  /** Null for our own voice, which must not be played. */
  player: HTMLAudioElement | null;
}

export class Listening {
  readonly #meter = new LoudnessMeter();
  readonly #voices = new Map<string, Voice>();
  readonly #speaks: (peerId: string, speaking: boolean) => void;
  readonly #blocked: () => void;

  /** @param blocked the browser wants the person to do something before it plays sound: then call `unblock` */
  constructor(speaks: (peerId: string, speaking: boolean) => void, blocked: () => void) {
    this.#speaks = speaks;
    this.#blocked = blocked;
  }

  show(state: CallState): void {
    const wanted = voicesOf(state);
    for (const [key, voice] of this.#voices) if (wanted.get(key)?.track !== voice.track) this.#end(key, voice);
    for (const [key, { peerId, track, own }] of wanted)
      if (!this.#voices.has(key)) this.#begin(key, peerId, track, own);
  }

  unblock(): void {
    for (const { player } of this.#voices.values()) player?.play().catch(() => {});
  }

  close(): void {
    for (const [key, voice] of this.#voices) this.#end(key, voice);
    this.#meter.close();
  }

  #begin(key: string, peerId: string, track: MediaStreamTrack, own: boolean): void {
    const player = own ? null : new Audio();
    if (player) {
      player.srcObject = new MediaStream([track]);
      player.play().catch((error: unknown) => {
        if (error instanceof DOMException && error.name === 'NotAllowedError') this.#blocked();
      });
    }
    this.#voices.set(key, { peerId, track, player });
    this.#meter.watch(
      track,
      speechDetector((speaking) => this.#speaks(peerId, speaking)),
    );
  }

  #end(key: string, { peerId, track, player }: Voice): void {
    this.#voices.delete(key);
    this.#meter.unwatch(track);
    this.#speaks(peerId, false);
    if (player) player.srcObject = null;
  }
}

function voicesOf({
  streams,
  local,
  selfId,
}: CallState): Map<string, { peerId: string; track: MediaStreamTrack; own: boolean }> {
  const voices = new Map<string, { peerId: string; track: MediaStreamTrack; own: boolean }>();
  for (const { kind, producerId, peerId, track } of streams) {
    if (kind === 'audio') voices.set(producerId, { peerId, track, own: false });
  }
  const { track } = local.microphone;
  if (track && selfId !== null) voices.set(`own ${selfId}`, { peerId: selfId, track, own: true });
  return voices;
}
