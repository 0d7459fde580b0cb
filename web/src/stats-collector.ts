// Asks the transports for their statistics every second and keeps the last minute of every stream.

import type { Transport } from 'mediasoup-client/types';
import type { SessionStreams } from './media';
import type { Source } from './protocol';
import { between, readInbound, readOutbound, readPath, type Counters, type Figures, type RawReport } from './stats';

const kPeriodMs = 1_000;
export const kHistory = 60;

/** One stream with its last minute, the newest figures last. */
export interface StreamHistory {
  /** Producer id. */
  id: string;
  direction: 'send' | 'recv';
  /** Null for our own streams. */
  peerId: string | null;
  source: Source;
  figures: Figures[];
}

export interface Snapshot {
  streams: StreamHistory[];
  protocol: string;
  /** Milliseconds; null when unknown. */
  roundTrip: number | null;
}

/** The newest figures of a source of a peer, null for ourselves; null before there are any. */
export function latestFigures({ streams }: Snapshot, peerId: string | null, source: Source): Figures | null {
  return streams.find((stream) => stream.peerId === peerId && stream.source === source)?.figures.at(-1) ?? null;
}

type Described = Omit<StreamHistory, 'figures'> & { counters: Counters | null };

export class StatsCollector {
  readonly #streams: () => SessionStreams | null;
  readonly #publish: (snapshot: Snapshot) => void;
  readonly #last = new Map<string, Counters>();
  readonly #histories = new Map<string, StreamHistory>();
  readonly #timer = setInterval(() => void this.#collect(), kPeriodMs);

  constructor(streams: () => SessionStreams | null, publish: (snapshot: Snapshot) => void) {
    this.#streams = streams;
    this.#publish = publish;
    void this.#collect();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #collect(): Promise<void> {
    const streams = this.#streams();
    const reports = await Promise.all((streams?.transports ?? []).map(report));
    const described = streams ? describe(streams, reports) : [];
    for (const stream of described) this.#remember(stream);
    this.#forgetAllBut(new Set(described.map(({ id }) => id)));
    const paths = reports.map(readPath);
    const path = paths.find(({ roundTrip }) => roundTrip !== null) ?? paths[0];
    this.#publish({
      streams: described.flatMap(({ id }) => this.#histories.get(id) ?? []),
      protocol: path?.protocol ?? '',
      roundTrip: path?.roundTrip == null ? null : path.roundTrip * 1000,
    });
  }

  #remember({ counters, ...stream }: Described): void {
    const history = this.#histories.get(stream.id) ?? { ...stream, figures: [] };
    this.#histories.set(stream.id, history);
    if (!counters) return;
    const before = this.#last.get(stream.id);
    this.#last.set(stream.id, counters);
    const figures = before && between(before, counters);
    if (figures) history.figures = [...history.figures, figures].slice(-kHistory);
  }

  #forgetAllBut(present: Set<string>): void {
    for (const id of [...this.#histories.keys()]) {
      if (present.has(id)) continue;
      this.#histories.delete(id);
      this.#last.delete(id);
    }
  }
}

// A transport that closes meanwhile has nothing to say.
async function report(transport: Transport): Promise<RawReport> {
  try {
    return (await transport.getStats()) as unknown as RawReport;
  } catch {
    return new Map();
  }
}

function describe({ producers, consumers }: SessionStreams, reports: RawReport[]): Described[] {
  const sent = [...producers].map(([source, producer]): Described => {
    const counters = firstOf(reports, (report) => readOutbound(report, producer.rtpParameters.mid ?? ''));
    return { id: producer.id, direction: 'send', peerId: null, source, counters };
  });
  const received = [...consumers].map(([id, { consumer, peerId, source }]): Described => {
    const ssrc = consumer.rtpParameters.encodings?.[0]?.ssrc ?? 0;
    return { id, direction: 'recv', peerId, source, counters: firstOf(reports, (report) => readInbound(report, ssrc)) };
  });
  return [...sent, ...received];
}

function firstOf(reports: RawReport[], read: (report: RawReport) => Counters | null): Counters | null {
  for (const entry of reports) {
    const counters = read(entry);
    if (counters) return counters;
  }
  return null;
}
