// A participant: one page of a browser, driven from here. What it does in the page stands in page/.
import assert from 'node:assert/strict';
import { sleep, until } from './wait.mjs';

// On a busy machine Firefox gives a TCP candidate up before it has sent a SYN, in one of some 400 calls here; five seconds
// later the transport has failed. It sends no media after a restart of ICE then, so it joins anew, as front ends do. Who
// else would need that, has found a fault of ours.
const givesUp = (browser, { network }) => browser === 'firefox' && network === 'tcp';

export class Participant {
  constructor(page, name) {
    this.page = page;
    this.name = name;  // for messages
  }

  // Opens a page with a front end that has not connected yet. options: see page/configurable.js, page/faithful.js.
  static async open(call, browser, options = {}, frontEnd = 'configurable') {
    const page = await call.browsers.newPage(browser, call.pageUrl);
    const participant = new Participant(page, `${browser} ${options.userName ?? ''}`.trim());
    call.participants.push(participant);
    const defaults = { url: call.server.url, roomId: call.roomId, rejoinsFailed: givesUp(browser, options) };
    await participant.run('start', { frontEnd, options: { ...defaults, ...options } });
    return participant;
  }

  run(name, argument) {
    return this.page.evaluate(([name, argument]) => window.e2e[name](argument), [name, argument]);
  }

  async call(method, argument) {
    try {
      return await this.run('call', { method, argument });
    } catch (error) {
      throw new Error(`${this.name}: ${method}: ${error.message}`);
    }
  }

  async join() {
    this.id = await this.call('join');
    return this;
  }

  async enter() {
    this.id = await this.call('enter');
    return this;
  }

  emit = (event, request) => this.run('emit', { event, request });
  received = () => this.run('received');
  paths = () => this.run('paths');
  connections = () => this.run('connections');
  diary = () => this.run('diary');

  // The payloads of one server event so far.
  async events(name) {
    return (await this.diary()).filter(({ event, payload }) => event === name && payload).map(({ payload }) => payload[0]);
  }

  // The first event of that name for which `matches` holds, waited for.
  event(name, matches = () => true, timeoutMs = 10000) {
    return until(async () => (await this.events(name)).find(matches),
                 async () => `${this.name} got no such ${name}, only ${JSON.stringify(await this.events(name))}`, timeoutMs);
  }

  // Waits until there is a consumer of that producer: before, what is received of its peer may be an older one's.
  receivesFrom(producerId) {
    const isFrom = peer => Object.values(peer).some(entry => entry.producerId === producerId);
    return until(async () => Object.values(await this.received()).some(isFrom), () => `${this.name} has nothing of ${producerId}`);
  }

  async failures() {
    return this.run('failures');
  }

  async close() {
    if (!this.page.isClosed()) await this.page.close();
  }
}

const kSecondLookMs = 700;

const progress = ({ kind, entry }) => (kind === 'video' ? entry?.framesDecoded : entry?.packetsReceived) ?? 0;

// For every receiver and every sender of others: one entry a kind, with what has come so far.
async function look(participants, kinds) {
  const rows = [];
  for (const receiver of participants) {
    const received = await receiver.received();
    for (const sender of participants.filter(other => other !== receiver))
      for (const kind of kinds) rows.push({ receiver, sender, kind, entry: received[sender.id]?.[kind] });
  }
  return rows;
}

const stateOf = async each => ({ [each.name]: await each.connections(), failures: await each.failures() });

const describe = row => `${row.receiver.name} has ${progress(row)} of ${row.kind} from ${row.sender.name}`;

// Every participant hears and sees every other: audio packets and decoded frames come, and keep coming. Gives the last look.
export async function assertAllHearAndSee(participants, { kinds = ['audio', 'video'], timeoutMs = 15000 } = {}) {
  let first = [];
  await until(async () => (first = await look(participants, kinds)).every(row => progress(row) > 0),
              async () => `${first.filter(row => progress(row) === 0).map(describe).join('; ')}; ` +
                  JSON.stringify(await Promise.all(participants.map(stateOf))), timeoutMs);
  await sleep(kSecondLookMs);
  const second = await look(participants, kinds);
  for (const [i, row] of second.entries())
    assert.ok(progress(row) > progress(first[i]), `${describe(row)}, and no more than ${kSecondLookMs} ms before`);
  for (const each of participants) assert.deepEqual(await each.failures(), [], each.name);
  return second;
}
