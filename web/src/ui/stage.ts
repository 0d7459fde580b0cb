// The place of the tiles: a grid of equals, or one large tile with the others in a strip beside it.

import { largestTile, type GridShape } from '../layout';
import { latestFigures, type Snapshot } from '../stats-collector';
import { h, placeChildren } from './dom';
import { Tile, type TileContent } from './tile';

// Upright tiles cut much away from a camera's picture: only where the place itself is upright.
const kWideShape: GridShape = { gap: 10, minAspect: 4 / 3, maxAspect: 16 / 9 };
const kUprightShape: GridShape = { ...kWideShape, minAspect: 0.8 };
const kAloneShape: GridShape = { ...kWideShape, minAspect: 0.5 };

export class Stage {
  readonly #large = h('div', { class: 'stage-large' });
  readonly #grid = h('div', { class: 'stage-grid' });
  readonly #hint: HTMLElement;
  readonly element: HTMLElement;
  readonly #tiles = new Map<string, Tile>();
  readonly #resizes = new ResizeObserver(() => this.#fit());
  readonly #chooseQuality: (producerId: string, label: string) => void;
  #contents: TileContent[] = [];
  // The tile that somebody made large; without one, the first shared screen is, unless it was made small.
  #pinned: string | null = null;
  #shrunk: string | null = null;

  /** @param hint shown while one is alone in the room */
  constructor(hint: HTMLElement, chooseQuality: (producerId: string, label: string) => void) {
    this.#hint = hint;
    this.#chooseQuality = chooseQuality;
    this.element = h('section', { class: 'stage', 'aria-label': 'Participants' }, this.#large, this.#grid, this.#hint);
    this.#resizes.observe(this.#grid);
  }

  close(): void {
    this.#resizes.disconnect();
    for (const tile of this.#tiles.values()) tile.close();
  }

  show(contents: TileContent[]): void {
    this.#contents = contents;
    const keys = new Set(contents.map(({ key }) => key));
    for (const key of [...this.#tiles.keys()]) if (!keys.has(key)) this.#close(key);
    if (this.#pinned !== null && !keys.has(this.#pinned)) this.#pinned = null;
    const large = this.#largeKey();
    for (const content of contents) this.#tile(content).show(content, content.key === large);
    this.#place(large);
  }

  measure(snapshot: Snapshot): void {
    for (const { key, peerId, isSelf, measured } of this.#contents)
      this.#tiles.get(key)?.measure(measured && latestFigures(snapshot, isSelf ? null : peerId, measured));
  }

  #close(key: string): void {
    this.#tiles.get(key)?.close();
    this.#tiles.delete(key);
  }

  #tile(content: TileContent): Tile {
    const known = this.#tiles.get(content.key);
    if (known) return known;
    const { key } = content;
    const tile = new Tile(content, {
      pin: () => this.#togglePin(key),
      chooseQuality: (label) => this.#choose(key, label),
    });
    this.#tiles.set(key, tile);
    return tile;
  }

  // A tile outlives its stream, which may have been made anew since the tile was.
  #choose(key: string, label: string): void {
    const stream = this.#contents.find((one) => one.key === key)?.stream;
    if (stream) this.#chooseQuality(stream.producerId, label);
  }

  #largeKey(): string | null {
    if (this.#pinned !== null) return this.#pinned;
    const screen = this.#contents.find(({ source }) => source === 'screen')?.key ?? null;
    return screen === this.#shrunk ? null : screen;
  }

  #togglePin(key: string): void {
    const wasLarge = this.#largeKey() === key;
    this.#pinned = wasLarge ? null : key;
    this.#shrunk = wasLarge ? key : null;
    this.show(this.#contents);
  }

  #place(large: string | null): void {
    const elementsOf = (key: string): HTMLElement[] =>
      [this.#tiles.get(key)?.element].filter((one) => one !== undefined);
    const isLarge = large !== null && this.#contents.length > 1;
    this.element.classList.toggle('stage-split', isLarge);
    this.#hint.hidden = this.#contents.length > 1;
    placeChildren(this.#large, isLarge && large ? elementsOf(large) : []);
    placeChildren(
      this.#grid,
      this.#contents.filter(({ key }) => !isLarge || key !== large).flatMap(({ key }) => elementsOf(key)),
    );
    this.#fit();
  }

  #fit(): void {
    const count = this.#grid.childElementCount;
    const area = { width: this.#grid.clientWidth, height: this.#grid.clientHeight };
    const shape = count === 1 ? kAloneShape : area.width < area.height ? kUprightShape : kWideShape;
    const tile = largestTile(count, area, shape);
    this.#grid.style.setProperty('--tile-width', `${tile.width}px`);
    this.#grid.style.setProperty('--tile-height', `${tile.height}px`);
  }
}
