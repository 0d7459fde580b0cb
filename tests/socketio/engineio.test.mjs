// Engine.IO 4 as a client sees it: handshake, refusals, polling, heartbeat, the upgrade.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Echo, Frames, sleep } from './echo.mjs';

let echo;
before(async () => (echo = await Echo.start()));
after(async () => assert.deepEqual(await echo.stop(), { code: 0, signal: null }));

const refusals = [
  [0, 'Transport unknown'],
  [1, 'Session ID unknown'],
  [2, 'Bad handshake method'],
  [3, 'Bad request'],
  [5, 'Unsupported protocol version'],
];
async function assertRefused(response, code) {
  assert.equal(response.status, 400);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.equal(response.headers.get('access-control-allow-origin'), '*');
  const message = refusals.find(([c]) => c === code)[1];
  assert.equal(await response.text(), `{"code":${code},"message":"${message}"}`);
}

test('the handshake has exactly its keys', async () => {
  const response = await fetch(echo.polling('/engine.io/', null, '&&t=1&b64='));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=UTF-8');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const text = await response.text();
  const { sid, ...rest } = JSON.parse(text.slice(1));
  assert.equal(text[0], '0');
  assert.match(sid, /^[A-Za-z0-9_-]{16,}$/);
  assert.deepEqual(rest, { upgrades: ['websocket'], pingInterval: 300, pingTimeout: 200, maxPayload: 1000000 });
  const frames = await echo.websocketSession();
  assert.deepEqual(frames.handshake.upgrades, []);
  assert.deepEqual(Object.keys(frames.handshake).sort(), ['maxPayload', 'pingInterval', 'pingTimeout', 'sid', 'upgrades']);
  frames.close();
});

test('an empty sid is none', async () => {
  assert.match(await (await fetch(`${echo.url}/engine.io/?sid=&t=&EIO=4&transport=polling`)).text(), /^0\{"sid":/);
});

test('session ids share no beginning', async () => {
  const ids = await Promise.all(Array.from({ length: 50 }, () => echo.open()));
  assert.equal(new Set(ids.map((id) => id.slice(0, 8))).size, ids.length);
});

test('refusals come in their order', async () => {
  const get = (query, init) => fetch(`${echo.url}/engine.io/?${query}`, init);
  await assertRefused(await get('EIO=4'), 0);
  await assertRefused(await get('transport=abc&sid=x&EIO=3'), 0);
  await assertRefused(await get('EIO=4&transport=polling&sid=unknown'), 1);
  await assertRefused(await get('EIO=3&transport=polling', { method: 'POST' }), 2);
  await assertRefused(await get('EIO=4&transport=polling', { method: 'PUT' }), 2);
  await assertRefused(await get('EIO=3&transport=websocket'), 3);
  for (const version of ['', 'EIO=3&', 'EIO=abc&', 'EIO=04&', 'EIO=4.0&']) await assertRefused(await get(`${version}transport=polling`), 5);
  await assertRefused(await get('transport=poll%69ng&EIO=4&sid=%00'), 1);
  const frames = await echo.websocketSession();
  await assertRefused(await echo.get(frames.handshake.sid), 3);
  frames.close();
});

test('a refused WebSocket handshake opens nothing', async () => {
  for (const query of ['', 'EIO=4', 'EIO=3&transport=websocket', 'EIO=4&transport=polling', 'EIO=4&transport=websocket&sid=nope']) {
    const frames = new Frames(`ws://127.0.0.1:${echo.port}/engine.io/?${query}`);
    await frames.closed;
    assert.match(frames.error.message, /4\d\d/);
  }
});

test('polling echoes text, binary and empty messages', async () => {
  const sid = await echo.open();
  const posted = await echo.post(sid, '4hello\x1e4\x1ebAQIDBA==\x1eb\x1e4€ü');
  assert.equal(posted.status, 200);
  assert.equal(await posted.text(), 'ok');
  assert.equal(await (await echo.get(sid)).text(), '4hello\x1e4\x1ebAQIDBA==\x1eb\x1e4€ü');
});

test('meaningless packets are ignored, also an unasked pong', async () => {
  const sid = await echo.open();
  await echo.post(sid, '0\x1e5\x1e6\x1e3\x1e4x');
  assert.equal(await (await echo.get(sid)).text(), '4x');
});

test('invalid payloads end the session', async () => {
  for (const body of ['abc', '', '4a\x1e\x1e4b', '4a\x1e', '7', '2', 'b***', 'bAQI', Buffer.from([0x34, 0xff, 0xfe])]) {
    const sid = await echo.open();
    const response = await echo.post(sid, body);
    assert.ok([200, 400].includes(response.status));
    await assertRefused(await echo.get(sid), 1);
  }
});

test('octet streams and other methods are refused', async () => {
  const sid = await echo.open();
  const response = await echo.post(sid, '4a', '/engine.io/', { headers: { 'Content-Type': 'application/octet-stream' } });
  assert.equal(response.status, 400);
  assert.ok((await fetch(echo.polling('/engine.io/', await echo.open()), { method: 'PUT', body: 'x' })).status >= 400);
});

test('a second GET ends the session, the first with a close packet', async () => {
  const sid = await echo.open();
  const first = echo.get(sid);
  await sleep(20);
  assert.equal((await echo.get(sid)).status, 400);
  assert.equal(await (await first).text(), '1');
  await assertRefused(await echo.get(sid), 1);
});

test('a second POST ends the session', async () => {
  const sid = await echo.open();
  const socket = await echo.tcp();
  socket.write(`POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n4hal`);
  await sleep(50);
  assert.equal((await echo.post(sid, '4b')).status, 400);
  await assertRefused(await echo.get(sid), 1);
  socket.destroy();
});

test('a GET left by its client ends the session', async () => {
  const sid = await echo.open();
  const abort = new AbortController();
  const pending = fetch(echo.polling('/engine.io/', sid), { signal: abort.signal }).catch(() => 'left');
  await sleep(30);
  abort.abort();
  assert.equal(await pending, 'left');
  await sleep(30);
  await assertRefused(await echo.get(sid), 1);
});

test('the client closes: a pending GET gets a noop, what follows is dropped', async () => {
  const sid = await echo.open();
  const pending = echo.get(sid);
  await sleep(20);
  await echo.post(sid, '1\x1e4late');
  assert.equal(await (await pending).text(), '6');
  await assertRefused(await echo.get(sid), 1);
  const frames = await echo.websocketSession();
  frames.send('1');
  frames.send('4late');
  assert.ok(await frames.isClosed());
  assert.deepEqual(frames.queue, []);
});

test('the heartbeat keeps its time over polling', async () => {
  const started = performance.now();
  const sid = await echo.open();
  assert.equal(await (await echo.get(sid)).text(), '2');
  const first = performance.now() - started;
  assert.ok(first >= 298 && first < 345 + 60, `first ping after ${first}`);
  await echo.post(sid, '3');
  assert.equal(await (await echo.get(sid)).text(), '2');
  await sleep(260);
  await assertRefused(await echo.get(sid), 1);
});

test('messages are no pong: the WebSocket is closed after interval and timeout', async () => {
  const frames = echo.websocket('/engine.io/', null, { pong: false });
  await frames.next();
  const started = performance.now();
  const chatter = setInterval(() => frames.send('4x'), 50);
  await frames.closed;
  clearInterval(chatter);
  const lasted = performance.now() - started;
  assert.ok(lasted >= 490 && lasted < 575 + 80, `closed after ${lasted}`);
});

test('unknown packets and empty text messages end a WebSocket session', async () => {
  for (const message of ['abc', '', '7x', '2']) {
    const frames = await echo.websocketSession();
    frames.send(message);
    assert.ok(await frames.isClosed(), JSON.stringify(message));
  }
});

test('a WebSocket echoes text and binary, empty ones too', async () => {
  const frames = await echo.websocketSession();
  for (const message of ['4hello', '4', Buffer.from([1, 2, 3, 4]), Buffer.alloc(0), `4${'y'.repeat(900000)}`]) {
    frames.send(message);
    assert.deepEqual(await frames.next(), message);
  }
  frames.close();
});

test('the upgrade loses nothing and polling is over', async () => {
  const sid = await echo.open();
  const pending = echo.get(sid);
  const frames = echo.websocket('/engine.io/', sid);
  await frames.opened;
  frames.send('2probe');
  assert.equal(await frames.next(), '3probe');
  assert.equal(await (await pending).text(), '6');
  assert.equal(await (await echo.get(sid)).text(), '6');
  assert.equal((await echo.post(sid, '4one\x1e4two\x1ebAQI=')).status, 200);
  frames.send('5');
  assert.equal(await frames.next(), '4one');
  assert.equal(await frames.next(), '4two');
  assert.deepEqual(await frames.next(), Buffer.from([1, 2]));
  await assertRefused(await echo.get(sid), 3);
  await assertRefused(await echo.post(sid, '4x'), 3);
  frames.send('4hello');
  assert.equal(await frames.next(), '4hello');
  const second = echo.websocket('/engine.io/', sid);
  assert.ok(await second.isClosed());
  await sleep(600);
  frames.send('4still');
  assert.equal(await frames.next(), '4still');
  frames.close();
});

test('an upgrade that goes wrong leaves the polling session alone', async () => {
  for (const messages of [['4x'], ['2'], ['2probex'], ['2probe', '4x'], [Buffer.from('2probe')]]) {
    const sid = await echo.open();
    const frames = echo.websocket('/engine.io/', sid);
    await frames.opened;
    for (const message of messages) frames.send(message);
    assert.ok(await frames.isClosed());
    await echo.post(sid, '4alive');
    assert.match(await (await echo.get(sid)).text(), /4alive/);
  }
});

test('an upgrade has to finish in time', async () => {
  const sid = await echo.open();
  const frames = echo.websocket('/engine.io/', sid, { pong: false });
  await frames.opened;
  const started = performance.now();
  const pongs = setInterval(() => echo.post(sid, '3'), 100);
  await frames.closed;
  const lasted = performance.now() - started;
  assert.ok(lasted >= 990 && lasted < 1200, `closed after ${lasted}`);
  clearInterval(pongs);
  await sleep(30);
  assert.equal((await echo.get(sid)).status, 200);
});

test('a second upgrade is closed and the first goes on', async () => {
  const sid = await echo.open();
  const first = echo.websocket('/engine.io/', sid);
  await first.opened;
  first.send('2probe');
  await first.next();
  const second = echo.websocket('/engine.io/', sid);
  assert.ok(await second.isClosed());
  first.send('5');
  first.send('4on');
  assert.equal(await first.next(), '4on');
  first.close();
});

test('a session that ends closes the WebSocket that probes it', async () => {
  const sid = await echo.open();
  const frames = echo.websocket('/engine.io/', sid);
  await frames.opened;
  frames.send('2probe');
  await frames.next();
  await echo.post(sid, '1');
  assert.ok(await frames.isClosed());
});

test('the heartbeat goes on over the WebSocket after an upgrade', async () => {
  const sid = await echo.open();
  const frames = echo.websocket('/engine.io/', sid, { pong: false });
  await frames.opened;
  frames.send('2probe');
  await frames.next();
  frames.send('5');
  assert.equal(await frames.next(), '2');
  const pinged = performance.now();
  frames.send('3');
  assert.equal(await frames.next(), '2');
  const again = performance.now() - pinged;
  assert.ok(again >= 298 && again < 345 + 60, `pinged again after ${again}`);
  await frames.closed;
  const lasted = performance.now() - pinged - again;
  assert.ok(lasted >= 198 && lasted < 230 + 80, `closed after ${lasted}`);
});

test('a delayed admission delays only the handshake', async (t) => {
  const slow = await Echo.start('--handshake-delay', '300', '--ping-interval', '2000');
  t.after(() => slow.stop());
  const started = performance.now();
  const opening = slow.open();
  assert.equal((await fetch(`${slow.url}/healthz`)).status, 200);
  assert.ok(performance.now() - started < 200);
  const sid = await opening;
  assert.ok(performance.now() - started >= 299);
  const again = performance.now();
  await slow.post(sid, '4x');
  assert.equal(await (await slow.get(sid)).text(), '4x');
  assert.ok(performance.now() - again < 200);
  const frames = await slow.websocketSession();
  assert.equal(frames.handshake.upgrades.length, 0);
  frames.close();
});
