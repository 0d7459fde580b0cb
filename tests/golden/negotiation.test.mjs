// Our negotiation against mediasoup's (mediasoup/ortc) and mediasoup-client's. Driven by ctest (golden.negotiation) with
// ORTC_CLI naming the program built from ortc_cli.cc. Known differences are listed where they are allowed; everything
// else must be the same JSON, or a refusal on both sides.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as mediasoup from 'mediasoup/ortc';
import * as client from 'mediasoup-client/ortc';
import { Random, browsers, mediaCodecs, remoteCapabilities, rtpParameters } from './cases.mjs';

const kSeed = 20240817;
const kRouters = 60;
const kProducersPerRouter = 6;
const kConsumersPerProducer = 2;

function ours(requests) {
  const { stdout, status, stderr } = spawnSync(process.env.ORTC_CLI, {
    input: requests.map(request => JSON.stringify(request) + '\n').join(''), maxBuffer: 1 << 28, encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const answers = stdout.trimEnd().split('\n').map(line => JSON.parse(line));
  assert.equal(answers.length, requests.length);
  return answers;
}

function attempt(run) {
  try {
    return { ok: JSON.parse(JSON.stringify(run())) };
  } catch (error) {
    return { error: error.message };
  }
}

// Both refuse, or both give the same.
function same(request, answer, expected) {
  if (expected.error !== undefined) {
    assert.ok(answer.error, `mediasoup refuses (${expected.error}), we do not: ${JSON.stringify(request)}`);
  } else {
    assert.ok(answer.ok !== undefined, `we refuse (${answer.error}), mediasoup does not: ${JSON.stringify(request)}`);
    assert.deepEqual(answer.ok, expected.ok, JSON.stringify(request));
  }
}

// Difference: mediasoup's own packet-id extension, which no browser knows, is not ours.
const withoutPacketId = params => ({
  ...params, headerExtensions: params.headerExtensions.filter(({ uri }) => uri !== 'urn:mediasoup:params:rtp-hdrext:packet-id'),
});
// Difference: what an encoding carries for the browser's own encoder is not kept.
const knownEncoding = ({ active, scaleResolutionDownBy, ...rest }) => rest;
const withKnownEncodings = params => ({ ...params, encodings: params.encodings.map(knownEncoding) });

// Difference: the dependency descriptor goes on to the consumers of AV1 if its producer sends it, and to no others
// (docs/decisions/0007).
const isDescriptor = ({ uri }) => uri.endsWith('#dependency-descriptor-rtp-header-extension');
const withSentDescriptor = params => ({
  ...params, headerExtensions: params.headerExtensions.map(each => isDescriptor(each) ? { ...each, direction: 'sendrecv' } : each),
});
const withDescriptorOfAv1 = (consumable, produced) => {
  const goesOn = /^video\/av1$/i.test(produced.codecs[0]?.mimeType) && produced.headerExtensions.some(isDescriptor);
  return { ...consumable, headerExtensions: consumable.headerExtensions.filter(each => goesOn || !isDescriptor(each)) };
};

const routerOf = codecs => withSentDescriptor(withoutPacketId(mediasoup.generateRouterRtpCapabilities(structuredClone(codecs))));

// As mediasoup's transport does it around its ortc functions.
function produce(kind, params, router) {
  const rtpParameters = structuredClone(params);
  mediasoup.validateAndNormalizeRtpParameters(rtpParameters);
  if (rtpParameters.encodings.length === 0) rtpParameters.encodings = [{}];
  const mapping = mediasoup.getProducerRtpParametersMapping(rtpParameters, router);
  const consumable = mediasoup.getConsumableRtpParameters(kind, rtpParameters, router, mapping);
  const ours = withDescriptorOfAv1(withKnownEncodings(consumable), rtpParameters);
  return { rtpParameters: withKnownEncodings(rtpParameters), mapping, consumable: ours };
}

function consume(kind, consumable, remote) {
  const remoteRtpCapabilities = structuredClone(remote);
  if (!mediasoup.canConsume(consumable, remoteRtpCapabilities)) throw new Error('cannot consume');
  return mediasoup.getConsumerRtpParameters({
    consumableRtpParameters: consumable, remoteRtpCapabilities, pipe: false, enableRtx: kind === 'video',
  });
}

const produceRequest = (kind, params, router, expected) => ({
  op: 'produce', kind, rtpParameters: params, router, ssrc: expected.ok?.mapping.encodings[0].mappedSsrc ?? 1,
});
const consumeRequest = (kind, consumable, remote, expected) => ({
  op: 'consume', kind, consumable, rtpCapabilities: remote, ssrc: expected.ok?.encodings[0].ssrc ?? 1, mid: '7',
});
const withMid = expected => (expected.ok ? { ok: { ...expected.ok, mid: '7' } } : expected);

test('routers have the capabilities of mediasoup', () => {
  const random = new Random(kSeed);
  const cases = Array.from({ length: 300 }, () => mediaCodecs(random));
  const answers = ours(cases.map(codecs => ({ op: 'router', mediaCodecs: { codecs } })));
  let refusals = 0;
  cases.forEach((codecs, i) => {
    const expected = attempt(() => routerOf(codecs));
    if (expected.error) ++refusals;
    same(codecs, answers[i], expected);
  });
  assert.ok(refusals > 10 && refusals < 200, `a fair share is refused: ${refusals}`);
});

test('producers and consumers negotiate as with mediasoup', () => {
  const random = new Random(kSeed + 1);
  const cases = [];
  const counts = { produced: 0, unproducible: 0, consumed: 0, unconsumable: 0, simulcast: 0, rtx: 0 };
  for (let r = 0; r < kRouters; ++r) {
    const made = attempt(() => routerOf(mediaCodecs(random)));
    if (made.error) continue;
    const router = made.ok;
    for (let p = 0; p < kProducersPerRouter; ++p) {
      const kind = random.pick(['audio', 'video', 'video']);
      const params = rtpParameters(random, kind, router);
      if (params === undefined) continue;
      // Difference: a codec of the other kind is refused.
      if (kind === 'audio') params.codecs = params.codecs.filter(codec => /^audio/i.test(codec.mimeType));
      const producer = attempt(() => produce(kind, params, router));
      cases.push({ request: produceRequest(kind, params, router, producer), expected: producer });
      ++counts[producer.ok ? 'produced' : 'unproducible'];
      if (!producer.ok) continue;
      if (params.encodings?.length > 1) ++counts.simulcast;
      for (let c = 0; c < kConsumersPerProducer; ++c) {
        const remote = remoteCapabilities(random, router);
        const { consumable } = producer.ok;
        const consumer = attempt(() => consume(kind, consumable, remote));
        cases.push({ request: consumeRequest(kind, consumable, remote, consumer), expected: withMid(consumer) });
        ++counts[consumer.ok ? 'consumed' : 'unconsumable'];
        if (consumer.ok?.encodings[0].rtx) ++counts.rtx;
      }
    }
  }
  const answers = ours(cases.map(({ request }) => request));
  cases.forEach(({ request, expected }, i) => same(request, answers[i], expected));
  for (const [what, count] of Object.entries(counts)) assert.ok(count >= 10, `enough cases of "${what}": ${count}`);
});

const [{ ok: defaultRouter }] = ours([{ op: 'defaultRouter' }]);

test('the default router is what mediasoup makes of the same codecs', () => {
  const h264 = profile => ({ mimeType: 'video/H264', clockRate: 90000,
    parameters: { 'packetization-mode': 1, 'profile-level-id': profile, 'level-asymmetry-allowed': 1 } });
  assert.deepEqual(defaultRouter, routerOf([
    { mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
    { mimeType: 'video/VP8', clockRate: 90000 },
    { mimeType: 'video/VP9', clockRate: 90000, parameters: { 'profile-id': 0 } },
    { mimeType: 'video/VP9', clockRate: 90000, parameters: { 'profile-id': 2 } },
    h264('42e01f'), h264('4d0032'),
    { mimeType: 'video/AV1', clockRate: 90000 },
  ]));
});

test('browsers produce, and mediasoup-client in each browser accepts what we let it consume', () => {
  const produced = browsers.flatMap(browser => browser.produce.map(entry => ({ ...entry, browser })));
  const producers = ours(produced.map(({ kind, rtpParameters: params }) =>
    produceRequest(kind, params, defaultRouter, attempt(() => produce(kind, params, defaultRouter)))));
  const requests = produced.flatMap(({ kind }, i) => {
    assert.ok(producers[i].ok, `${produced[i].browser.name} ${produced[i].scenario}: ${producers[i].error}`);
    return browsers.map(browser => consumeRequest(kind, producers[i].ok.consumable, browser.device, {}));
  });
  const consumers = ours(requests);
  let received = 0;
  requests.forEach((request, i) => {
    const expected = attempt(() => consume(request.kind, request.consumable, request.rtpCapabilities));
    if (expected.ok) expected.ok.encodings[0].ssrc = 1;
    if (expected.ok?.encodings[0].rtx) expected.ok.encodings[0].rtx.ssrc = 2;
    same(request, consumers[i], withMid(expected));
    if (!consumers[i].ok) return;
    ++received;
    assert.ok(client.canReceive(structuredClone(consumers[i].ok), request.rtpCapabilities));
    if (request.kind === 'video') client.generateProbatorRtpParameters(consumers[i].ok);
  });
  assert.ok(received >= 20, `browsers can consume most: ${received}`);
});

test('mediasoup-client loads the router into each browser and may send and receive', () => {
  for (const { name, nativeSend, nativeRecv, device } of browsers) {
    const router = structuredClone(defaultRouter);
    client.validateAndNormalizeRtpCapabilities(router);
    const send = client.getSendRtpCapabilities(client.getExtendedRtpCapabilities(structuredClone(nativeSend), structuredClone(router), false));
    const recv = client.getRecvRtpCapabilities(client.getExtendedRtpCapabilities(structuredClone(nativeRecv), router, false));
    assert.ok(client.canSend('audio', send) && client.canSend('video', send), name);
    assert.deepEqual(JSON.parse(JSON.stringify(recv)), device, name);
  }
});

test('capabilities and parameters of browsers are validated to the same', () => {
  const requests = browsers.flatMap(({ nativeSend, nativeRecv, device, produce: produced }) => [
    ...[nativeSend, nativeRecv, device, {}, { codecs: [] }].map(rtpCapabilities => ({ op: 'validateCapabilities', rtpCapabilities })),
    ...produced.map(({ rtpParameters: params }) => ({ op: 'validateParameters', rtpParameters: params })),
  ]);
  const answers = ours(requests);
  requests.forEach((request, i) => {
    const { op, ...rest } = request;
    const value = structuredClone(Object.values(rest)[0]);
    same(request, answers[i], attempt(() => {
      if (op === 'validateCapabilities') {
        mediasoup.validateAndNormalizeRtpCapabilities(value);
        return value;
      }
      mediasoup.validateAndNormalizeRtpParameters(value);
      return withKnownEncodings(value);
    }));
  });
});

test('dtlsParameters of browsers come back as they were', () => {
  const requests = browsers.map(({ dtlsParameters }) => ({ op: 'dtls', dtlsParameters }));
  ours(requests).forEach((answer, i) => assert.deepEqual(answer.ok, requests[i].dtlsParameters));
});

// What is wrong with a produce, and which field our refusal names. `mediasoup`: whether its ortc refuses too; where not, its
// worker does (W), or it lets pass what breaks it later (P), or it silently takes a default for a wrong type (D).
const video = browsers[0].produce.find(({ scenario }) => scenario === 'video default').rtpParameters;
const faults = [
  ['a wrong type of mid', true, 'mid', p => { p.mid = 5; }],
  ['no codecs', true, 'codecs', p => { delete p.codecs; }],
  ['codecs that are no array', true, 'codecs', p => { p.codecs = {}; }],
  ['a codec that is no object', true, 'codecs[0]', p => { p.codecs[0] = 'VP8'; }],
  ['no mimeType', true, 'codecs[0].mimeType', p => { delete p.codecs[0].mimeType; }],
  ['an odd mimeType', true, 'codecs[0].mimeType', p => { p.codecs[0].mimeType = 'text/VP8'; }],
  ['no payloadType', true, 'codecs[0].payloadType', p => { delete p.codecs[0].payloadType; }],
  ['a textual payloadType', true, 'codecs[0].payloadType', p => { p.codecs[0].payloadType = '96'; }],
  ['no clockRate', true, 'codecs[0].clockRate', p => { delete p.codecs[0].clockRate; }],
  ['a parameter that is true', true, 'codecs[0].parameters.x', p => { p.codecs[0].parameters = { x: true }; }],
  ['a textual apt', true, 'codecs[1].parameters.apt', p => { p.codecs[1].parameters.apt = '96'; }],
  ['RTX for nothing', true, 'codecs[1].parameters.apt', p => { p.codecs[1].parameters.apt = 99; }],
  ['a feedback without type', true, 'codecs[0].rtcpFeedback[1].type', p => { delete p.codecs[0].rtcpFeedback[1].type; }],
  ['extensions that are no array', true, 'headerExtensions', p => { p.headerExtensions = 'none'; }],
  ['an extension without uri', true, 'headerExtensions[2].uri', p => { delete p.headerExtensions[2].uri; }],
  ['an extension without id', true, 'headerExtensions[2].id', p => { delete p.headerExtensions[2].id; }],
  ['a textual encrypt', true, 'headerExtensions[0].encrypt', p => { p.headerExtensions[0].encrypt = 'yes'; }],
  ['encodings that are no array', true, 'encodings', p => { p.encodings = 3; }],
  ['a textual ssrc', true, 'encodings[0].ssrc', p => { p.encodings[0].ssrc = 'abc'; }],
  ['a numeric rid', true, 'encodings[0].rid', p => { p.encodings[0].rid = 1; }],
  ['rtx that is no object', true, 'encodings[0].rtx', p => { p.encodings[0].rtx = 5; }],
  ['rtx without ssrc', true, 'encodings[0].rtx.ssrc', p => { p.encodings[0].rtx = {}; }],
  ['a numeric scalabilityMode', true, 'encodings[0].scalabilityMode', p => { p.encodings[0].scalabilityMode = 3; }],
  ['rtcp that is no object', true, 'rtcp', p => { p.rtcp = 'x'; }],
  ['a numeric cname', true, 'rtcp.cname', p => { p.rtcp.cname = 7; }],
  ['a numeric msid', true, 'msid', p => { p.msid = 7; }],
  ['a codec that the router has not', true, 'codecs[0]', p => { p.codecs[0].mimeType = 'video/H265'; }],
  ['another clock rate', true, 'codecs[0]', p => { p.codecs[0].clockRate = 48000; }],
  ['no codec at all', 'W', 'codecs', p => { p.codecs = []; }],
  ['two codecs of one payload type', 'W', 'codecs[2].payloadType', p => { p.codecs.push({ ...p.codecs[0] }); }],
  ['extension id 0', 'W', 'headerExtensions[0].id', p => { p.headerExtensions[0].id = 0; }],
  ['an unknown codecPayloadType', 'W', 'encodings[0].codecPayloadType', p => { p.encodings[0].codecPayloadType = 3; }],
  ['a stream with no name', 'W', 'encodings[0]', p => { p.encodings = [{}]; delete p.mid; }],
  ['streams with no name', 'W', 'encodings[0]', p => { p.encodings = [{}, {}]; }],
  ['one SSRC twice', 'W', 'encodings[1].ssrc', p => { p.encodings = [{ ssrc: 5 }, { ssrc: 5 }]; }],
  ['an SSRC that is its own RTX', 'W', 'encodings[0].rtx.ssrc', p => { p.encodings = [{ ssrc: 5, rtx: { ssrc: 5 } }]; }],
  ['simulcast of spatial layers', 'W', 'encodings[0].scalabilityMode', p => {
    p.encodings = [{ rid: 'a', scalabilityMode: 'L3T3' }, { rid: 'b', scalabilityMode: 'L3T3' }]; }],
  ['a fractional payloadType', 'P', 'codecs[0].payloadType', p => { p.codecs[0].payloadType = 96.5; p.codecs.pop(); }],
  ['a payloadType above 127', 'P', 'codecs[0].payloadType', p => { p.codecs[0].payloadType = 300; p.codecs.pop(); }],
  ['one extension id twice', 'P', 'headerExtensions[1].id', p => { p.headerExtensions[1].id = p.headerExtensions[0].id; }],
  ['one RID twice', 'P', 'encodings[1].rid', p => { p.encodings = [{ rid: 'a' }, { rid: 'a' }]; }],
  ['a negative ssrc', 'P', 'encodings[0].ssrc', p => { p.encodings[0].ssrc = -1; }],
  ['a fractional maxBitrate', 'P', 'encodings[0].maxBitrate', p => { p.encodings[0].maxBitrate = 1000.5; }],
  ['maxBitrate null', 'P', 'encodings[0].maxBitrate', p => { p.encodings[0].maxBitrate = null; }],
  ['a textual maxBitrate', 'P', 'encodings[0].maxBitrate', p => { p.encodings[0].maxBitrate = '1000'; }],
  ['a negative maxBitrate', 'P', 'encodings[0].maxBitrate', p => { p.encodings[0].maxBitrate = -1; }],
  ['17 encodings', 'P', 'encodings', p => { p.encodings = Array.from({ length: 17 }, (_, i) => ({ rid: `r${i}` })); }],
  ['a cname of 256 bytes', 'P', 'rtcp.cname', p => { p.rtcp.cname = 'x'.repeat(256); }],
  ['AV1 of another profile', 'P', 'codecs[0]', p => {
    p.codecs = [{ mimeType: 'video/AV1', payloadType: 45, clockRate: 90000, parameters: { profile: 1 } }]; }],
  ['textual channels', 'D', 'codecs[0].channels', p => { p.codecs[0].channels = '2'; }],
  ['a list of parameters', 'D', 'codecs[0].parameters', p => { p.codecs[0].parameters = ['x']; }],
  ['feedback that is no array', 'D', 'codecs[0].rtcpFeedback', p => { p.codecs[0].rtcpFeedback = 'nack'; }],
  ['a numeric dtx', 'D', 'encodings[0].dtx', p => { p.encodings[0].dtx = 1; }],
  ['a textual reducedSize', 'D', 'rtcp.reducedSize', p => { p.rtcp.reducedSize = 'no'; }],
];
for (const [what, refusedByMediasoup, field, damage] of faults) {
  test(`a produce with ${what} is refused, naming ${field}`, () => {
    const params = structuredClone(video);
    damage(params);
    const [answer] = ours([{ op: 'produce', kind: 'video', rtpParameters: params, router: defaultRouter, ssrc: 1 }]);
    assert.ok(answer.error?.startsWith(`rtpParameters.${field}`), JSON.stringify(answer));
    const theirs = attempt(() => produce('video', params, structuredClone(defaultRouter)));
    assert.equal(theirs.error !== undefined, refusedByMediasoup === true, JSON.stringify(theirs));
  });
}

const chromium = browsers[0].device;
const capabilityFaults = [
  ['codecs that are no array', true, 'codecs', c => { c.codecs = 'all'; }],
  ['a codec without mimeType', true, 'codecs[0].mimeType', c => { delete c.codecs[0].mimeType; }],
  ['a codec of another kind', true, 'codecs[1].mimeType', c => { c.codecs[1].mimeType = 'text/red'; }],
  ['a textual preferredPayloadType', true, 'codecs[0].preferredPayloadType', c => { c.codecs[0].preferredPayloadType = 'x'; }],
  ['a textual clockRate', true, 'codecs[0].clockRate', c => { c.codecs[0].clockRate = '48000'; }],
  ['a parameter that is an object', true, 'codecs[0].parameters.a', c => { c.codecs[0].parameters = { a: {} }; }],
  ['a feedback that has no type', true, 'codecs[0].rtcpFeedback[0].type', c => { c.codecs[0].rtcpFeedback = [{}]; }],
  ['extensions that are no array', true, 'headerExtensions', c => { c.headerExtensions = 5; }],
  ['an extension of no kind', true, 'headerExtensions[3].kind', c => { delete c.headerExtensions[3].kind; }],
  ['an extension without uri', true, 'headerExtensions[0].uri', c => { c.headerExtensions[0].uri = ''; }],
  ['an extension without id', true, 'headerExtensions[0].preferredId', c => { delete c.headerExtensions[0].preferredId; }],
  ['a textual preferredEncrypt', true, 'headerExtensions[0].preferredEncrypt', c => { c.headerExtensions[0].preferredEncrypt = 'no'; }],
  ['a numeric direction', true, 'headerExtensions[0].direction', c => { c.headerExtensions[0].direction = 4; }],
  ['an unknown direction', 'P', 'headerExtensions[0].direction', c => { c.headerExtensions[0].direction = 'up'; }],
  ['129 codecs', 'P', 'codecs', c => { c.codecs = Array(129).fill(c.codecs[0]); }],
];
for (const [what, refusedByMediasoup, field, damage] of capabilityFaults) {
  test(`capabilities with ${what} are refused, naming ${field}`, () => {
    const caps = structuredClone(chromium);
    damage(caps);
    const [answer] = ours([{ op: 'validateCapabilities', rtpCapabilities: caps }]);
    assert.ok(answer.error?.startsWith(`rtpCapabilities.${field}`), JSON.stringify(answer));
    const theirs = attempt(() => { mediasoup.validateAndNormalizeRtpCapabilities(caps); return caps; });
    assert.equal(theirs.error !== undefined, refusedByMediasoup === true, JSON.stringify(theirs));
  });
}

test('null members count as absent, as with mediasoup', () => {
  const nothing = { mid: null, msid: null, headerExtensions: null, rtcp: null };
  const codec = { mimeType: 'video/VP8', payloadType: 96, clockRate: 90000, channels: null, parameters: null, rtcpFeedback: null };
  const [answer] = ours([{ op: 'validateParameters',
    rtpParameters: { ...nothing, codecs: [codec], encodings: [{ ssrc: 5, rid: null, rtx: null, dtx: null, scalabilityMode: null }] } }]);
  assert.deepEqual(answer.ok, { codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90000, parameters: {}, rtcpFeedback: [] }],
    headerExtensions: [], encodings: [{ ssrc: 5, dtx: false }], rtcp: { reducedSize: true } });
});
