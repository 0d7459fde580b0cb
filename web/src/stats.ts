// From the browser's raw WebRTC counters to figures per stream and second. Pure: reports in, figures out.

import type { MediaKind } from 'mediasoup-client/types';

/** The counters of one stream at one moment; the layers of a simulcast stream are summed up. */
export interface Counters {
  /** Milliseconds, by the clock of the report. */
  at: number;
  bytes: number;
  packets: number;
  /** Receiving: cumulative. Null when sending. */
  lost: number | null;
  frames: number;
  /** Sending: the share lost as the receiver last reported it, 0 to 1. Null when receiving or unknown. */
  reportedLoss: number | null;
  width: number;
  height: number;
  /** Seconds; null when unknown. */
  roundTrip: number | null;
  codec: string;
}

/** What a stream did between two moments. */
export interface Figures {
  /** bit/s */
  bitrate: number;
  /** Percent; null when unknown. */
  loss: number | null;
  /** Milliseconds; null when unknown. */
  roundTrip: number | null;
  framesPerSecond: number;
  width: number;
  height: number;
  codec: string;
}

/** The raw entries of a report, as far as they are used here. */
export interface RawStats {
  id: string;
  type: string;
  timestamp: number;
  ssrc?: number;
  mid?: string;
  kind?: MediaKind;
  bytesSent?: number;
  bytesReceived?: number;
  packetsSent?: number;
  packetsReceived?: number;
  packetsLost?: number;
  framesEncoded?: number;
  framesDecoded?: number;
  frameWidth?: number;
  frameHeight?: number;
  codecId?: string;
  mimeType?: string;
  localId?: string;
  fractionLost?: number;
  roundTripTime?: number;
  currentRoundTripTime?: number;
  nominated?: boolean;
  state?: string;
  selectedCandidatePairId?: string;
  localCandidateId?: string;
  protocol?: string;
}

export type RawReport = ReadonlyMap<string, RawStats>;

/** The path that media takes. */
export interface Path {
  /** Seconds; null when unknown. */
  roundTrip: number | null;
  /** "udp" or "tcp"; empty when unknown. */
  protocol: string;
}

export function readPath(report: RawReport): Path {
  const entries = [...report.values()];
  const transport = entries.find(({ type }) => type === 'transport');
  const selected = report.get(transport?.selectedCandidatePairId ?? '');
  const pair =
    selected ??
    entries.find((entry) => entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded');
  const local = report.get(pair?.localCandidateId ?? '');
  return { roundTrip: pair?.currentRoundTripTime ?? null, protocol: local?.protocol ?? '' };
}

/** What is received with this SSRC; null when the report has no such stream. */
export function readInbound(report: RawReport, ssrc: number): Counters | null {
  for (const entry of report.values()) {
    if (entry.type !== 'inbound-rtp' || entry.ssrc !== ssrc) continue;
    return {
      at: entry.timestamp,
      bytes: entry.bytesReceived ?? 0,
      packets: entry.packetsReceived ?? 0,
      lost: entry.packetsLost ?? 0,
      frames: entry.framesDecoded ?? 0,
      reportedLoss: null,
      width: entry.frameWidth ?? 0,
      height: entry.frameHeight ?? 0,
      roundTrip: readPath(report).roundTrip,
      codec: codecName(report, entry),
    };
  }
  return null;
}

/** What is sent with this MID, all layers together; null when the report has no such stream. */
export function readOutbound(report: RawReport, mid: string): Counters | null {
  const layers = [...report.values()].filter((entry) => entry.type === 'outbound-rtp' && entry.mid === mid);
  const [first] = layers;
  if (!first) return null;
  const ids = new Set(layers.map(({ id }) => id));
  const feedback = [...report.values()].filter(
    (entry) => entry.type === 'remote-inbound-rtp' && ids.has(entry.localId ?? ''),
  );
  const largest = layers.reduce(
    (best, layer) => ((layer.frameWidth ?? 0) > (best.frameWidth ?? 0) ? layer : best),
    first,
  );
  return {
    at: first.timestamp,
    bytes: sum(layers.map((layer) => layer.bytesSent)),
    packets: sum(layers.map((layer) => layer.packetsSent)),
    lost: null,
    frames: Math.max(...layers.map((layer) => layer.framesEncoded ?? 0)),
    reportedLoss: greatest(feedback.map((entry) => entry.fractionLost)),
    width: largest.frameWidth ?? 0,
    height: largest.frameHeight ?? 0,
    roundTrip: greatest(feedback.map((entry) => entry.roundTripTime)) ?? readPath(report).roundTrip,
    codec: codecName(report, first),
  };
}

/** The figures between two moments; null when no time has passed or the counters began anew. */
export function between(before: Counters, now: Counters): Figures | null {
  const seconds = (now.at - before.at) / 1000;
  if (seconds <= 0 || now.bytes < before.bytes || now.packets < before.packets) return null;
  return {
    bitrate: ((now.bytes - before.bytes) * 8) / seconds,
    loss: lossPercent(before, now),
    roundTrip: now.roundTrip === null ? null : now.roundTrip * 1000,
    framesPerSecond: Math.max(0, now.frames - before.frames) / seconds,
    width: now.width,
    height: now.height,
    codec: now.codec,
  };
}

function lossPercent(before: Counters, now: Counters): number | null {
  if (now.lost === null || before.lost === null) return now.reportedLoss === null ? null : now.reportedLoss * 100;
  // Late packets and retransmissions take back what was counted as lost before.
  const lost = Math.max(0, now.lost - before.lost);
  const expected = lost + now.packets - before.packets;
  return expected > 0 ? (lost / expected) * 100 : 0;
}

function codecName(report: RawReport, entry: RawStats): string {
  return report.get(entry.codecId ?? '')?.mimeType?.split('/')[1] ?? '';
}

function sum(values: (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

function greatest(values: (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.max(...known) : null;
}

export function formatBitrate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e6) return `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

export function formatLoss(percent: number | null): string {
  if (percent === null) return '–';
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

export function formatRoundTrip(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

export function formatResolution({ width, height }: Figures): string {
  return width > 0 ? `${width}×${height}` : '–';
}

export function formatFrameRate({ width, framesPerSecond }: Figures): string {
  return width > 0 ? `${Math.round(framesPerSecond)} fps` : 'no picture';
}
