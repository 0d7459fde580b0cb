// Whatever way clients go, nothing of them stays: sessions, sockets, rooms, memory, file descriptors.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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

async function member(nsp = '/') {
  const frames = await echo.joined(nsp);
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

test('abandoned handshakes and idle connections leave nothing', async () => {
  for (let i = 0; i < 2000; i += 100)
    await Promise.all(Array.from({ length: 100 }, (_, k) => echo.bytes(`GET /${k % 2 ? 'socket' : 'engine'}.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 1000)));
  const connections = await Promise.all(Array.from({ length: 500 }, () => echo.tcp()));
  assert.equal((await fetch(`${echo.url}/healthz`)).status, 200);
  for (const connection of connections) connection.destroy();
  await echo.settled(allGone);
});

test('a client that stops reading is dropped, and its queue freed', async () => {
  const before = (await echo.stats()).rss;
  const deaf = await echo.joined();
  const other = await echo.joined();
  await other.next();
  deaf.socket._socket.pause();
  for (let i = 0; i < 4; ++i) deaf.send('42["burst",30,1000000]');
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
