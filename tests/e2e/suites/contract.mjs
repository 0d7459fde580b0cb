// The signaling contract from outside, over real sockets and without a browser: orders, names, rooms, and requests that no
// page would make.
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { callTest } from '../lib/call.mjs';
import { Client, opusParameters } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { sleep, until } from '../lib/wait.mjs';

const kCrowd = 12;
const kQuietMs = 300;  // longer than a list may be held back

// A client whose acks and events are kept in the order in which they come: [name] or [name, payload].
async function witness(call, options) {
  const client = await Client.connect(call, options);
  client.seen = [];
  client.socket.onAny((event, payload) => client.seen.push([event, payload]));
  client.timed = (event, fields) => new Promise(resolve => {
    client.socket.emit(event, { roomId: client.roomId, ...fields }, ack => {
      client.seen.push([`ack of ${event}`]);
      resolve(ack);
    });
  });
  return client;
}

const namesOf = client => client.seen.map(([name]) => name);
const payloadsOf = (client, event) => client.seen.filter(([name]) => name === event).map(([, payload]) => payload);

async function transport(client, direction) {
  return (await client.request('create-webrtc-transport', { direction })).params.id;
}

const produce = async (client, ssrc) => client.request(
    'produce', { transportId: client.sending ??= await transport(client, 'send'), kind: 'audio', rtpParameters: opusParameters(ssrc) });

function nested(levels) {
  let value = {};
  for (let i = 0; i < levels; ++i) value = { value };
  return value;
}

// What no field of any request may hold.
const kHostileValues = [
  ['deep', nested(100)], ['deeper', nested(1000)], ['a buffer', Buffer.from('x')], ['buffers inside', { a: [Buffer.from('x')] }],
  ['a huge text', 'x'.repeat(990_000)], ['a nested list', [[['roomId']]]], ['a long name', 'constructor'.repeat(30)],
];

export function contractTests(stage) {
  callTest(stage, 'Every ack comes before the events that its request causes, its sender\'s own included', async call => {
    const client = await witness(call);
    const { rtpCapabilities } = await client.timed('get-rtp-capabilities');
    await client.timed('join-mediasoup-room', { rtpCapabilities });
    client.sending = await transport(client, 'send');
    await transport(client, 'recv');
    await sleep(kQuietMs);
    const { id: producerId } = await client.timed('produce', { transportId: client.sending, kind: 'audio', rtpParameters: opusParameters(1) });
    await client.timed('pause-producer', { producerId });
    await sleep(kQuietMs);
    await client.timed('consume', { producerId });
    await client.timed('close-producer', { producerId });
    await sleep(kQuietMs);
    assert.deepEqual(namesOf(client), [
      'ack of get-rtp-capabilities', 'ack of join-mediasoup-room', 'participant-list-update', 'ack of produce', 'participant-list-update',
      'ack of pause-producer', 'participant-list-update', 'ack of consume', 'consumer-paused', 'ack of close-producer', 'consumer-closed',
      'producer-closed', 'participant-list-update',
    ]);
  });

  callTest(stage, 'Of a crowd that joins and produces at once everybody learns of every producer, and once', async call => {
    const crowd = await Promise.all(Array.from({ length: kCrowd }, () => witness(call)));
    const produced = await Promise.all(crowd.map(async (client, i) => {
      client.known = [];
      client.consuming = [];
      const consume = producerId => {
        client.known.push(producerId);
        client.consuming.push(client.receiving.then(() => client.request('consume', { producerId })));
      };
      let isReceiving;
      client.receiving = new Promise(resolve => (isReceiving = resolve));
      client.socket.on('new-producer', ({ producerId }) => consume(producerId));
      const { existingProducers } = await client.join();
      await transport(client, 'recv');
      isReceiving();
      existingProducers.forEach(consume);
      return (await produce(client, 100 + i)).id;
    }));
    for (const [i, client] of crowd.entries()) {
      const others = produced.filter((_, k) => k !== i).sort();
      await until(() => client.known.length >= others.length, () => `${client.known.length} of ${others.length} are known`);
      assert.deepEqual([...client.known].sort(), others);
      for (const { error } of await Promise.all(client.consuming)) assert.equal(error, undefined);
      await until(() => payloadsOf(client, 'participant-list-update').at(-1).length === kCrowd, () => 'the list is not whole');
    }
  });

  callTest(stage, 'Names come from the join, the auth or the query, and ids are the sockets\' own', async call => {
    const kSources = [
      [{ auth: { name: 'from auth' }, query: { userName: 'from query' } }, { displayName: 'shown' }, 'shown'],
      [{ auth: { name: 'from auth' }, query: { userName: 'from query' } }, {}, 'from auth'],
      [{ auth: { token: 'x' }, query: { displayName: 'von draußen' } }, { userName: '' }, 'von draußen'],
      [{}, {}, undefined],
    ];
    for (const [options, fields, expected] of kSources) {
      const client = await witness(call, options);
      const { rtpCapabilities } = await client.request('get-rtp-capabilities');
      await client.request('join-mediasoup-room', { rtpCapabilities, ...fields });
      const list = await until(() => payloadsOf(client, 'participant-list-update').at(-1), () => 'no list came to the joiner');
      assert.deepEqual(list.find(({ id }) => id === client.socket.id),
                       { id: client.socket.id, name: expected ?? `User ${client.socket.id.slice(0, 4)}`, isAudioMuted: true, isVideoPaused: true });
      client.close();
    }
  });

  callTest(stage, 'Hostile values name their field and cost nobody the socket', async call => {
    const client = await Client.connect(call);
    await client.join();
    const kFields = { 'join-mediasoup-room': 'rtpCapabilities', 'create-webrtc-transport': 'direction', 'connect-transport': 'transportId',
                      consume: 'producerId', 'resume-consumer': 'consumerId', 'get-rtp-capabilities': 'roomId', 'leave-room': 'roomId' };
    for (const [event, field] of Object.entries(kFields))
      for (const [what, value] of kHostileValues) {
        const { error } = await client.request(event, { [field]: value });
        assert.match(error ?? 'no error', new RegExp(`^${field} must `), `${event}: ${what}`);
      }
    for (const event of [...Object.keys(kFields), 'update-my-state', 'x' + 'ä'.repeat(100)])
      assert.equal(typeof (await client.ask(event, Buffer.from('binary'))).error, 'string', event);
    for (const request of ['{"__proto__":{"roomId":"r"}}', '{"constructor":1}', '{"length":1}'])
      assert.match((await client.ask('get-rtp-capabilities', JSON.parse(request))).error, /^roomId is missing/);
    assert.deepEqual(await client.request('update-my-state', { name: 'half \ud800 pair' }), {});
    for (const event of [...Object.keys(kFields), 'no-such-event']) client.socket.emit(event, null);
    assert.deepEqual(await client.request('update-my-state', {}), {});
  });

  callTest(stage, 'A handshake that is no UTF-8 disturbs nobody in its room', async call => {
    const client = await witness(call);
    const { rtpCapabilities } = await client.request('get-rtp-capabilities');
    await client.join();
    const poll = (query, init) => fetch(`${call.server.url}/socket.io/?EIO=4&transport=polling&${query}`, init).then(answer => answer.text());
    const { sid } = JSON.parse((await poll('name=%ff%fe')).slice(1));
    const request = JSON.stringify(['join-mediasoup-room', { roomId: call.roomId, rtpCapabilities }]);
    await poll(`sid=${sid}`, { method: 'POST', body: `40\x1e42${request}` });
    const list = await until(() => payloadsOf(client, 'participant-list-update').find(({ length }) => length === 2), () => 'no list came');
    assert.equal(list[1].name, '\ufffd\ufffd');
    assert.ok(client.socket.connected);
  });

  callTest(stage, 'Another room is left behind fully, and a room is as private as its ids', async call => {
    const [mover, stays] = [await witness(call), await witness(call)];
    await mover.join();
    await stays.join();
    const { id: producerId } = await produce(mover, 1);
    const transportId = mover.sending;
    await mover.timed('join-mediasoup-room', { roomId: `${call.roomId} two`, rtpCapabilities: mover.rtpCapabilities });
    await until(() => namesOf(stays).includes('participant-left'), () => namesOf(stays).join());
    await sleep(kQuietMs);
    const order = namesOf(stays);
    assert.deepEqual(order.slice(order.indexOf('producer-closed')), ['producer-closed', 'participant-left', 'participant-list-update']);
    assert.deepEqual(namesOf(mover).slice(namesOf(mover).indexOf('ack of join-mediasoup-room')), ['ack of join-mediasoup-room', 'participant-list-update']);
    assert.equal((await mover.request('create-webrtc-transport', { direction: 'send' })).code, 'conflict');
    mover.roomId = `${call.roomId} two`;
    await transport(mover, 'recv');
    assert.equal((await mover.request('consume', { producerId })).error, 'Producer not found');
    assert.equal((await mover.request('produce', { transportId, kind: 'audio', rtpParameters: opusParameters(1) })).error, 'Transport not found');
    const { id: theirs } = await produce(stays, 2);
    assert.equal((await mover.request('consume', { producerId: theirs })).error, 'Producer not found');
  });

  callTest(stage, 'A client that vanishes in the middle of its requests leaves nothing', async call => {
    const before = await call.server.metrics();
    for (let round = 0; round < 20; ++round) {
      const client = await Client.connect(call);
      await client.join();
      for (const direction of ['send', 'recv']) client.socket.emit('create-webrtc-transport', { roomId: call.roomId, direction }, () => {});
      client.socket.emit('join-mediasoup-room', { roomId: `${call.roomId} ${round}`, rtpCapabilities: client.rtpCapabilities }, () => {});
      if (round % 2 === 0) await sleep(round / 4);
      client.socket.io.engine.close();
    }
    const gauges = ['consomme_connections', 'consomme_participants', 'consomme_transports', 'consomme_producers', 'consomme_consumers'];
    await until(async () => {
      const now = await call.server.metrics();
      return gauges.every(gauge => now[gauge] === before[gauge]);
    }, async () => JSON.stringify(await call.server.metrics()));
  });

  callTest(stage, 'The handshake announces the documented times and the limit of a message', async call => {
    const answer = await fetch(`${call.server.url}/socket.io/?EIO=4&transport=polling`);
    const { pingInterval, pingTimeout, maxPayload, upgrades } = JSON.parse((await answer.text()).slice(1));
    assert.deepEqual({ pingInterval, pingTimeout, maxPayload, upgrades },
                     { pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000, upgrades: ['websocket'] });
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  });

  test('A draining server is alive but not ready, keeps its rooms, and disconnects them at the second signal', { timeout: 20000 }, async () => {
    const server = await Server.start({ drain_s: 30 });
    const call = stage.call(server);
    try {
      const client = await witness(call);
      await client.join();
      const ended = server.stop();
      const [{ deadline }] = await until(() => payloadsOf(client, 'server-draining').length && payloadsOf(client, 'server-draining'),
                                         () => 'the client is not told');
      assert.ok(Math.abs(deadline - Date.now() - 30000) < 3000, `${deadline}`);
      const status = async path => (await fetch(`${server.url}${path}`)).status;
      assert.deepEqual([await status('/readyz'), await status('/healthz')], [503, 200]);
      await transport(client, 'send');
      assert.equal((await client.ask('get-rtp-capabilities', { roomId: 'new' })).error, 'server is draining');
      const disconnected = new Promise(resolve => client.socket.once('disconnect', resolve));
      server.stop();
      assert.deepEqual(await ended, { code: 0, signal: null });
      assert.equal(await disconnected, 'transport close');
    } finally {
      await call.end();
      await server.stop('SIGKILL');
    }
  });

  const outside = Object.values(networkInterfaces()).flat().find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  test('An address that opens too many connections is told to wait, and loopback is not', { timeout: 20000, skip: !outside }, async () => {
    const server = await Server.start({ host: '0.0.0.0', connections_per_second: 1, connection_burst: 3 });
    const open = async host => (await fetch(`http://${host}:${server.port}/socket.io/?EIO=4&transport=polling`)).status;
    try {
      const statuses = [];
      for (let i = 0; i < 5; ++i) statuses.push(await open(outside));
      assert.deepEqual(statuses.slice(0, 3), [200, 200, 200]);
      assert.ok(statuses.includes(429), statuses.join());
      for (let i = 0; i < 10; ++i) assert.equal(await open('127.0.0.1'), 200);
      await until(async () => (await open(outside)) === 200, () => 'it waits for ever');
    } finally {
      await server.stop('SIGKILL');
    }
  });

  test('An empty room is forgotten after its time, and DEBUG shows what its globs name', { timeout: 20000 }, async () => {
    process.env.DEBUG = 'express:*, mediasoup*,-mediasoup:http';
    const server = await Server.start({ empty_room_s: 1 });
    delete process.env.DEBUG;
    const call = stage.call(server);
    try {
      const client = await Client.connect(call);
      await client.request('get-rtp-capabilities');
      const create = () => client.request('create-webrtc-transport', { direction: 'send' });
      assert.equal((await create()).code, 'conflict');
      const start = performance.now();
      await until(async () => (await create()).error === 'Room not found', () => 'the room stays');
      assert.ok(performance.now() - start > 900);
      await server.metrics();
      const lines = server.log.filter(line => line.includes(' mediasoup:'));
      assert.ok(lines.some(line => line.includes('mediasoup:request') && line.includes('get-rtp-capabilities')), lines.join('\n'));
      assert.deepEqual(lines.filter(line => line.includes('mediasoup:http')), []);
    } finally {
      await call.end();
      await server.stop('SIGKILL');
    }
  });
}
