// Starts the echo server for a test file, and speaks to it: HTTP by fetch or by bare bytes, Engine.IO by hand.
import { spawn } from 'node:child_process';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

export { sleep, WebSocket };

const program = process.env.SIO_ECHO ?? new URL('../../build/dev/examples/socketio_echo/sio-echo', import.meta.url).pathname;

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Echo {
  static async start(...options) {
    const port = await freePort();
    const child = spawn(program, ['--host', '127.0.0.1', '--port', String(port), ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
    const echo = new Echo(port, child);
    echo.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    await new Promise((resolve, reject) => {
      child.stderr.once('data', resolve);
      child.once('exit', () => reject(new Error('the echo server did not start')));
      child.once('error', reject);
    });
    return echo;
  }

  constructor(port, child) {
    this.port = port;
    this.child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  async stop() {
    this.child.kill('SIGTERM');
    return this.exited;
  }

  async stats() {
    return (await fetch(`${this.url}/test/stats`)).json();
  }

  // Waits until the predicate holds for the statistics, and returns them.
  async settled(predicate, ms = 4000) {
    const deadline = Date.now() + ms;
    for (;;) {
      const stats = await this.stats();
      if (predicate(stats)) return stats;
      if (Date.now() > deadline) throw new Error(`not settled: ${JSON.stringify(stats)}`);
      await sleep(50);
    }
  }

  polling(path, sid, more = '') {
    return `${this.url}${path}?EIO=4&transport=polling${sid ? `&sid=${sid}` : ''}${more}`;
  }

  async open(path = '/engine.io/', more = '') {
    const text = await (await fetch(this.polling(path, null, more))).text();
    return JSON.parse(text.slice(1)).sid;
  }

  get(sid, path = '/engine.io/') {
    return fetch(this.polling(path, sid));
  }

  post(sid, body, path = '/engine.io/', init = {}) {
    return fetch(this.polling(path, sid), { method: 'POST', body, ...init });
  }

  websocket(path, sid, options) {
    return new Frames(`ws://127.0.0.1:${this.port}${path}?EIO=4&transport=websocket${sid ? `&sid=${sid}` : ''}`, options);
  }

  // A WebSocket that has been through the Engine.IO handshake.
  async websocketSession(path = '/engine.io/') {
    const frames = this.websocket(path);
    frames.handshake = JSON.parse((await frames.next()).slice(1));
    return frames;
  }

  // The same, joined to a Socket.IO namespace; the `auth` event is left to the caller.
  async joined(nsp = '/', auth = '') {
    const frames = await this.websocketSession('/socket.io/');
    const prefix = nsp === '/' ? '' : `${nsp},`;
    frames.send(`40${prefix}${auth}`);
    frames.id = JSON.parse((await frames.next()).slice(2 + prefix.length)).sid;
    return frames;
  }

  // Sends bytes over TCP and returns all that comes until the server closes, or `ms` have gone.
  bytes(data, ms = 1500) {
    return new Promise((resolve) => {
      const socket = net.connect(this.port, '127.0.0.1', () => socket.write(data));
      let text = '';
      const done = (closed) => {
        socket.destroy();
        resolve({ text, closed });
      };
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.on('error', () => done(true));
      socket.on('close', () => done(true));
      setTimeout(() => done(false), ms);
    });
  }

  tcp() {
    return new Promise((resolve, reject) => {
      const socket = net.connect(this.port, '127.0.0.1', () => resolve(socket));
      socket.once('error', reject);
    });
  }
}

// A WebSocket whose messages are taken one by one; answers pings unless told otherwise.
export class Frames {
  constructor(url, { pong = true, protocols = [], ...options } = {}) {
    this.socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
    this.queue = [];
    this.waiting = [];
    this.opened = new Promise((resolve) => this.socket.once('open', resolve));
    this.closed = new Promise((resolve) => this.socket.once('close', (code) => resolve(code)));
    this.socket.on('error', (error) => (this.error = error));
    this.socket.on('message', (data, isBinary) => {
      const message = isBinary ? data : data.toString();
      if (message === '2' && pong) return this.socket.send('3');
      const next = this.waiting.shift();
      if (next) next(message);
      else this.queue.push(message);
    });
  }

  send(data) {
    this.socket.send(data);
  }

  async next(ms = 2000) {
    if (this.queue.length > 0) return this.queue.shift();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no message came')), ms);
      this.waiting.push((message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
  }

  // Nothing comes for `ms`.
  async silent(ms = 100) {
    await sleep(ms);
    if (this.queue.length > 0) throw new Error(`unexpected ${this.queue[0]}`);
  }

  async isClosed(ms = 1000) {
    return (await Promise.race([this.closed.then(() => true), sleep(ms).then(() => false)]));
  }

  close() {
    this.socket.close();
  }
}
