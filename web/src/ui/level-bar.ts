// A bar that shows how loud the microphone is.

import { h } from './dom';

const kFloorDb = -60;
const kCeilingDb = -10;

export class LevelBar {
  readonly #fill = h('span', { class: 'level-fill' });
  readonly element = h('span', { class: 'level', 'aria-hidden': 'true' }, this.#fill);

  show(db: number): void {
    const share = Math.min(1, Math.max(0, (db - kFloorDb) / (kCeilingDb - kFloorDb)));
    this.#fill.style.transform = `scaleX(${share.toFixed(3)})`;
  }
}
