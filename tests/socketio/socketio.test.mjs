// Socket.IO 5 packets by hand: joining, events, acknowledgements, binary, rooms, and what closes the connection.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Echo, Frames, sleep } from './echo.mjs';

let echo;
before(async () => (echo = await Echo.start('--ping-interval', '5000', '--ping-timeout', '2000')));
after(() => echo.stop());

async function joined(nsp, auth) {
  const frames = await echo.joined(nsp, auth);
  assert.match(await frames.next(), /\["auth",/);
  return frames;
}

test('CONNECT joins, each namespace with an id of its own', async () => {
  const frames = await echo.websocketSession('/socket.io/');
  frames.send('40{"token":"123"}');
  const main = JSON.parse((await frames.next()).slice(2));
  assert.deepEqual(Object.keys(main), ['sid']);
  assert.equal(await frames.next(), '42["auth",{"token":"123"}]');
  frames.send('40/custom,');
  const custom = JSON.parse((await frames.next()).slice('40/custom,'.length));
  assert.equal(await frames.next(), '42/custom,["auth",{}]');
  assert.equal(new Set([main.sid, custom.sid, frames.handshake.sid]).size, 3);
  for (const nsp of ['/random', '/custom/', '/Custom', '/__proto__', '/x?y', '/custom?a=b']) {
    frames.send(`40${nsp}`);
    assert.equal(await frames.next(), `44${nsp},{"message":"Invalid namespace"}`);
  }
  frames.send('42["message","still here"]');
  assert.equal(await frames.next(), '42["message-back","still here"]');
  frames.close();
});

test('admission refuses, now or later, and may be tried again', async () => {
  const frames = await echo.websocketSession('/socket.io/');
  frames.send('40/no,');
  assert.equal(await frames.next(), '44/no,{"message":"Auth failed (custom namespace)"}');
  frames.send('40/auth,{"token":"wrong"}');
  frames.send('40/custom');
  assert.match(await frames.next(), /^40\/custom,/);
  await frames.next();
  assert.equal(await frames.next(), '44/auth,{"message":"not authorized","data":{"code":"E_AUTH"}}');
  frames.send('40/auth,{"token":"secret"}');
  assert.match(await frames.next(), /^40\/auth,\{"sid":/);
  assert.equal(await frames.next(), '42/auth,["auth",{"token":"secret"}]');
  frames.close();
  const failing = echo.websocket('/socket.io/', null, {});
  failing.close();
  const sid = await echo.open('/socket.io/', '&fail=1');
  await echo.post(sid, '40', '/socket.io/');
  assert.equal(await (await echo.get(sid, '/socket.io/')).text(), '44{"message":"Auth failed (main namespace)"}');
  await echo.post(sid, '40/custom,', '/socket.io/');
  assert.match(await (await echo.get(sid, '/socket.io/')).text(), /^40\/custom,/);
  const empty = await echo.open('/socket.io/', '&fail=');
  await echo.post(empty, '40', '/socket.io/');
  assert.match(await (await echo.get(empty, '/socket.io/')).text(), /^40\{/);
  for (const session of [sid, empty]) await echo.post(session, '1', '/socket.io/');
});

test('events and acknowledgements keep what they carry', async () => {
  const frames = await joined();
  const values = [1, '2', { 3: [true] }, null, -1.5, 0.1, 1e-7, 1e300, 5e-324, 2 ** 53 - 1, -(2 ** 53 - 1), 123456789.123456789, 1.7976931348623157e308, 'Ü€😀\u0000\u001f"\\/', { '': 0 }, [], {}];
  frames.send(`42["message",${JSON.stringify(values).slice(1)}`);
  assert.deepEqual(JSON.parse((await frames.next()).slice(2)), ['message-back', ...values]);
  frames.send('42["message",1,"2",{"3":[true]}]');
  assert.equal(await frames.next(), '42["message-back",1,"2",{"3":[true]}]');
  for (const id of ['0', '456', '9007199254740991']) {
    frames.send(`42${id}["message-with-ack","ü",null]`);
    assert.equal(await frames.next(), `43${id}["ü",null]`);
  }
  const doubles = Array.from({ length: 2000 }, () => (Math.random() - 0.5) * 10 ** Math.floor(Math.random() * 600 - 300));
  frames.send(`42["message",${JSON.stringify(doubles)}]`);
  assert.deepEqual(JSON.parse((await frames.next()).slice(2))[1], doubles);
  frames.close();
});

test('binary goes in and comes out, renumbered', async () => {
  const frames = await joined();
  frames.send('452-["message",{"_placeholder":true,"num":1},{"a":[{"_placeholder":true,"num":0}]}]');
  frames.send(Buffer.from([1, 2, 3]));
  frames.send(Buffer.alloc(0));
  assert.equal(await frames.next(), '452-["message-back",{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":1}]}]');
  assert.deepEqual(await frames.next(), Buffer.alloc(0));
  assert.deepEqual(await frames.next(), Buffer.from([1, 2, 3]));
  frames.send('451-789["message-with-ack",{"_placeholder":true,"num":0}]');
  frames.send(Buffer.from([9]));
  assert.equal(await frames.next(), '461-789[{"_placeholder":true,"num":0}]');
  assert.deepEqual(await frames.next(), Buffer.from([9]));
  frames.send('42["message",{"_placeholder":true,"num":7}]');
  assert.equal(await frames.next(), '42["message-back",{"_placeholder":true,"num":7}]');
  frames.close();
});

const closing = [
  'abc', '7', '4', '3x', '42', '42{}', '42[]', '42[null]', '42[{}]', '42["message",]', "42['a']", '42["a"', '42["a"]x', '42["a",01]', '42["a",NaN]',
  '42["a",1e400]', '42["a","\u0001"]', '42["a",/**/1]', '42["a","\\ud800"]', '42/custom,["a"]', '41/custom,', '43/custom,1[]', '40', '401', '40[]', '40"x"', '44{"message":"x"}',
  '41{}', '43{}', '4399', '45["a"]', '45-["a"]', '451.5-["a"]', '45-1-["a"]', '4511-["a"]', '46x-[]',
  ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'].map((name) => `42["${name}"]`),
  `42["a",${'['.repeat(100000)}${']'.repeat(100000)}]`, '4299999999999999999999["a"]', Buffer.from([1]),
].filter((packet) => !['42', '4399'].includes(packet)); // a packet without any payload may be ignored instead
for (const packet of closing) {
  const name = String(packet).slice(0, 40);
  test(`closes: ${name}`, async () => {
    const frames = await joined();
    frames.send(typeof packet === 'string' ? `${packet.startsWith('4') ? '' : '4'}${packet}` : packet);
    assert.ok(await frames.isClosed());
    assert.equal(frames.queue.length, 0);
  });
}

test('closes: attachments that do not fit', async () => {
  const sequences = [
    ['451-["m",{"_placeholder":true,"num":1}]', Buffer.from([1])],
    ['451-["m",{"_placeholder":true,"num":-1}]', Buffer.from([1])],
    ['451-["m",{"_placeholder":true,"num":0.5}]', Buffer.from([1])],
    ['451-["m",{"_placeholder":true,"num":"0"}]', Buffer.from([1])],
    ['451-["m",{"_placeholder":true}]', Buffer.from([1])],
    ['451-["m",{"_placeholder":true,"num":0}]', '42["m"]'],
    ['451-["m",{"_placeholder":true,"num":0}]', Buffer.from([1]), Buffer.from([2])],
  ];
  for (const sequence of sequences) {
    const frames = await joined();
    for (const message of sequence) frames.send(message);
    assert.ok(await frames.isClosed(), JSON.stringify(sequence[0]));
  }
});

test('what means nothing is ignored', async () => {
  const frames = await joined();
  for (const packet of ['42["error"]', '426["error","x"]', '42["unknown"]', '427["unknown"]', '428["hi","no ack"]', '42[5,"x"]', '4212[1.5]', '43999[1]', '430[]', '42["message-with-ack",1]', '42["getId"]']) frames.send(packet);
  assert.equal(await frames.next(), '42["hi"]');
  frames.send(`42["message",${JSON.stringify(Object.fromEntries(Array.from({ length: 20000 }, (_, i) => [`k${i}`, i])))}]`);
  assert.equal(Object.keys(JSON.parse((await frames.next()).slice(2))[1]).length, 20000);
  const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
  frames.send(`42["message",${deep}]`);
  assert.equal(await frames.next(), `42["message-back",${deep}]`);
  frames.send('42["message",{"__proto__":{"x":1},"constructor":2}]');
  assert.equal(await frames.next(), '42["message-back",{"__proto__":{"x":1},"constructor":2}]');
  frames.close();
});

test('the server asks for acknowledgements, and each counts once', async () => {
  const frames = await joined();
  frames.send('42["emit-with-ack","q",1]');
  const [, id] = /^42(\d+)\["please-ack","q",1\]$/.exec(await frames.next());
  frames.send(`43${id}["a",{"b":2}]`);
  assert.equal(await frames.next(), '42["acked","a",{"b":2}]');
  frames.send(`43${id}["again"]`);
  frames.send('42["message"]');
  assert.equal(await frames.next(), '42["message-back"]');
  frames.close();
});

test('delayed acknowledgements come on their own time', async () => {
  const frames = await joined();
  frames.send('421["delay-ack",80,"slow"]');
  frames.send('422["delay-ack",20,"quick"]');
  assert.equal(await frames.next(), '432["quick"]');
  assert.equal(await frames.next(), '431["slow"]');
  frames.close();
});

test('rooms: members, messages, and one farewell each', async () => {
  const [a, b, c] = [await joined(), await joined(), await joined('/custom')];
  a.send('421["join","r"]');
  assert.equal(await a.next(), '431[1]');
  a.send('425["join","s"]');
  await a.next();
  b.send('421["join","r"]');
  assert.equal(await b.next(), '431[2]');
  b.send('424["join","s"]');
  await b.next();
  c.send('42/custom,1["join","r"]');
  assert.equal(await c.next(), '43/custom,1[1]');
  assert.equal((await echo.stats()).rooms, 3);
  b.send('452-2["to-room","r",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
  b.send(Buffer.from([1]));
  b.send(Buffer.from([2]));
  assert.equal(await b.next(), '432[]');
  assert.equal(await a.next(), `452-["room-msg","${b.id}",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`);
  assert.deepEqual([await a.next(), await a.next()], [Buffer.from([1]), Buffer.from([2])]);
  b.send('423["info"]');
  const info = JSON.parse((await b.next()).slice(3))[0];
  assert.deepEqual(info.rooms, ['r', 's']);
  assert.deepEqual({ ...info, rooms: 0 }, { id: b.id, nsp: '/', transport: 'websocket', rooms: 0, query: { EIO: '4', transport: 'websocket' }, address: '127.0.0.1' });
  b.socket.terminate();
  const farewells = [JSON.parse((await a.next()).slice(2)), JSON.parse((await a.next()).slice(2))];
  assert.ok(farewells.every(([name, left]) => name === 'room-left' && left.id === b.id && typeof left.reason === 'string'));
  a.send('426["leave","r"]');
  assert.equal(await a.next(), '436[0]');
  await a.silent();
  await c.silent();
  a.close();
  c.close();
  await echo.settled((stats) => stats.rooms === 0 && stats.clients === 0);
});

test('the query and the headers of a handshake may be no UTF-8 at all', async () => {
  const frames = new Frames(`ws://127.0.0.1:${echo.port}/socket.io/?EIO=4&transport=websocket&name=%ff%C3%A4`, { headers: { 'X-Odd': '\xff' } });
  await frames.next();
  frames.send('40');
  await frames.next();
  await frames.next();
  frames.send('421["info"]');
  assert.equal(JSON.parse((await frames.next()).slice(3))[0].query.name, '\ufffdä');
  frames.send('422["getHandshake"]');
  assert.equal(JSON.parse((await frames.next()).slice(3))[0].headers['X-Odd'], '\ufffd');
  frames.close();
});

test('DISCONNECT leaves one namespace, kick one or all', async () => {
  const frames = await joined();
  frames.send('40/custom,');
  await frames.next();
  await frames.next();
  frames.send('41/custom,');
  frames.send('42["message",1]');
  assert.equal(await frames.next(), '42["message-back",1]');
  frames.send('41');
  await sleep(30);
  assert.deepEqual((await echo.stats()).sockets['/'], 0);
  frames.send('40');
  await frames.next();
  await frames.next();
  frames.send('42["kick",false]');
  assert.equal(await frames.next(), '41');
  assert.ok(!(await frames.isClosed(50)));
  frames.send('40');
  await frames.next();
  await frames.next();
  frames.send('42["kick",true]');
  assert.equal(await frames.next(), '41');
  assert.ok(await frames.isClosed());
});

test('kick over polling delivers the farewell and the close', async () => {
  const sid = await echo.open('/socket.io/');
  await echo.post(sid, '40', '/socket.io/');
  await (await echo.get(sid, '/socket.io/')).text();
  const pending = echo.get(sid, '/socket.io/');
  await echo.post(sid, '42["message",1]\x1e42["kick",true]\x1e42["message",2]', '/socket.io/');
  const text = await (await pending).text();
  assert.match(text, /^42\["message-back",1\]\x1e41\x1e1$/);
  assert.equal((await echo.get(sid, '/socket.io/')).status, 400);
});

test('a connection that joins nothing is closed in time', async () => {
  const frames = await echo.websocketSession('/socket.io/');
  const started = performance.now();
  await frames.closed;
  const lasted = performance.now() - started;
  assert.ok(lasted >= 980 && lasted < 1200, `closed after ${lasted}`);
  const stays = await joined();
  stays.send('41');
  await sleep(1200);
  stays.send('40');
  assert.match(await stays.next(), /^40/);
  stays.close();
});

test('bursts arrive whole and in order', async () => {
  const frames = await joined();
  frames.send('42["burst",500,1000]');
  for (let i = 0; i < 500; ++i) assert.equal(await frames.next(), `42["burst",${i},"${'x'.repeat(1000)}"]`);
  frames.send('42["burst-binary",100,10]');
  for (let i = 0; i < 100; ++i) {
    assert.equal(await frames.next(), `451-["burst-binary",${i},{"_placeholder":true,"num":0}]`);
    assert.deepEqual(await frames.next(), Buffer.alloc(10, i));
  }
  frames.close();
});
