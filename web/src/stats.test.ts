import { describe, expect, it } from 'vitest';
import {
  between,
  formatBitrate,
  formatFrameRate,
  formatLoss,
  formatResolution,
  formatRoundTrip,
  readInbound,
  readOutbound,
  readPath,
  type Counters,
  type RawReport,
  type RawStats,
} from './stats';

function reportOf(...entries: (Partial<RawStats> & { id: string; type: string })[]): RawReport {
  return new Map(entries.map((entry) => [entry.id, { timestamp: 1_000, ...entry }]));
}

function counters(values: Partial<Counters>): Counters {
  const none = { at: 0, bytes: 0, packets: 0, lost: null, frames: 0, reportedLoss: null };
  return { ...none, width: 0, height: 0, roundTrip: null, codec: 'VP8', ...values };
}

const kSimulcast = reportOf(
  { id: 'codec', type: 'codec', mimeType: 'video/VP8' },
  {
    id: 'o0',
    type: 'outbound-rtp',
    mid: '1',
    bytesSent: 1_000,
    packetsSent: 10,
    framesEncoded: 30,
    frameWidth: 320,
    frameHeight: 180,
    codecId: 'codec',
  },
  {
    id: 'o1',
    type: 'outbound-rtp',
    mid: '1',
    bytesSent: 9_000,
    packetsSent: 20,
    framesEncoded: 28,
    frameWidth: 1280,
    frameHeight: 720,
    codecId: 'codec',
  },
  { id: 'other', type: 'outbound-rtp', mid: '0', bytesSent: 77, packetsSent: 7 },
  { id: 'r0', type: 'remote-inbound-rtp', localId: 'o0', fractionLost: 0, roundTripTime: 0.02 },
  { id: 'r1', type: 'remote-inbound-rtp', localId: 'o1', fractionLost: 0.25, roundTripTime: 0.03 },
  { id: 'r2', type: 'remote-inbound-rtp', localId: 'other', fractionLost: 0.9, roundTripTime: 9 },
);

describe('readOutbound', () => {
  it('sums the layers of its MID and shows the largest picture', () => {
    expect(readOutbound(kSimulcast, '1')).toMatchObject({
      bytes: 10_000,
      packets: 30,
      frames: 30,
      width: 1280,
      height: 720,
      codec: 'VP8',
    });
  });

  it('takes the worst loss and round trip of its layers only', () => {
    expect(readOutbound(kSimulcast, '1')).toMatchObject({ reportedLoss: 0.25, roundTrip: 0.03 });
  });

  it('finds nothing for an unknown MID', () => {
    expect(readOutbound(kSimulcast, '2')).toBeNull();
  });
});

describe('readInbound', () => {
  const report = reportOf(
    { id: 'transport', type: 'transport', selectedCandidatePairId: 'pair2' },
    { id: 'pair1', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.5 },
    { id: 'pair2', type: 'candidate-pair', currentRoundTripTime: 0.004, localCandidateId: 'local' },
    { id: 'local', type: 'local-candidate', protocol: 'tcp' },
    {
      id: 'in',
      type: 'inbound-rtp',
      ssrc: 42,
      bytesReceived: 500,
      packetsReceived: 5,
      packetsLost: 1,
      framesDecoded: 3,
    },
    { id: 'probator', type: 'inbound-rtp', ssrc: 1234, bytesReceived: 9 },
  );

  it('is found by SSRC, with the round trip of the selected path', () => {
    expect(readInbound(report, 42)).toMatchObject({ bytes: 500, packets: 5, lost: 1, frames: 3, roundTrip: 0.004 });
    expect(readInbound(report, 43)).toBeNull();
  });

  it('goes over the selected path', () => {
    expect(readPath(report)).toEqual({ roundTrip: 0.004, protocol: 'tcp' });
  });

  it('goes over the nominated path where a browser names none as selected', () => {
    const [, ...rest] = report.values();
    expect(readPath(reportOf(...rest)).roundTrip).toBe(0.5);
    expect(readPath(reportOf())).toEqual({ roundTrip: null, protocol: '' });
  });
});

describe('between two moments', () => {
  it('bytes become bit/s over the time that has really passed', () => {
    expect(between(counters({ at: 1_000 }), counters({ at: 3_000, bytes: 100_000 }))?.bitrate).toBe(400_000);
  });

  it('loss is the share of what should have arrived', () => {
    const before = counters({ lost: 10, packets: 1_000 });
    expect(between(before, counters({ at: 1_000, lost: 15, packets: 1_095 }))?.loss).toBe(5);
    expect(between(before, counters({ at: 1_000, lost: 10, packets: 1_000 }))?.loss).toBe(0);
  });

  it('loss that is taken back does not go below zero', () => {
    expect(between(counters({ lost: 10 }), counters({ at: 1_000, lost: 4, packets: 50 }))?.loss).toBe(0);
  });

  it('a sender has the loss that its receiver reported', () => {
    expect(between(counters({}), counters({ at: 1_000, reportedLoss: 0.25 }))?.loss).toBe(25);
    expect(between(counters({}), counters({ at: 1_000 }))?.loss).toBeNull();
  });

  it('nothing is said when no time has passed or the counters began anew', () => {
    expect(between(counters({ at: 5 }), counters({ at: 5 }))).toBeNull();
    expect(between(counters({ bytes: 10 }), counters({ at: 1_000, bytes: 9 }))).toBeNull();
  });

  it('frames become frames a second, seconds become milliseconds', () => {
    const figures = between(counters({ frames: 10 }), counters({ at: 2_000, frames: 70, roundTrip: 0.012 }));
    expect(figures).toMatchObject({ framesPerSecond: 30, roundTrip: 12 });
  });
});

describe('figures in words', () => {
  it('use units that keep numbers short', () => {
    expect([formatBitrate(0), formatBitrate(48_400), formatBitrate(1_730_000)]).toEqual([
      '0 kbit/s',
      '48 kbit/s',
      '1.7 Mbit/s',
    ]);
    expect([formatLoss(null), formatLoss(0), formatLoss(0.25), formatLoss(12.4)]).toEqual([
      '–',
      '0 %',
      '0.3 %',
      '12 %',
    ]);
    expect([formatRoundTrip(null), formatRoundTrip(0.42), formatRoundTrip(104.6)]).toEqual(['–', '0.4 ms', '105 ms']);
  });

  it('name the picture or its absence', () => {
    const figures = {
      bitrate: 0,
      loss: null,
      roundTrip: null,
      framesPerSecond: 29.7,
      width: 640,
      height: 360,
      codec: 'VP8',
    };
    expect(formatResolution(figures)).toBe('640×360');
    expect(formatFrameRate(figures)).toBe('30 fps');
    expect(formatResolution({ ...figures, width: 0 })).toBe('–');
    expect(formatFrameRate({ ...figures, width: 0 })).toBe('no picture');
  });
});
