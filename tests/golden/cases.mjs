// Cases for the differential test, from one seed: routers of mixed codecs, browsers with parts of their capabilities
// missing or in another order, and what mediasoup-client would make of the two. Browser fixtures were captured with
// mediasoup-client 3.24 in Debian's Chromium 156 and Firefox ESR.
import fs from 'node:fs';
import * as client from 'mediasoup-client/ortc';

// mulberry32: a run is named by its seed.
export class Random {
  #state;
  constructor(seed) { this.#state = seed >>> 0; }
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(n) { return Math.floor(this.next() * n); }
  chance(p) { return this.next() < p; }
  pick(list) { return list[this.below(list.length)]; }
  shuffled(list) {
    const out = [...list];
    for (let i = out.length - 1; i > 0; --i) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }
  some(list, p) { return list.filter(() => this.chance(p)); }
}

export const browsers = ['chromium', 'firefox'].map(name => ({
  name,
  ...JSON.parse(fs.readFileSync(new URL(`fixtures/${name}.json`, import.meta.url))),
}));

const h264 = (profile, mode, more = {}) => ({
  mimeType: 'video/H264', clockRate: 90000,
  parameters: { 'packetization-mode': mode, 'profile-level-id': profile, ...more },
});
const profiles = ['42e01f', '42001f', '42e034', '4d0032', '4d001f', '640032', '64001f', '640c1f', 'f4001f', '58801e'];

// Every codec that a router knows, in the forms that people configure, and some that it does not know.
const configurable = [
  { mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
  { mimeType: 'audio/OPUS', clockRate: 48000, channels: 2, parameters: { useinbandfec: 1, maxaveragebitrate: 64000 } },
  { mimeType: 'audio/multiopus', clockRate: 48000, channels: 4,
    parameters: { channel_mapping: '0,1,2,3', num_streams: 2, coupled_streams: 2 } },
  { mimeType: 'audio/multiopus', clockRate: 48000, channels: 6,
    parameters: { channel_mapping: '0,4,1,2,3,5', num_streams: 4, coupled_streams: 2 } },
  { mimeType: 'audio/PCMU', clockRate: 8000 },
  { mimeType: 'audio/PCMA', clockRate: 8000, preferredPayloadType: 8 },
  { mimeType: 'audio/G722', clockRate: 8000, channels: 1 },
  { mimeType: 'audio/ISAC', clockRate: 16000 },
  { mimeType: 'audio/CN', clockRate: 32000 },
  { mimeType: 'audio/telephone-event', clockRate: 8000 },
  { mimeType: 'video/VP8', clockRate: 90000 },
  { mimeType: 'video/vp8', clockRate: 90000, preferredPayloadType: 120, rtcpFeedback: [{ type: 'made-up' }] },
  { mimeType: 'video/VP8', clockRate: 90000, parameters: { 'x-google-start-bitrate': 1000 } },
  { mimeType: 'video/VP9', clockRate: 90000 },
  { mimeType: 'video/VP9', clockRate: 90000, parameters: { 'profile-id': 2 } },
  { mimeType: 'video/VP9', clockRate: 90000, parameters: { 'profile-id': 0, 'x-ratio': 0.5 } },
  { mimeType: 'video/AV1', clockRate: 90000 },
  { mimeType: 'video/H264', clockRate: 90000 },
  h264('42e01f', 1, { 'level-asymmetry-allowed': 1 }),
  h264('4d0032', 1, { 'level-asymmetry-allowed': 1 }),
  h264('42e00a', 0, { 'level-asymmetry-allowed': 0 }),
];
const refused = [
  { mimeType: 'audio/opus', clockRate: 48000 },  // one channel
  { mimeType: 'audio/multiopus', clockRate: 48000, channels: 6, parameters: { num_streams: 3, coupled_streams: 2 } },
  { mimeType: 'video/H265', clockRate: 90000 },
  { mimeType: 'video/VP8', clockRate: 8000 },
  { mimeType: 'video/AV1', clockRate: 90000, preferredPayloadType: 100 },  // often another codec's
  { mimeType: 'data/VP8', clockRate: 90000 },
  { mimeType: 'video/', clockRate: 90000 },
  { clockRate: 90000 },
  { mimeType: 'video/VP8' },
  { mimeType: 'video/VP8', clockRate: '90000' },
  { mimeType: 'video/VP8', clockRate: 90000, parameters: { apt: '96' } },
  { mimeType: 'video/VP8', clockRate: 90000, parameters: { flag: true } },
];

export function mediaCodecs(random) {
  let list = random.some(random.shuffled(configurable), 0.45);
  if (random.chance(0.3)) {  // more H264 than anybody configures
    list = list.concat(random.some(profiles, 0.5).map(p => h264(p, random.below(2), { 'level-asymmetry-allowed': random.below(2) })));
  }
  if (random.chance(0.1)) list.splice(random.below(list.length + 1), 0, random.pick(refused));
  if (random.chance(0.03)) list = Array.from({ length: 17 }, () => ({ mimeType: 'video/VP8', clockRate: 90000 }));
  return structuredClone(list);
}

// A browser with some of its codecs and extensions taken away or moved.
export function nativeCapabilities(random) {
  const browser = random.pick(browsers);
  const caps = structuredClone(random.chance(0.5) ? browser.nativeSend : browser.nativeRecv);
  if (random.chance(0.4)) caps.codecs = random.some(random.shuffled(caps.codecs), 0.8);
  if (random.chance(0.4)) caps.headerExtensions = random.some(random.shuffled(caps.headerExtensions), 0.7);
  for (const codec of caps.codecs) {
    if (codec.mimeType === 'video/H264' && random.chance(0.4)) {
      const profile = random.pick(profiles);
      codec.parameters = { 'packetization-mode': random.below(2), 'level-asymmetry-allowed': random.below(2) };
      if (random.chance(0.9)) codec.parameters['profile-level-id'] = profile;
    }
    if (random.chance(0.1)) codec.rtcpFeedback = random.some(random.shuffled(codec.rtcpFeedback), 0.6);
  }
  // Difference: we tell AV1's profiles apart, mediasoup does not (see the faults).
  caps.codecs = caps.codecs.filter(codec => !codec.parameters?.profile);
  if (random.chance(0.2)) {
    caps.codecs.push({ kind: 'audio', mimeType: 'audio/multiopus', preferredPayloadType: 35, clockRate: 48000, channels: 6,
      parameters: { channel_mapping: '0,4,1,2,3,5', num_streams: random.pick([4, 3]), coupled_streams: 2 }, rtcpFeedback: [] });
  }
  return caps;
}

const recvCapabilities = (native, router) =>
  client.getRecvRtpCapabilities(client.getExtendedRtpCapabilities(structuredClone(native), structuredClone(router), false));

// What a client announces when it joins or consumes.
export function remoteCapabilities(random, router) {
  const caps = recvCapabilities(nativeCapabilities(random), router);
  if (random.chance(0.1)) delete caps.headerExtensions;
  if (random.chance(0.1)) for (const codec of caps.codecs) delete codec.rtcpFeedback;
  if (random.chance(0.1)) for (const codec of caps.codecs) if (codec.channels === 1) delete codec.channels;
  if (random.chance(0.1)) caps.codecs = random.shuffled(caps.codecs);
  if (random.chance(0.1)) for (const codec of caps.codecs) codec.mimeType = codec.mimeType.toUpperCase();
  if (random.chance(0.05)) caps.codecs = [];
  return caps;
}

let nextSsrc = 1000;
function encodings(random, codec) {
  const single = () => (random.chance(0.8) ? { ssrc: ++nextSsrc, rtx: { ssrc: ++nextSsrc } } : { ssrc: ++nextSsrc });
  if (/^audio/i.test(codec.mimeType)) return random.chance(0.1) ? undefined : [random.chance(0.5) ? { ssrc: ++nextSsrc } : { ssrc: ++nextSsrc, dtx: true }];
  if (/vp9|av1/i.test(codec.mimeType) && random.chance(0.5)) return [{ ...single(), scalabilityMode: random.pick(['L3T3_KEY', 'L2T1', 'L1T3', 'S3T3', 'nonsense', '']), maxBitrate: 2000000 }];
  if (random.chance(0.4)) return [single()];
  if (random.chance(0.1)) return [];
  return Array.from({ length: 2 + random.below(3) }, (_, i) => ({
    ...(random.chance(0.8) ? { rid: `r${i}` } : { ssrc: ++nextSsrc, rtx: { ssrc: ++nextSsrc } }),
    scalabilityMode: random.pick(['L1T3', 'L1T1', 'L1T12']),
    active: true,
    scaleResolutionDownBy: 2 ** i,
    ...(random.chance(0.7) ? { maxBitrate: random.pick([0, 100000, 900000]) } : {}),
  }));
}

// What a client sends with `produce`; undefined if it has nothing in common with the router.
export function rtpParameters(random, kind, router) {
  const native = nativeCapabilities(random);
  const extended = client.getExtendedRtpCapabilities(native, structuredClone(router), false);
  const params = structuredClone(client.getSendingRtpParameters(kind, extended));
  if (params.codecs.length === 0) return undefined;
  // A router with one codec twice gives it twice, which the browser's SDP would not.
  params.codecs = [...new Map(params.codecs.map(codec => [codec.payloadType, codec])).values()];
  const wanted = random.pick(params.codecs.filter(codec => !/rtx$/i.test(codec.mimeType)));
  if (random.chance(0.8)) params.codecs = client.reduceCodecs(params.codecs, wanted);
  const media = params.codecs.find(codec => !/rtx$/i.test(codec.mimeType));
  if (random.chance(0.1)) params.codecs = random.shuffled(params.codecs);
  if (random.chance(0.05)) params.codecs = params.codecs.filter(codec => codec === media || !/rtx$/i.test(codec.mimeType));
  if (random.chance(0.1)) params.codecs.push({ mimeType: 'video/H265', payloadType: 20, clockRate: 90000 });
  if (random.chance(0.1)) delete media.rtcpFeedback;
  if (random.chance(0.1) && !/multiopus/i.test(media.mimeType)) delete media.parameters;
  if (random.chance(0.1) && media.channels === 1) delete media.channels;
  if (random.chance(0.1)) delete params.headerExtensions;
  if (random.chance(0.3)) params.headerExtensions?.push({ uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time', id: 15 });
  params.encodings = encodings(random, params.codecs.find(codec => !/rtx$/i.test(codec.mimeType)));
  params.mid = String(random.below(100));
  params.rtcp = random.chance(0.1) ? undefined : { cname: random.pick(['', 'a cname', '{6a3b}']), reducedSize: true };
  if (random.chance(0.8)) params.msid = random.pick(['stream track', '- track']);
  return params;
}
