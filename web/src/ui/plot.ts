// A small live curve of the last minute, newest at the right.

import { kHistory } from '../stats-collector';
import { svg } from './dom';

const kWidth = 120;
const kHeight = 32;
const kPadding = 2;

export class Plot {
  readonly #line = svg('path', { class: 'plot-line' });
  readonly #area = svg('path', { class: 'plot-area' });
  readonly element = svg(
    'svg',
    { class: 'plot', viewBox: `0 0 ${kWidth} ${kHeight}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    this.#area,
    this.#line,
  );

  /** @param floor the smallest value that fills the height, so that noise near zero stays small */
  show(values: number[], floor: number): void {
    const path = plotPath(values, floor);
    this.#line.setAttribute('d', path);
    const start = kWidth - stepOf() * (values.length - 1);
    this.#area.setAttribute('d', path && `${path}L${kWidth} ${kHeight}L${start.toFixed(1)} ${kHeight}Z`);
  }
}

/** The curve as SVG path data; empty for no values. */
export function plotPath(values: number[], floor: number): string {
  const top = Math.max(floor, ...values);
  const points = values.map((value, index) => {
    const x = kWidth - stepOf() * (values.length - 1 - index);
    const y = kHeight - kPadding - (value / top) * (kHeight - 2 * kPadding);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return points.length > 0 ? `M${points.join('L')}` : '';
}

function stepOf(): number {
  return kWidth / (kHistory - 1);
}
