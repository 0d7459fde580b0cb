// The HTTP surface: paths, CORS, pipelining, limits, and what is no HTTP at all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Echo, Frames, sleep } from './echo.mjs';

let echo;
before(async () => (echo = await Echo.start('--max-payload', '1000')));
after(() => echo.stop());

const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((m) => Number(m[1]));

test('paths match exactly', async () => {
  assert.equal(await (await fetch(`${echo.url}/healthz`)).text(), 'ok');
  for (const path of ['/', '/engine.io', '/engine.io/x', '/Engine.io/', '//engine.io/', '/healthz/', '/socket.io/../engine.io/%2f'])
    assert.equal((await fetch(`${echo.url}${path}?EIO=4&transport=polling`)).status, 404, path);
  const { text } = await echo.bytes('HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.match(text, /200[^]*Content-Length: 2\r\n[^]*\r\n\r\n$/);
});

test('a WebSocket elsewhere is refused', async () => {
  const head = 'Host: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  assert.deepEqual(statuses((await echo.bytes(`GET /other HTTP/1.1\r\n${head}`, 300)).text), [404]);
});

test('CORS marks every answer and answers the preflight', async () => {
  const preflight = await fetch(`${echo.url}/socket.io/`, { method: 'OPTIONS', headers: { Origin: 'http://a.example', 'Access-Control-Request-Headers': 'x-one, x-two' } });
  assert.ok([200, 204].includes(preflight.status));
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.match(preflight.headers.get('access-control-allow-methods'), /POST/);
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'x-one, x-two');
  const sid = await echo.open('/socket.io/');
  const posted = await echo.post(sid, '40', '/socket.io/');
  assert.equal(posted.headers.get('access-control-allow-origin'), '*');
  const got = await echo.get(sid, '/socket.io/');
  assert.equal(got.status, 200);
  assert.equal(got.headers.get('access-control-allow-origin'), '*');
  assert.equal((await fetch(`${echo.url}/healthz`)).headers.get('access-control-allow-origin'), null);
  const large = await echo.post(sid, 'x'.repeat(1001), '/socket.io/').catch(() => null);
  if (large) assert.equal(large.headers.get('access-control-allow-origin'), '*');
});

test('listed origins may, with credentials, and others may not', async (t) => {
  const strict = await Echo.start('--cors-origin', 'https://good.example');
  t.after(() => strict.stop());
  const ask = (origin, method = 'GET') => fetch(strict.polling('/engine.io/'), { method, headers: origin ? { Origin: origin } : {} });
  for (const method of ['GET', 'OPTIONS']) {
    const good = await ask('https://good.example', method);
    assert.ok(good.ok, method);
    assert.equal(good.headers.get('access-control-allow-origin'), 'https://good.example');
    assert.equal(good.headers.get('access-control-allow-credentials'), 'true');
    assert.equal(good.headers.get('vary'), 'Origin');
    assert.equal((await ask('https://evil.example', method)).headers.get('access-control-allow-credentials'), null);
  }
  assert.equal((await ask(`http://127.0.0.1:${strict.port}`)).status, 200);
  assert.equal((await ask()).status, 200);
  const evil = await ask('https://evil.example');
  assert.equal(evil.status, 403);
  assert.equal(evil.headers.get('access-control-allow-origin'), null);
  const frames = strict.websocket('/engine.io/', null, { origin: 'https://evil.example' });
  await frames.closed;
  assert.match(frames.error.message, /403/);
});

test('pipelined requests are answered in order', async () => {
  const sid = await echo.open();
  const get = (target, extra = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${extra}\r\n`;
  const query = `/engine.io/?EIO=4&transport=polling&sid=${sid}`;
  const post = `POST ${query} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n4ab\r\n2;x=y\r\ncd\r\n0\r\n\r\n`;
  const { text } = await echo.bytes(get('/healthz') + get('/nothing') + post + get(query) + get('/healthz', 'Connection: close\r\n'));
  assert.deepEqual(statuses(text), [200, 404, 200, 200, 200]);
  assert.match(text, /\r\n\r\nok[^]*Not found[^]*ok[^]*4abcd[^]*ok$/);
});

test('a request may come byte by byte', async () => {
  const socket = await echo.tcp();
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  for (const c of 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n') {
    socket.write(c);
    await sleep(1);
  }
  await sleep(30);
  assert.match(text, /200 OK[^]*ok$/);
  socket.destroy();
});

test('Expect: 100-continue is answered before the body', async () => {
  const sid = await echo.open();
  const socket = await echo.tcp();
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  socket.write(`POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
  await sleep(50);
  assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  socket.write('4x');
  await sleep(50);
  assert.deepEqual(statuses(text), [100, 200]);
  socket.destroy();
});

// A session may or may not survive an oversized message; it never hears of it.
async function assertNothingDelivered(sid) {
  const answer = await echo.get(sid);
  assert.ok(answer.status === 400 || (await answer.text()) === '2');
}

test('a body of exactly the limit passes, one more byte does not', async () => {
  const sid = await echo.open();
  const message = `4${'x'.repeat(999)}`;
  assert.equal((await echo.post(sid, message)).status, 200);
  assert.equal(await (await echo.get(sid)).text(), message);
  const target = `/engine.io/?EIO=4&transport=polling&sid=${sid}`;
  const announced = await echo.bytes(`POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n4xx`, 500);
  assert.deepEqual(statuses(announced.text), [413]);
  await assertNothingDelivered(sid);
  const chunked = await echo.bytes(`POST ${target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${'4'.repeat(1001)}\r\n0\r\n\r\n`, 500);
  assert.deepEqual(statuses(chunked.text), [413]);
});

const header = (line) => `GET /healthz HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`;
const postWith = (lines, body = '') => `POST /healthz HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n${body}`;
const malformed = {
  garbage: 'hello there\r\n\r\n',
  'random bytes': Buffer.from([0x13, 0x37, 0xff, 0x00, 0x80]),
  'a TLS hello': Buffer.from('1603010200010001fc0303', 'hex'),
  'no version': 'GET /healthz\r\n\r\n',
  'a wrong version': 'GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n',
  'bare line feeds': 'GET /healthz HTTP/1.1\nHost: a\n\n',
  'both lengths': postWith('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'),
  'two different lengths': postWith('Content-Length: 0\r\nContent-Length: 30', 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'),
  'a list of lengths': postWith('Content-Length: 0, 30'),
  'a negative length': postWith('Content-Length: -1'),
  'a huge length': postWith('Content-Length: 99999999999999999999999'),
  'another transfer coding': postWith('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'),
  'a bad chunk size': postWith('Transfer-Encoding: chunked', 'zz\r\nabc\r\n0\r\n\r\n'),
  'a chunk without its end': postWith('Transfer-Encoding: chunked', '3\r\nabcdef\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'),
  'a huge chunk size': postWith('Transfer-Encoding: chunked', 'ffffffffffffffffff\r\n'),
  'no colon': header('Broken'),
  'a NUL in a header': header('X: a\0b'),
  'a space before the colon': header('X : a'),
  'a folded header': header('X: a\r\n b'),
  'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
  'two hosts': header('Host: b'),
  'a long header': header(`X: ${'a'.repeat(110000)}`),
  'a long target': `GET /${'a'.repeat(110000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  '20000 headers': header(Array.from({ length: 20000 }, (_, i) => `X${i}: 1`).join('\r\n')),
  '101 headers': header(Array.from({ length: 101 }, (_, i) => `X${i}: 1`).join('\r\n')),
};
for (const [what, bytes] of Object.entries(malformed)) {
  test(`malformed: ${what}`, async () => {
    const { text, closed } = await echo.bytes(bytes);
    const answers = statuses(text);
    assert.ok(closed, 'left open');
    assert.ok(answers.length <= 1 && answers.every((s) => s >= 400 && s < 500), text);
  });
}

test('WebSocket handshakes that are none are refused', async () => {
  const lines = { Host: 'a', Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };
  const shake = (changed) => {
    const all = Object.entries({ ...lines, ...changed }).filter(([, v]) => v !== null);
    return echo.bytes(`GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n${all.map(([k, v]) => `${k}: ${v}`).join('\r\n')}\r\n\r\n`, 300);
  };
  assert.deepEqual(statuses((await shake({})).text), [101]);
  assert.deepEqual(statuses((await shake({ Connection: 'keep-alive, upgrade', Upgrade: 'WebSocket' })).text), [101]);
  for (const wrong of [{ 'Sec-WebSocket-Key': null }, { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, { 'Sec-WebSocket-Version': null }, { 'Sec-WebSocket-Version': '12' }]) {
    const [status] = statuses((await shake(wrong)).text);
    assert.ok(status >= 400 && status < 500, JSON.stringify(wrong));
  }
  assert.doesNotMatch((await shake({ 'Sec-WebSocket-Extensions': 'permessage-deflate' })).text, /Sec-WebSocket-(Extensions|Protocol)/i);
});

test('of offered subprotocols the first is agreed to', async () => {
  const frames = new Frames(`ws://127.0.0.1:${echo.port}/engine.io/?EIO=4&transport=websocket`, { protocols: ['my-app', 'other'] });
  assert.match(await frames.next(), /^0/);
  assert.equal(frames.socket.protocol, 'my-app');
  frames.close();
});

test('half-sent requests delay nobody and are closed', async () => {
  const sockets = await Promise.all(Array.from({ length: 150 }, () => echo.tcp()));
  for (const socket of sockets) socket.write('GET /healthz HTTP/1.1\r\nHost:');
  const started = performance.now();
  assert.equal((await fetch(`${echo.url}/healthz`)).status, 200);
  assert.ok(performance.now() - started < 200);
  const trickle = setInterval(() => sockets[0].write('a'), 500);
  const closed = new Promise((resolve) => sockets[0].on('error', resolve).on('close', resolve));
  assert.notEqual(await Promise.race([closed, sleep(12000).then(() => 'late')]), 'late');
  clearInterval(trickle);
  for (const socket of sockets) socket.destroy();
});
