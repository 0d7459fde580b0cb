// Bad input while a real call goes on: the requests are refused, the datagrams dropped and counted, and nobody in the call
// notices.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { callTest, serverTest } from '../lib/call.mjs';
import { Client, mediaPort, opusParameters } from '../lib/client.mjs';
import { Middle } from '../lib/middle.mjs';
import { forged, Random, randomDatagram, spoiled } from '../lib/mutations.mjs';
import { assertAllHearAndSee } from '../lib/participant.mjs';
import { sleep, until } from '../lib/wait.mjs';

const kSeed = 20261124;
const kDatagrams = 3000;
const kBurst = 50;  // datagrams, then a breath: a full socket buffer would drop them before the server sees them

function nested(levels) {
  let value = {};
  for (let i = 0; i < levels; ++i) value = { value };
  return value;
}

const kWrongEverywhere = [null, 42, -1, 1.5, 1e300, true, [], [[]], [null]];
const kWrong = {
  text: [...kWrongEverywhere, {}, '', 'x'.repeat(300), 'x'.repeat(100000)],
  word: [...kWrongEverywhere, {}, '', 'x', 'audio\0', 'SEND', '__proto__', 'x'.repeat(100000)],
  object: [...kWrongEverywhere, '', 'x', 'x'.repeat(100000)],
  flag: [42, 'true', [], {}],
};
// Ids and room names that are well formed, and of nobody.
const kStrange = ['nobody', '../../etc/passwd', '__proto__', 'constructor', '\0', '\ud83d\ude00', '%s%n', '\'; DROP TABLE rooms'];

// The fields of every event, a valid request being made of what stands here and the room.
const kEvents = {
  'get-rtp-capabilities': {},
  'join-mediasoup-room': { rtpCapabilities: 'object' },
  'create-webrtc-transport': { direction: 'word' },
  'connect-transport': { transportId: 'text', dtlsParameters: 'object' },
  produce: { transportId: 'text', kind: 'word', rtpParameters: 'object' },
  consume: { producerId: 'text' },
  'resume-consumer': { consumerId: 'text' },
  'close-producer': { producerId: 'text' },
  'pause-producer': { producerId: 'text' },
  'resume-producer': { producerId: 'text' },
  'pause-consumer': { consumerId: 'text' },
  'close-consumer': { consumerId: 'text' },
  'request-keyframe': { consumerId: 'text' },
  'restart-ice': { transportId: 'text' },
};
const kOptional = {
  'create-webrtc-transport': { appData: [42, 'x', [], { long: 'x'.repeat(5000) }] },
  produce: { appData: [42, 'x', [], { long: 'x'.repeat(5000) }] },
  'update-my-state': { isAudioMuted: kWrong.flag, isVideoPaused: kWrong.flag, name: [42, [], {}, '', 'x'.repeat(300)] },
};

const kHostileParameters = [
  {}, { codecs: [] }, { codecs: null, encodings: [] }, { codecs: [null] }, { codecs: [{}], encodings: [{}] },
  ...[{ mimeType: 'audio/opus\0' }, { mimeType: 'x'.repeat(70000) }, { payloadType: -1 }, { payloadType: 1e300 },
      { payloadType: 300 }, { clockRate: 0.5 }, { channels: 'two' }, { parameters: [] }, { rtcpFeedback: {} }].map(change => {
    const parameters = opusParameters(7);
    Object.assign(parameters.codecs[0], change);
    return parameters;
  }),
  ...[{ ssrc: -1 }, { ssrc: 2 ** 32 }, { ssrc: '7' }, { ssrc: 7, maxBitrate: 0.5 }, { ssrc: 7, maxBitrate: null },
      { ssrc: 7, maxBitrate: '9' }, { ssrc: 7, rtx: 7 }, { rid: 7 }].map(encoding => ({ ...opusParameters(7), encodings: [encoding] })),
  { ...opusParameters(7), headerExtensions: [{ id: 0, uri: 'urn:x' }, { id: 1e9, uri: 7 }] },
  { ...opusParameters(7), encodings: 'x' }, { ...opusParameters(7), mid: 7 }, { ...opusParameters(7), rtcp: 7 },
  { ...opusParameters(7), deep: nested(80) },
];

const idOf = { transportId: 'sendTransport', producerId: 'producer', consumerId: 'consumer' };

// A client in the room that has one of everything, and valid values for every field.
async function equipped(call) {
  const client = await Client.connect(call);
  const { producers } = await client.join();
  const { params: { id: sendTransport } } = await client.request('create-webrtc-transport', { direction: 'send' });
  await client.request('create-webrtc-transport', { direction: 'recv' });
  const { id: consumer } = await client.request('consume', { producerId: producers[0].producerId });
  const { id: producer } = await client.request('produce', {
    transportId: sendTransport, kind: 'audio', rtpParameters: opusParameters(1) });
  const mine = { sendTransport, consumer, producer };
  client.valid = {
    direction: 'send', kind: 'audio', rtpCapabilities: client.rtpCapabilities, rtpParameters: opusParameters(2),
    dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('00').join(':') }] },
    ...Object.fromEntries(Object.entries(idOf).map(([field, name]) => [field, mine[name]])),
  };
  return client;
}

async function assertRefused(client, event, request, naming) {
  const answer = await client.ask(event, request);
  const shown = `${event} ${JSON.stringify(request)?.slice(0, 300)}: ${JSON.stringify(answer)?.slice(0, 300)}`;
  assert.equal(typeof answer?.error, 'string', shown);
  if (naming) assert.ok(answer.error.includes(naming), `${shown} does not name ${naming}`);
}

const validRequest = (client, event) => ({
  roomId: client.roomId, ...Object.fromEntries(Object.keys(kEvents[event] ?? {}).map(field => [field, client.valid[field]])),
});

async function refuseFields(client, event) {
  const fields = { roomId: 'text', ...kEvents[event] };
  for (const [field, type] of Object.entries(fields)) {
    const request = validRequest(client, event);
    delete request[field];
    if (field !== 'roomId' || event in kDocumented) await assertRefused(client, event, request, field);
    for (const value of kWrong[type]) {
      if (field === 'roomId' && value === null && !(event in kDocumented)) continue;  // optional there
      await assertRefused(client, event, { ...validRequest(client, event), [field]: value }, field);
    }
    if (type === 'text' && field !== 'roomId')
      for (const value of kStrange) await assertRefused(client, event, { ...validRequest(client, event), [field]: value });
  }
}

const kDocumented = Object.fromEntries(Object.keys(kEvents).slice(0, 7).map(event => [event, true]));

async function refuseOptional(client, event) {
  for (const [field, values] of Object.entries(kOptional[event]))
    for (const value of values) await assertRefused(client, event, { ...validRequest(client, event), [field]: value }, field);
}

async function refuseShapes(client, event) {
  for (const args of [[], [null], [42], ['text'], [[]], [true], [{}, {}], [nested(80)], [Buffer.from('binary')]]) {
    const answer = await client.ask(event, ...args);
    assert.equal(typeof answer?.error, 'string', `${event} ${JSON.stringify(args).slice(0, 100)}: ${JSON.stringify(answer)}`);
  }
}

async function refuseParameters(client) {
  for (const rtpParameters of kHostileParameters)
    await assertRefused(client, 'produce', { ...validRequest(client, 'produce'), rtpParameters });
  const fingerprints = [null, [], [null], [{}], [{ algorithm: 'md5', value: 'AA' }], [{ algorithm: 'sha-256', value: 'x'.repeat(1e5) }]];
  for (const wrong of fingerprints)
    await assertRefused(client, 'connect-transport',
                        { ...validRequest(client, 'connect-transport'), dtlsParameters: { role: 'client', fingerprints: wrong } },
                        'fingerprint');
}

// The body for the room's hostile clients, one socket for each event so that none runs into the limit on requests.
async function hostileRequests(call) {
  for (const event of [...Object.keys(kEvents), 'update-my-state']) {
    const client = await equipped(call);
    if (event in kEvents) await refuseFields(client, event);
    if (event in kOptional) await refuseOptional(client, event);
    await refuseShapes(client, event);
    if (event === 'produce') await refuseParameters(client);
    client.socket.emit(event);
    client.socket.emit(event, { roomId: client.roomId });
    await assertRefused(client, 'no-such-event', { roomId: client.roomId });
    const alive = await client.request('update-my-state', { name: 'still here' });
    assert.deepEqual(alive, {}, `the socket does not live on after ${event}`);
    client.close();
  }
}

// Looks again and again whether the call goes on, until the attack is over.
async function assertGoesOnDuring(participants, attack) {
  let isOver = false;
  const attacked = attack.finally(() => { isOver = true; });
  attacked.catch(() => {});
  do await assertAllHearAndSee(participants); while (!isOver);
  await attacked;
  await assertAllHearAndSee(participants);
}

async function blast(send, make) {
  for (let i = 0; i < kDatagrams; ++i) {
    send(make());
    if (i % kBurst === 0) await sleep(5);
  }
}

const kindOf = ({ datagram: [first] }) => first >> 6 === 2 ? 'srtp' : first < 4 ? 'stun' : 'dtls';

// The sample by kind, so that what is rare in it comes as often as what is not.
function byKind(sample) {
  const kinds = {};
  for (const entry of sample) (kinds[kindOf(entry)] ??= []).push(entry);
  return Object.values(kinds);
}

async function blastFromStranger(call, port, sample) {
  const random = new Random(kSeed);
  const stranger = call.own(createSocket('udp4'));
  const kinds = byKind(sample);
  const checks = sample.filter(entry => kindOf(entry) === 'stun');
  const media = sample.filter(entry => kindOf(entry) !== 'stun');  // a replayed check would validate the stranger's address
  const send = datagram => stranger.send(datagram, port, '127.0.0.1');
  await blast(send, () => randomDatagram(random));
  await blast(send, () => spoiled(random.pick(random.pick(kinds)).datagram, random));
  await blast(send, () => forged(random.pick(checks).datagram, random));
  await blast(send, () => random.pick(media).datagram);
}

async function blastFromValidAddress(middle, sample) {
  const random = new Random(kSeed + 1);
  const kinds = byKind(sample);
  const send = ({ datagram, path }) => middle.inject(datagram, path);
  const changed = change => {
    const { datagram, path } = random.pick(random.pick(kinds));
    return { datagram: change(datagram), path };
  };
  await blast(send, () => changed(() => randomDatagram(random)));
  await blast(send, () => changed(datagram => spoiled(datagram, random)));
  await blast(send, () => changed(datagram => datagram));  // replayed as they were
}

// A room that spread over workers would have several.
const kOnePort = { workers: 1 };

// A call through a man in the middle who has seen enough of it.
async function overheardCall(call, browser) {
  const port = await mediaPort(call);
  const middle = await Middle.open(call, port);
  const options = { network: 'udp', ports: { [port]: middle.port } };
  const participants = [await call.join(browser, options), await call.join('chromium', {})];
  await assertAllHearAndSee(participants);
  const kinds = new Set(middle.sample.map(kindOf));
  assert.deepEqual([...kinds].sort(), ['dtls', 'srtp', 'stun']);
  return { port, middle, participants };
}

async function assertDropsRise(call, before, reasons) {
  const risen = async () => {
    const now = await call.server.metrics();
    const key = reason => `consomme_drops_total{reason="${reason}"}`;
    return reasons.filter(reason => (now[key(reason)] ?? 0) > (before[key(reason)] ?? 0));
  };
  await until(async () => (await risen()).length === reasons.length, async () => `only ${await risen()} of ${reasons} rise`, 5000);
}

export function hostileTests(stage) {
  callTest(stage, 'Every event refuses missing, wrong, huge and hostile values while the call in its room goes on', async call => {
    await call.join('chromium', {});
    await call.join('firefox', {});
    await assertAllHearAndSee(call.participants);
    await assertGoesOnDuring(call.participants, hostileRequests(call));
  });

  callTest(stage, 'A message beyond the limit costs its sender the socket, and nobody else', async call => {
    await call.join('chromium', {});
    await call.join('chromium', {});
    const client = await Client.connect(call);
    const gone = new Promise(resolve => client.socket.once('disconnect', resolve));
    client.socket.emit('join-mediasoup-room', { roomId: 'x'.repeat(2_000_000) });
    await gone;
    await assertAllHearAndSee(call.participants);
  });

  callTest(stage, 'A frame beyond the limit costs its sender the TCP connection, and is counted', async call => {
    const before = await call.server.metrics();
    const socket = connect(await mediaPort(call, 'tcp'), '127.0.0.1').resume();
    socket.write(Buffer.from([0xff, 0xff]));
    await once(socket, 'close');
    await assertDropsRise(call, before, ['tcp-oversize']);
  });

  for (const browser of ['chromium', 'firefox']) {
    serverTest(stage, `Datagrams from strangers do not disturb the call of ${browser}, and are counted`, kOnePort, async call => {
      const { port, middle, participants } = await overheardCall(call, browser);
      const before = await call.server.metrics();
      await assertGoesOnDuring(participants, blastFromStranger(call, port, [...middle.sample]));
      await assertDropsRise(call, before, ['no-transport', 'ice-malformed', 'ice-unauthenticated']);
    });

    serverTest(stage, `Spoiled datagrams from ${browser}'s own address do not disturb its call, and are counted`, kOnePort, async call => {
      const { middle, participants } = await overheardCall(call, browser);
      const before = await call.server.metrics();
      await assertGoesOnDuring(participants, blastFromValidAddress(middle, [...middle.sample]));
      await assertDropsRise(call, before, ['unknown-kind', 'ice-malformed', 'srtp-authentication', 'srtp-replay']);
    });
  }
}
