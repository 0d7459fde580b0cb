// How loud audio tracks are, measured on this device ten times a second.

const kPeriodMs = 100;
const kWindow = 1024;

/** The loudness of samples between -1 and 1, in dB relative to a full-scale square wave; -100 for silence. */
export function loudness(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; ++i) sum += (samples[i] ?? 0) ** 2;
  const meanSquare = samples.length > 0 ? sum / samples.length : 0;
  return Math.max(-100, 10 * Math.log10(meanSquare));
}

interface Meter {
  source: MediaStreamAudioSourceNode;
  analyser: AnalyserNode;
  heard: (db: number) => void;
}

/** Measures tracks and reports their loudness in dB; a track is measured until `unwatch`. */
export class LoudnessMeter {
  readonly #context = new AudioContext();
  readonly #meters = new Map<MediaStreamTrack, Meter>();
  readonly #samples = new Float32Array(kWindow);
  readonly #timer = setInterval(() => this.#measure(), kPeriodMs);

  watch(track: MediaStreamTrack, heard: (db: number) => void): void {
    this.unwatch(track);
    const source = this.#context.createMediaStreamSource(new MediaStream([track]));
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = kWindow;
    source.connect(analyser);
    this.#meters.set(track, { source, analyser, heard });
  }

  unwatch(track: MediaStreamTrack): void {
    this.#meters.get(track)?.source.disconnect();
    this.#meters.delete(track);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#meters.clear();
    void this.#context.close();
  }

  #measure(): void {
    // Browsers start audio only after the person has done something; before that, everything is silent.
    if (this.#context.state === 'suspended' && navigator.userActivation.hasBeenActive) void this.#context.resume();
    for (const { analyser, heard } of this.#meters.values()) {
      analyser.getFloatTimeDomainData(this.#samples);
      heard(loudness(this.#samples));
    }
  }
}
