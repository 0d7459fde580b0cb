// The server under test: the real binary, on ports of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const kStartMs = 10000;

export class Server {
  log = [];

  // settings: further flags, such as { udp: false }; within: words before the program, such as those of a namespace.
  static async start(settings = {}, within = []) {
    const flags = { host: '127.0.0.1', port: 0, media_addresses: '127.0.0.1', media_port: 0, workers: Number(process.env.WORKERS ?? 2), ...settings };
    const words = Object.entries(flags).map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`);
    const server = new Server([...within, process.env.CONSOMME, ...words]);
    await server.#ready(flags.host);
    return server;
  }

  constructor([program, ...words]) {
    this.process = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = once(this.process, 'exit').then(([code, signal]) => ({ code, signal }));
    for (const stream of [this.process.stdout, this.process.stderr])
      createInterface({ input: stream }).on('line', line => {
        this.log.push(line);
        if (process.env.E2E_VERBOSE) console.log(`# server: ${line}`);
      });
  }

  async #ready(host) {
    this.port = await this.line(/listens on .* port (\d+)/);
    this.url = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${this.port}`;
  }

  // What the pattern's group matches in the first line of the log that has it.
  async line(pattern) {
    const deadline = Date.now() + kStartMs;
    for (;;) {
      const found = this.log.map(line => pattern.exec(line)?.[1]).find(match => match !== undefined);
      if (found !== undefined) return found;
      if (Date.now() > deadline || this.process.exitCode !== null)
        throw new Error(`the server does not say ${pattern}:\n${this.log.join('\n')}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  // { name: number }, labels in the name as in the text; a drop reason that never came is absent.
  async metrics() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
    return Object.fromEntries(lines.map(line => {
      const [name, value] = line.split(/ (?=[^ ]*$)/);
      return [name, Number(value)];
    }));
  }

  async drops(reason) {
    return (await this.metrics())[`consomme_drops_total{reason="${reason}"}`] ?? 0;
  }

  // { code, signal } of its end.
  async stop(signal = 'SIGTERM') {
    this.process.kill(signal);
    return this.exited;
  }
}
