// Links that a server is reached by, each as slow as a test wants it: a network namespace for the server, and for every link
// a pair of devices into it, with an address of the server's own and the kernel's token bucket (tbf) before what it sends.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const kPrefix = 'consomme-e2e-';
const kQueue = ['latency', '300ms'];  // what would wait longer is dropped
const kLeastBucket = 4000;            // bytes: what is larger than its bucket never leaves it
const kBucketSeconds = 0.005;         // of the rate: a timer that ticks late must not cost any of it
const kFirstTable = 100;              // of routes: one for each link

const run = (program, ...words) => execFileSync(program, words, { encoding: 'utf8', stdio: 'pipe' });

// A namespace takes its devices with it, once nobody runs in it any more.
function remove(name) {
  for (const pid of run('ip', 'netns', 'pids', name).split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
  run('ip', 'netns', 'delete', name);
}

// What runs that were killed have left.
function clearLeftovers() {
  const names = run('ip', 'netns', 'list').split('\n').map(line => line.split(' ')[0]).filter(name => name.startsWith(kPrefix));
  names.filter(name => !existsSync(`/proc/${name.slice(kPrefix.length)}`)).forEach(remove);
}

export class Links {
  #name = `${kPrefix}${process.pid}`;
  #outers = [];

  // Why there can be none here; undefined where there can.
  static obstacle() {
    try {
      Links.open([1000]).close();
      return undefined;
    } catch (error) {
      return `no network namespaces: ${(error.stderr || error.message).trim()}`;
    }
  }

  // One link for each rate in kbit/s.
  static open(rates) {
    clearLeftovers();
    const links = new Links();
    run('ip', 'netns', 'add', links.#name);
    try {
      for (const kbps of rates) links.#add(kbps);
    } catch (error) {
      links.close();
      throw error;
    }
    return links;
  }

  #add(kbps) {
    const link = this.#outers.length;
    const [outer, inner] = [`e2e${process.pid}-${link}`, this.#device(link)];
    const inside = (...words) => run('ip', '-netns', this.#name, ...words);
    run('ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', this.#name);
    this.#outers.push(outer);
    run('ip', 'address', 'add', `${this.#address(link, 1)}/30`, 'dev', outer);
    run('ip', 'link', 'set', outer, 'up');
    inside('address', 'add', `${this.address(link)}/30`, 'dev', inner);
    inside('link', 'set', inner, 'up');
    // Whichever of a browser's addresses a packet is for, it leaves by the link whose address it comes from.
    const table = `${kFirstTable + link}`;
    inside('rule', 'add', 'from', this.address(link), 'table', table);
    inside('route', 'add', 'default', 'dev', inner, 'table', table);
    this.shape(link, kbps);
  }

  #device = link => `link${link}`;

  // 198.18.0.0/15 is for tests of networks (RFC 2544); each process takes 256 addresses of it.
  #address(link, end) {
    const net = process.pid % 512;
    return `198.${18 + (net >> 8)}.${net & 255}.${link * 4 + end}`;
  }

  // The server's on a link.
  address = link => this.#address(link, 2);

  // The words before those of a program that is to run among the links' inner ends.
  get within() {
    return ['ip', 'netns', 'exec', this.#name];
  }

  shape(link, kbps) {
    const bucket = Math.max(kLeastBucket, Math.round(kbps * 1000 / 8 * kBucketSeconds));
    run('tc', '-netns', this.#name, 'qdisc', 'replace', 'dev', this.#device(link), 'root', 'tbf', 'rate', `${kbps}kbit`,
        'burst', `${bucket}`, ...kQueue);
  }

  // From now on the server's UDP comes to nothing, as behind a firewall: 'in' what is for it, 'out' what it sends.
  swallowUdp(direction) {
    const rule = (...words) => run('ip', '-netns', this.#name, 'rule', ...words);
    if (direction === 'out') return rule('add', 'pref', '1', 'iif', 'lo', 'ipproto', 'udp', 'blackhole');
    // The kernel looks for its own addresses by the first rule of all: what is swallowed must come before.
    rule('add', 'pref', '2', 'lookup', 'local');
    rule('add', 'pref', '1', 'iif', this.#device(0), 'ipproto', 'udp', 'blackhole');
    rule('del', 'pref', '0');
  }

  // The namespace alone would take them with it, but some time later.
  close() {
    for (const outer of this.#outers) run('ip', 'link', 'delete', outer);
    remove(this.#name);
  }
}
