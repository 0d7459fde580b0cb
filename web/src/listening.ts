// The sound of the others: plays every remote audio track.

import type { RemoteStream } from './state';

interface Voice {
  track: MediaStreamTrack;
  player: HTMLAudioElement;
}

export class Listening {
  // By producer id.
  readonly #voices = new Map<string, Voice>();
  readonly #blocked: () => void;

  /** @param blocked the browser wants the person to do something before it plays sound: then call `unblock` */
  constructor(blocked: () => void) {
    this.#blocked = blocked;
  }

  show(streams: RemoteStream[]): void {
    const wanted = new Map(
      streams.filter(({ kind }) => kind === 'audio').map(({ producerId, track }) => [producerId, track]),
    );
    for (const [id, voice] of this.#voices) if (wanted.get(id) !== voice.track) this.#end(id, voice);
    for (const [id, track] of wanted) if (!this.#voices.has(id)) this.#begin(id, track);
  }

  unblock(): void {
    for (const { player } of this.#voices.values()) player.play().catch(() => {});
  }

  close(): void {
    for (const [id, voice] of this.#voices) this.#end(id, voice);
  }

  #begin(id: string, track: MediaStreamTrack): void {
    const player = new Audio();
    player.srcObject = new MediaStream([track]);
    player.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#blocked();
    });
    this.#voices.set(id, { track, player });
  }

  #end(id: string, { player }: Voice): void {
    this.#voices.delete(id);
    player.srcObject = null;
  }
}
