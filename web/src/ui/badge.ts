// The badge of a tile: how well its picture gets through, in which layer, size, frame rate and bitrate; of sound alone,
// how well and in which bitrate.

import { formatLayers } from '../layers';
import type { RemoteStream } from '../state';
import { formatBitrate, formatFrameRate, formatResolution, type Figures } from '../stats';
import { h, setAttributes } from './dom';

const kBars = 4;
const kBestScore = 10;

/** What a badge says of a second. */
export interface Said {
  resolution: string;
  frameRate: string;
  bitrate: string;
  /** No picture came in it. */
  isStill: boolean;
}

/** Sound has neither size nor frames. */
export function sayOf(figures: Figures, isSound: boolean): Said {
  return {
    resolution: isSound ? '' : formatResolution(figures),
    frameRate: isSound ? '' : formatFrameRate(figures),
    bitrate: formatBitrate(figures.bitrate),
    isStill: !isSound && figures.framesPerSecond === 0,
  };
}

export class Badge {
  readonly #bars = h('span', { class: 'bars', role: 'img' }, ...Array.from({ length: kBars }, () => h('i')));
  readonly #resolution = h('span', { class: 'badge-resolution' });
  readonly #frameRate = h('span', { class: 'badge-frame-rate' });
  readonly #bitrate = h('span', { class: 'badge-bitrate' });
  readonly #layers = h('span', { class: 'badge-layers', title: 'Spatial and temporal layer' });
  readonly #figures = h('span', { class: 'badge-figures' });
  readonly #starved = h('span', { class: 'badge-starved' }, 'Paused for lack of bandwidth');
  readonly element = h('p', { class: 'badge', 'data-testid': 'badge' }, this.#bars, this.#figures, this.#starved);
  #isStarved = false;
  #isStill = false;

  constructor() {
    this.#figures.append(this.#resolution, this.#frameRate, this.#bitrate, this.#layers);
    this.#showPause();
  }

  /** @param stream null for our own picture, and for sound */
  show(score: number | null, stream: RemoteStream | null): void {
    this.#showScore(score);
    this.#isStarved = stream?.starved ?? false;
    this.#showPause();
    this.#layers.textContent = stream?.layers ? formatLayers(stream.layers, stream.layerCounts) : '';
  }

  measure(said: Said | null): void {
    this.#resolution.textContent = said?.resolution ?? '';
    this.#frameRate.textContent = said?.frameRate ?? '';
    this.#bitrate.textContent = said?.bitrate ?? '';
    this.#isStill = said?.isStill ?? false;
    this.#showPause();
  }

  // Between two layers there is none for a moment, which is no pause.
  #showPause(): void {
    const paused = this.#isStarved && this.#isStill;
    this.#starved.hidden = !paused;
    this.#figures.hidden = paused;
  }

  #showScore(score: number | null): void {
    const text = score === null ? null : `Quality ${score} of ${kBestScore}`;
    setAttributes(this.#bars, {
      hidden: score === null,
      'data-lit': score === null ? null : litBars(score),
      'aria-label': text,
      title: text,
    });
  }
}

/** How many of the bars a score from 0 to 10 lights: none for 0 alone, all from 8. */
export function litBars(score: number): number {
  return Math.ceil((Math.min(score, kBestScore) / kBestScore) * kBars);
}
