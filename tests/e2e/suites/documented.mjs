// The documented payloads to the letter: every ack and every event has exactly these keys, with values of these types.
import assert from 'node:assert/strict';
import { callTest } from '../lib/call.mjs';
import { Client, opusParameters } from '../lib/client.mjs';
import { assertAllHearAndSee } from '../lib/participant.mjs';

// A shape is a type's name, an array with the shape of its elements, an object with the shape of each key (a key ending in
// "?" may be absent), or a function that judges the value.
function assertShape(value, shape, where) {
  if (typeof shape === 'function') return assert.ok(shape(value), `${where}: ${JSON.stringify(value)}`);
  if (typeof shape === 'string') return assert.equal(typeof value, shape, `${where}: ${JSON.stringify(value)}`);
  if (Array.isArray(shape)) {
    assert.ok(Array.isArray(value), `${where}: ${JSON.stringify(value)}`);
    return value.forEach((element, i) => assertShape(element, shape[0], `${where}[${i}]`));
  }
  const known = Object.keys(shape).map(key => key.replace('?', ''));
  assert.deepEqual(Object.keys(value).filter(key => !known.includes(key)), [], `${where} has more than ${known}`);
  for (const [key, inner] of Object.entries(shape)) {
    const name = key.replace('?', '');
    if (key.endsWith('?') && !(name in value)) continue;
    assert.ok(name in value, `${where} has no ${name}`);
    assertShape(value[name], inner, `${where}.${name}`);
  }
}

const oneOf = (...allowed) => value => allowed.includes(value);
const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value);

const kFeedback = [{ type: 'string', 'parameter?': 'string' }];
const kCapabilities = {
  codecs: [{ kind: oneOf('audio', 'video'), mimeType: 'string', clockRate: 'number', 'channels?': 'number',
             preferredPayloadType: 'number', parameters: isObject, rtcpFeedback: kFeedback }],
  headerExtensions: [{ kind: oneOf('audio', 'video'), uri: 'string', preferredId: 'number', preferredEncrypt: 'boolean',
                       direction: oneOf('sendrecv', 'sendonly', 'recvonly', 'inactive') }],
};
const kConsumerParameters = {
  codecs: [{ mimeType: 'string', payloadType: 'number', clockRate: 'number', 'channels?': 'number', parameters: isObject,
             rtcpFeedback: kFeedback }],
  headerExtensions: [{ uri: 'string', id: 'number', encrypt: 'boolean', parameters: isObject }],
  encodings: [{ ssrc: 'number', 'rtx?': { ssrc: 'number' }, 'maxBitrate?': 'number', 'scalabilityMode?': 'string', 'dtx?': 'boolean' }],
  rtcp: { cname: 'string', reducedSize: 'boolean' },
  mid: 'string', 'msid?': 'string',
};
const kCandidate = { foundation: 'string', priority: 'number', ip: 'string', address: 'string', protocol: oneOf('udp', 'tcp'),
                     port: 'number', type: oneOf('host'), 'tcpType?': oneOf('passive') };

const kAcks = {
  'get-rtp-capabilities': { rtpCapabilities: kCapabilities },
  'join-mediasoup-room': { existingProducers: ['string'],
                           producers: [{ producerId: 'string', peerId: 'string', kind: oneOf('audio', 'video'), appData: isObject }] },
  'create-webrtc-transport': { params: {
    id: 'string', iceParameters: { usernameFragment: 'string', password: 'string', iceLite: oneOf(true) },
    iceCandidates: [kCandidate],
    dtlsParameters: { role: oneOf('auto'), fingerprints: [{ algorithm: 'string', value: 'string' }] } } },
  'connect-transport': {},
  produce: { id: 'string' },
  consume: { id: 'string', producerId: 'string', kind: oneOf('audio', 'video'), rtpParameters: kConsumerParameters, peerId: 'string' },
};
const kEvents = {
  'new-producer': { producerId: 'string', peerId: 'string' },
  'participant-list-update': [{ id: 'string', name: 'string', isAudioMuted: 'boolean', isVideoPaused: 'boolean' }],
  'participant-left': { peerId: 'string' },
};

const acksTo = (diary, name) => diary.filter(({ event, ack }) => event === name && ack);

export function documentedTests(stage) {
  callTest(stage, 'Every ack and every event of a call has the documented keys and types, and no others', async call => {
    const first = await call.join('chromium', { userName: 'Ada' }, 'faithful');
    const second = await call.join('firefox', { userName: 'Grace' }, 'faithful');
    const third = await call.join('chromium', {}, 'faithful');
    await assertAllHearAndSee([first, second, third]);
    await third.call('leave');
    await first.event('participant-left');
    const diaries = [await first.diary(), await second.diary(), await third.diary()].flat();
    for (const [event, shape] of Object.entries(kAcks)) {
      assert.ok(acksTo(diaries, event).length > 0, `nobody asked ${event}`);
      for (const { ack } of acksTo(diaries, event)) {
        assert.equal(ack.length, 1, `${event}: one argument in the ack`);
        assertShape(ack[0], shape, event);
      }
    }
    for (const [event, shape] of Object.entries(kEvents)) {
      const entries = diaries.filter(entry => entry.event === event && entry.payload);
      assert.ok(entries.length > 0, `nobody got ${event}`);
      for (const { payload } of entries) {
        assert.equal(payload.length, 1, `${event}: one argument`);
        assertShape(payload[0], shape, event);
      }
    }
  });

  callTest(stage, 'Ids are the sockets\' own, names are the given ones, and the list goes to everyone', async call => {
    const named = await call.join('chromium', { userName: 'Ada' });
    const unnamed = await call.join('chromium', {});
    const isComplete = list => list.length === 2 && list.every(member => !member.isAudioMuted && !member.isVideoPaused);
    for (const participant of [named, unnamed]) {
      const list = await participant.event('participant-list-update', isComplete);
      assert.deepEqual(list.map(({ id, name }) => ({ id, name })), [
        { id: named.id, name: 'Ada' }, { id: unnamed.id, name: `User ${unnamed.id.slice(0, 4)}` },
      ]);
    }
    const announced = await named.events('new-producer');
    // Sound and picture, each perhaps once more: who is slow to consume is told again.
    assert.equal(new Set(announced.map(({ producerId }) => producerId)).size, 2);
    assert.ok(announced.length <= 4 && announced.every(({ peerId }) => peerId === unnamed.id), JSON.stringify(announced));
    const [{ ack: [{ existingProducers }] }] = acksTo(await unnamed.diary(), 'join-mediasoup-room');
    const produced = acksTo(await named.diary(), 'produce').map(({ ack: [{ id }] }) => id);
    assert.deepEqual(existingProducers, produced);
    const consumed = acksTo(await unnamed.diary(), 'consume').map(({ ack: [ack] }) => ack);
    assert.deepEqual(consumed.map(({ producerId }) => producerId).sort(), [...produced].sort());
    assert.ok(consumed.every(({ peerId }) => peerId === named.id));
  });

  callTest(stage, 'The ack comes before the events that it causes', async call => {
    const alone = await call.join('chromium', { userName: 'alone' });
    const order = (await alone.diary()).map(({ event }) => event);
    assert.ok(order.indexOf('join-mediasoup-room') < order.indexOf('participant-list-update'), order.join());
  });

  callTest(stage, 'Errors have the fixed texts, as strings in the ack', async call => {
    const client = await Client.connect(call);
    const error = async (event, fields) => (await client.request(event, fields)).error;
    const join = { rtpCapabilities: { codecs: [], headerExtensions: [] } };
    assert.equal(await error('create-webrtc-transport', { direction: 'send' }), 'Room not found');
    await client.join();
    assert.equal(await error('create-webrtc-transport', { roomId: 'nowhere', direction: 'send' }), 'Room not found');
    assert.equal(await error('consume', { producerId: 'none', rtpCapabilities: client.rtpCapabilities }), 'Transport not found');
    const dtlsParameters = { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('00').join(':') }] };
    assert.equal(await error('connect-transport', { transportId: 'none', dtlsParameters }), 'Transport not found');
    assert.equal(await error('produce', { transportId: 'none', kind: 'audio', rtpParameters: opusParameters(1) }), 'Transport not found');
    await client.request('create-webrtc-transport', { direction: 'recv' });
    assert.equal(await error('consume', { producerId: 'none', rtpCapabilities: client.rtpCapabilities }), 'Producer not found');
    assert.equal(await error('resume-consumer', { consumerId: 'none' }), 'Consumer not found');
    const { params } = await client.request('create-webrtc-transport', { direction: 'send' });
    const produced = await client.request('produce', { transportId: params.id, kind: 'audio', rtpParameters: opusParameters(1) });
    const other = await Client.connect(call);
    await other.join();
    await other.request('create-webrtc-transport', { direction: 'recv' });
    const refused = await other.request('consume', { producerId: produced.id, ...join });
    assert.equal(refused.error, 'Cannot consume');
    const consumed = await other.request('consume', { producerId: produced.id });
    assert.deepEqual(await other.request('resume-consumer', { consumerId: consumed.id }), {});
    client.close();
    other.close();
  });
}
