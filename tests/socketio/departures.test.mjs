// Whatever way clients go, nothing of them stays: sessions, sockets, rooms, memory, file descriptors.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import net from 'node:net';
import { Echo, sleep } from './echo.mjs';

let echo;
let idle;
before(async () => {
  echo = await Echo.start('--max-unread', '4000000');
  idle = (await echo.stats()).fds;
});
after(() => echo.stop());

const allGone = (stats) => stats.engine === 0 && stats.clients === 0 && stats.rooms === 0 && Object.values(stats.sockets).every((n) => n === 0) && stats.fds <= idle + 2;

const connected = [];
afterEach(() => connected.splice(0).forEach((frames) => frames.socket.terminate())); // one failure is to stay one

async function joined(nsp) {
  const frames = await echo.joined(nsp);
  connected.push(frames);
  return frames;
}

async function member(nsp = '/') {
  const frames = await joined(nsp);
  frames.send(nsp === '/' ? '42["join","r"]' : `42${nsp},["join","r"]`);
  return frames;
}

const departures = {
  'DISCONNECT and close': async (f) => (f.send('41'), f.close()),
  'the close packet': async (f) => f.send('1'),
  'the close handshake': async (f) => f.close(),
  'TCP reset': async (f) => f.socket._socket.resetAndDestroy(),
  'TCP loss': async (f) => f.socket.terminate(),
  'a protocol error': async (f) => f.send('4x'),
  'a broken frame': async (f) => f.socket._socket.write(Buffer.from([0xff, 0xff])),
  kick: async (f) => f.send('42["kick",true]'),
  silence: async (f) => f.socket.pause(),
};

test('200 clients come and go in every way', async () => {
  const ways = Object.values(departures);
  for (let round = 0; round < 4; ++round) {
    const all = await Promise.all(Array.from({ length: 50 }, () => member()));
    await sleep(20);
    assert.equal((await echo.stats()).sockets['/'], 50);
    await Promise.all(all.map((frames, i) => ways[i % ways.length](frames)));
    await echo.settled((stats) => stats.clients === 0, 3500);
    for (const frames of all) frames.socket.terminate();
  }
  await echo.settled(allGone);
});

for (const [way, depart] of Object.entries({ ...departures, DISCONNECT: (f) => f.send('41') }))
  test(`${way}: every room is told once, with a reason`, async () => {
    const [watcher, leaver] = [await member(), await member()];
    for (const [i, frames] of [watcher, leaver].entries()) {
      frames.send('421["join","s"]');
      await frames.next(); // the greeting
      assert.equal(await frames.next(), `431[${i + 1}]`);
    }
    await depart(leaver);
    const told = [JSON.parse((await watcher.next(2000)).slice(2)), JSON.parse((await watcher.next(2000)).slice(2))];
    for (const [event, left] of told) {
      assert.equal(event, 'room-left');
      assert.deepEqual({ ...left, reason: typeof left.reason }, { id: leaver.id, reason: 'string' });
    }
    await watcher.silent();
    watcher.send('422["leave","r"]');
    watcher.send('423["leave","s"]');
    assert.deepEqual([await watcher.next(), await watcher.next()], ['432[0]', '433[0]']);
    leaver.socket.terminate();
    watcher.close();
    await echo.settled(allGone);
  });

test('the statistics have their keys', async () => {
  const { sockets, ...numbers } = await echo.stats();
  assert.deepEqual(Object.keys(numbers).sort(), ['clients', 'engine', 'fds', 'rooms', 'rss']);
  assert.ok(Object.values(numbers).every(Number.isInteger));
  for (const nsp of ['/', '/custom', '/auth']) assert.equal(sockets[nsp], 0);
});

test('abandoned handshakes and idle connections leave nothing', async () => {
  for (let i = 0; i < 2000; i += 100)
    await Promise.all(Array.from({ length: 100 }, (_, k) => echo.bytes(`GET /${k % 2 ? 'socket' : 'engine'}.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 1000)));
  const half = 'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  const silent = await Promise.all(Array.from({ length: 200 }, () => echo.tcp()));
  for (const socket of silent) socket.on('error', () => {}).write(half);
  await echo.settled(allGone); // all of them still hold their end of the connection
  for (const socket of silent) socket.destroy();
  const connections = await Promise.all(Array.from({ length: 500 }, () => echo.tcp()));
  assert.equal((await fetch(`${echo.url}/healthz`)).status, 200);
  for (const connection of connections) connection.destroy();
  await echo.settled(allGone);
});

test('a client that stops reading is dropped, and its queue freed', async () => {
  const before = (await echo.stats()).rss;
  const deaf = await joined();
  const other = await joined();
  await other.next();
  deaf.socket._socket.pause();
  for (let i = 0; i < 2; ++i) deaf.send('42["burst",30,1000000]');
  await sleep(20);
  const started = performance.now();
  other.send('42["message"]');
  await other.next();
  assert.ok(performance.now() - started < 200);
  await echo.settled((stats) => stats.clients === 1, 4000);
  assert.ok((await echo.stats()).rss < before + 60e6);
  deaf.socket.terminate();
  other.close();
  await echo.settled(allGone);
});

test('a polling client that takes nothing of its answer is cut with the heartbeat', async (t) => {
  // It lets more pile up than TCP takes off its hands.
  const patient = await Echo.start('--ping-interval', '700', '--ping-timeout', '500');
  t.after(() => patient.stop());
  const sid = await patient.open('/socket.io/');
  await patient.post(sid, '40', '/socket.io/');
  await (await patient.get(sid, '/socket.io/')).text();
  const deaf = await patient.tcp();
  deaf.on('error', () => {}).pause();
  deaf.write(`GET /socket.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await patient.post(sid, '42["burst",40,1000000]', '/socket.io/');
  const { fds, rss } = await patient.stats();
  assert.ok(rss > 40e6);
  await patient.settled((stats) => stats.clients === 0 && stats.fds < fds, 3500);
  deaf.destroy();
});

test('SIGTERM ends it within a second, whoever is connected', async () => {
  const short = await Echo.start();
  const frames = await short.joined();
  const held = await short.tcp();
  held.on('error', () => {}).write('GET /healthz HT');
  const closed = new Promise((resolve) => frames.socket.once('close', resolve));
  const started = performance.now();
  assert.deepEqual(await short.stop(), { code: 0, signal: null });
  assert.ok(performance.now() - started < 1000);
  assert.equal(await closed, 1000, 'it says goodbye');
  held.destroy();
});

test('it listens where it is told, and says why not', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { spawn } = await import('node:child_process');
  const child = spawn(echo.child.spawnfile, ['--host', '127.0.0.1', '--port', String(taken.address().port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.notEqual(code, 0);
  assert.match(said, /cannot listen on 127\.0\.0\.1 port \d+: /);
  taken.close();
});
