// The real clients of three generations over every transport: nothing lost, doubled or out of order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io as io48 } from 'socket.io-client';
import io40 from 'socket.io-client-4-0';
import io30 from 'socket.io-client-3-0';
import { Echo, sleep } from './echo.mjs';

const clients = { 4.8: io48, '4.0': io40.io ?? io40, '3.0': io30.io ?? io30 };
const transports = { polling: ['polling'], websocket: ['websocket'], upgrade: ['polling', 'websocket'], 'websocket first': ['websocket', 'polling'] };

let echo;
before(async () => (echo = await Echo.start()));
after(() => echo.stop());

const once = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
const ask = (socket, ...args) => new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer)));

function open(io, path, options) {
  return io(`${echo.url}${path}`, { forceNew: true, reconnection: false, ...options });
}

for (const [version, io] of Object.entries(clients)) {
  for (const [way, list] of Object.entries(transports)) {
    test(`socket.io-client ${version}, ${way}`, async (t) => {
      const socket = open(io, '/', { transports: list, auth: { token: 'abc' } });
      t.after(() => socket.disconnect());
      const [auth] = await once(socket, 'auth');
      assert.deepEqual(auth, { token: 'abc' });

      const count = 300;
      const echoed = [];
      socket.on('message-back', (i) => echoed.push(i));
      const acked = [];
      for (let i = 0; i < count; ++i) {
        if (i % 10 === 0) await sleep(1); // so that an upgrade falls in between
        socket.emit('message', i);
        socket.emit('message-with-ack', i, (j) => acked.push(j));
      }
      await ask(socket, 'message-with-ack');
      const expected = Array.from({ length: count }, (_, i) => i);
      assert.deepEqual(echoed, expected);
      assert.deepEqual(acked, expected);

      const bytes = Buffer.from([0, 1, 255]);
      const [mixed] = await ask(socket, 'message-with-ack', { deep: [bytes, 'ü', { x: null }] });
      assert.deepEqual(Buffer.from(mixed.deep[0]), bytes);
      assert.deepEqual(mixed.deep.slice(1), ['ü', { x: null }]);
      const large = 'y'.repeat(900000);
      assert.equal((await ask(socket, 'message-with-ack', large))[0], large);

      socket.once('please-ack', (value, reply) => reply('got', value));
      socket.emit('emit-with-ack', 7);
      assert.deepEqual(await once(socket, 'acked'), ['got', 7]);

      await sleep(700); // more than a ping interval and its timeout
      const [info] = await ask(socket, 'info');
      assert.equal(info.id, socket.id);
      assert.equal(info.transport, list.includes('websocket') ? 'websocket' : 'polling');
    });
  }

  test(`socket.io-client ${version}: joins with an auth as long as a message may be`, async (t) => {
    for (const [way, list] of Object.entries(transports))
      for (const size of [17_000, 900_000]) {
        const socket = open(io, '/', { transports: list, auth: { token: 'x'.repeat(size) } });
        t.after(() => socket.disconnect());
        const [auth] = await Promise.race([once(socket, 'auth'), sleep(3000).then(() => [null])]);
        assert.equal(auth?.token.length, size, way);
      }
  });

  test(`socket.io-client ${version}: namespaces share a connection, refusals arrive as errors`, async (t) => {
    const manager = open(io, '/', {});
    t.after(() => manager.io.engine.close());
    const custom = manager.io.socket('/custom');
    custom.connect();
    await Promise.all([once(manager, 'connect'), once(custom, 'connect')]);
    const unknown = manager.io.socket('/unknown');
    unknown.connect();
    assert.equal((await once(unknown, 'connect_error'))[0].message, 'Invalid namespace');
    const auth = manager.io.socket('/auth');
    auth.connect();
    const [error] = await once(auth, 'connect_error');
    assert.equal(error.message, 'not authorized');
    assert.deepEqual(error.data, { code: 'E_AUTH' });
    auth.auth = { token: 'secret' };
    auth.connect();
    await once(auth, 'connect');
    custom.disconnect();
    assert.deepEqual(await ask(manager, 'message-with-ack', 1), [1]);
    manager.emit('kick', true);
    assert.equal((await once(manager, 'disconnect'))[0], 'io server disconnect');
  });
}

test('a burst during the upgrade arrives whole', async (t) => {
  for (let round = 0; round < 5; ++round) {
    const socket = open(io48, '/', {});
    t.after(() => socket.disconnect());
    const numbers = [];
    const done = new Promise((resolve) => socket.on('burst', (i) => numbers.push(i) === 400 && resolve()));
    await once(socket, 'connect');
    socket.emit('burst', 200, 1000);
    await sleep(round);
    socket.emit('burst', 200, 10);
    await done;
    const half = Array.from({ length: 200 }, (_, i) => i);
    assert.deepEqual(numbers, [...half, ...half]);
  }
});

test('the events of the official client tests', async (t) => {
  const socket = open(io48, '/', { query: { q: 'ä&=' } });
  t.after(() => socket.disconnect());
  await once(socket, 'connect');
  const told = (emitted, event, ...args) => {
    const answer = once(socket, event);
    socket.emit(emitted, ...args);
    return answer;
  };
  assert.deepEqual(await told('hi', 'hi'), []);
  assert.deepEqual(await ask(socket, 'echo', { a: 1 }), [{ a: 1 }]);
  socket.once('ack', (reply) => reply(5, { test: true }));
  assert.deepEqual(await told('ack', 'got it'), []);
  assert.match((await ask(socket, 'getAckDate', { test: true }))[0], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Date.parse((await told('getDate', 'takeDate'))[0]));
  assert.ok(Date.parse((await told('getDateObj', 'takeDateObj'))[0].date));
  assert.deepEqual(await told('false', 'false'), [false]);
  for (const [ask, tell] of [['doge', 'doge'], ['getbin', 'takebin']]) assert.equal(Buffer.from((await told(ask, tell))[0]).toString(), 'asdfasdf');
  assert.deepEqual(await told('buffa', 'buffack', Buffer.from('x')), []);
  const shaped = { hello: 'lol', message: Buffer.from('m'), goodbye: 'gotcha' };
  assert.deepEqual(await told('jsonbuff', 'jsonbuff-ack', shaped), []);
  assert.deepEqual(await told('jsonblob', 'jsonblob-ack', shaped), []);
  socket.emit('abuff1', Buffer.from('x'));
  assert.deepEqual(await told('abuff2', 'abuff2-ack', Buffer.from('y')), []);
  const words = [];
  socket.on('takeUtf8', (word) => words.push(word));
  socket.emit('getUtf8');
  assert.deepEqual(await ask(socket, 'getId'), [socket.id]);
  assert.deepEqual(words, ['てすと', 'Я Б Г Д Ж Й', 'Ä ä Ü ü ß', 'utf8 — string', 'utf8 — string']);
  assert.equal((await ask(socket, 'getHandshake'))[0].query.q, 'ä&=');
  const abc = open(io48, '/abc', { auth: { k: 1 } });
  t.after(() => abc.disconnect());
  assert.deepEqual((await once(abc, 'handshake'))[0].auth, { k: 1 });
});
