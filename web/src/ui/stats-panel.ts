// The statistics: for each stream the bitrate, loss, resolution and round trip as live curves.

import type { Source } from '../protocol';
import type { Snapshot, StreamHistory } from '../stats-collector';
import { formatBitrate, formatFrameRate, formatLoss, formatResolution, formatRoundTrip, type Figures } from '../stats';
import { h, placeChildren } from './dom';
import { Plot } from './plot';

interface Quantity {
  name: string;
  className: string;
  read: (figures: Figures) => number;
  format: (figures: Figures) => string;
  floor: number;
  /** Sound has none. */
  isOfPicture: boolean;
}

const kQuantities: Quantity[] = [
  {
    name: 'Bitrate',
    className: 'plot-bitrate',
    read: ({ bitrate }) => bitrate,
    format: ({ bitrate }) => formatBitrate(bitrate),
    floor: 20_000,
    isOfPicture: false,
  },
  {
    name: 'Loss',
    className: 'plot-loss',
    read: ({ loss }) => loss ?? 0,
    format: ({ loss }) => formatLoss(loss),
    floor: 5,
    isOfPicture: false,
  },
  {
    name: 'Resolution',
    className: 'plot-resolution',
    read: ({ height }) => height,
    format: formatResolution,
    floor: 360,
    isOfPicture: true,
  },
  {
    name: 'Round trip',
    className: 'plot-rtt',
    read: ({ roundTrip }) => roundTrip ?? 0,
    format: ({ roundTrip }) => formatRoundTrip(roundTrip),
    floor: 50,
    isOfPicture: false,
  },
];
const kSourceNames: Record<Source, string> = { microphone: 'voice', camera: 'camera', screen: 'screen' };

export class StatsPanel {
  readonly #path = h('p', { class: 'stats-path' }, 'Measuring …');
  readonly #list = h('div', { class: 'stats-list' });
  readonly element = h('div', { class: 'stats' }, this.#path, this.#list);
  readonly #cards = new Map<string, Card>();

  show(snapshot: Snapshot, nameOf: (peerId: string) => string): void {
    this.#path.textContent = pathText(snapshot);
    const ids = new Set(snapshot.streams.map(({ id }) => id));
    for (const id of [...this.#cards.keys()]) if (!ids.has(id)) this.#cards.delete(id);
    const cards = snapshot.streams.map((stream) => {
      const card = this.#cards.get(stream.id) ?? new Card(stream);
      this.#cards.set(stream.id, card);
      card.show(stream, stream.peerId === null ? 'You' : nameOf(stream.peerId));
      return card.element;
    });
    placeChildren(this.#list, cards);
  }
}

class Card {
  readonly element: HTMLElement;
  readonly #title = h('span', { class: 'stats-title' });
  readonly #detail = h('span', { class: 'stats-detail' });
  readonly #rows: { quantity: Quantity; plot: Plot; value: HTMLElement }[];

  constructor({ id, direction, source, peerId }: StreamHistory) {
    const arrow = h(
      'span',
      {
        class: `stats-arrow stats-${direction}`,
        role: 'img',
        'aria-label': direction === 'send' ? 'sent' : 'received',
      },
      direction === 'send' ? '↑' : '↓',
    );
    this.#rows = kQuantities
      .filter(({ isOfPicture }) => !isOfPicture || source !== 'microphone')
      .map((quantity) => ({ quantity, plot: new Plot(), value: h('span', { class: 'stats-value' }) }));
    const head = h('header', { class: 'stats-head' }, arrow, this.#title, this.#detail);
    const rows = this.#rows.map(({ quantity, plot, value }) => {
      const cell = h(
        'div',
        { class: `stats-quantity ${quantity.className}` },
        h('span', { class: 'stats-name' }, quantity.name),
        value,
      );
      cell.append(plot.element);
      return cell;
    });
    this.element = h(
      'article',
      {
        class: 'stats-card',
        'data-testid': 'stats-stream',
        'data-producer-id': id,
        'data-direction': direction,
        'data-source': source,
        'data-peer-id': peerId,
      },
      head,
      h('div', { class: 'stats-quantities' }, ...rows),
    );
  }

  show({ figures, source }: StreamHistory, name: string): void {
    const last = figures.at(-1);
    this.#title.textContent = `${name} · ${kSourceNames[source]}`;
    this.#detail.textContent = last ? detailText(last, source) : '';
    for (const { quantity, plot, value } of this.#rows) {
      value.textContent = last ? quantity.format(last) : '–';
      plot.show(figures.map(quantity.read), quantity.floor);
    }
  }
}

function detailText(figures: Figures, source: Source): string {
  const rate = source === 'microphone' ? '' : formatFrameRate(figures);
  return [rate, figures.codec].filter((text) => text !== '').join(' · ');
}

function pathText({ protocol, roundTrip, streams }: Snapshot): string {
  if (streams.length === 0) return 'Nothing is sent or received yet.';
  if (roundTrip === null) return 'No media has got through yet.';
  return `Media over ${protocol.toUpperCase()}, ${formatRoundTrip(roundTrip)} to the server and back. The curves show the last minute.`;
}
