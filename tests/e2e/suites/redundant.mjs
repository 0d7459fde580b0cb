// Redundant audio (RFC 2198) with real decoders: sound that gets lost is said again in the packet behind it. What mediasoup-client
// negotiates is enough to receive it.
import assert from 'node:assert/strict';
import { serverTest } from '../lib/call.mjs';
import { mediaPort } from '../lib/client.mjs';
import { Middle } from '../lib/middle.mjs';
import { sleep, until } from '../lib/wait.mjs';

const kSettings = { codecs: 'audio/opus,audio/red,video/VP8', workers: 1 };  // one port for all media
const [kOpus, kRed] = [100, 101];            // the router's payload types
const [kChromiumOpus, kChromiumRed] = [111, 63];
const kLostAtLeast = 0.08;
const kConcealedAtMost = 0.04;
const kWatchMs = 10000;
const kReportMs = 20000;  // Chromium reports of sound every five seconds, more or less, and two reports tell

// SRTP leaves both in the clear (RFC 3550 §5.1).
const payloadType = datagram => datagram[0] >> 6 === 2 && datagram[1] & 0x7f;
const sequenceNumber = datagram => datagram.readUInt16BE(2);

const nothing = () => false;
const everyTenth = datagram => sequenceNumber(datagram) % 10 === 0;  // and its repairs

// Somebody of whose sound in one direction, "loses" or "losesDown", that gets lost. `types`: how often which was sent.
async function behindMiddle(call, browser, direction, isLost, options) {
  const port = await mediaPort(call);
  const middle = await Middle.open(call, port);
  const types = {};
  for (const type of [kOpus, kRed, kChromiumOpus, kChromiumRed]) types[type] = 0;
  middle[direction] = datagram => {
    const type = payloadType(datagram);
    if (!(type in types)) return false;
    ++types[type];
    return isLost(datagram);
  };
  const participant = await call.join(browser, { ...options, network: 'udp', ports: { [port]: middle.port } });
  return { participant, types };
}

// What comes of that sender's sound from now on, in shares.
async function hear(receiver, sender) {
  const sound = async () => (await receiver.received())[sender.id].audio;
  await until(async () => (await sound()).samples > 0, () => `${receiver.name} plays nothing`);
  const before = await sound();
  await sleep(kWatchMs);
  const after = await sound();
  const grown = name => after[name] - before[name];
  return { lost: grown('packetsLost') / (grown('packetsLost') + grown('packetsReceived')),
           concealed: grown('concealed') / grown('samples'), energy: grown('energy') };
}

const percent = share => `${(100 * share).toFixed(1)} %`;

export function redundantTests(stage) {
  serverTest(stage, 'Sound that Chromium loses is told it again, and Firefox, which does not take that, goes on', kSettings,
             async (call, server, context) => {
    const sender = await call.join('chromium', { produces: ['audio'] });
    await sender.call('sing', { loud: true });
    const listening = { produces: [], listens: true };
    const { participant: receiver, types } = await behindMiddle(call, 'chromium', 'losesDown', everyTenth, listening);
    const { participant: other, types: othersTypes } = await behindMiddle(call, 'firefox', 'losesDown', everyTenth, listening);
    await until(() => types[kRed] > 0, () => `only ${JSON.stringify(types)} came`, kReportMs);
    const [heard, others] = await Promise.all([hear(receiver, sender), hear(other, sender)]);
    context.diagnostic(`Chromium lost ${percent(heard.lost)} and concealed ${percent(heard.concealed)}, ` +
                       `Firefox lost ${percent(others.lost)} and concealed ${percent(others.concealed)}`);
    assert.ok(heard.lost >= kLostAtLeast && others.lost >= kLostAtLeast);
    assert.ok(heard.concealed <= kConcealedAtMost);
    assert.equal(othersTypes[kRed], 0);
    assert.ok(others.energy > 0);
  });

  serverTest(stage, 'What Chromium sends redundantly reaches Chromium as it is and Firefox as Opus', kSettings,
             async (call, server, context) => {
    const sending = { produces: ['audio'], sendsRed: true };
    const { participant: sender, types: sent } = await behindMiddle(call, 'chromium', 'loses', everyTenth, sending);
    await sender.call('sing', { loud: true });
    const receivers = [];
    for (const browser of ['chromium', 'firefox']) {
      receivers.push(await behindMiddle(call, browser, 'losesDown', nothing, { produces: [], listens: true }));
      await receivers.at(-1).participant.receivesFrom(await sender.call('producerId', { kind: 'audio' }));
    }
    const [heard, others] = await Promise.all(receivers.map(({ participant }) => hear(participant, sender)));
    context.diagnostic(`Chromium misses ${percent(heard.lost)} and conceals ${percent(heard.concealed)}, ` +
                       `Firefox misses ${percent(others.lost)} and conceals ${percent(others.concealed)}`);
    const [got, othersGot] = receivers.map(({ types }) => types);
    assert.ok(sent[kChromiumRed] > 100 && sent[kChromiumOpus] === 0, JSON.stringify(sent));
    assert.ok(got[kRed] > 100 && got[kOpus] === 0, JSON.stringify(got));
    assert.ok(othersGot[kOpus] > 100 && othersGot[kRed] === 0, JSON.stringify(othersGot));
    assert.ok(heard.lost >= kLostAtLeast && heard.concealed <= kConcealedAtMost);
    assert.ok(others.energy > 0);
    assert.equal(await server.drops('red-malformed'), 0);
  });
}
