// What the server finds out by itself about participants who tell it nothing: who is muted, who speaks, and its figures.
import assert from 'node:assert/strict';
import { callTest } from '../lib/call.mjs';
import { assertAllHearAndSee } from '../lib/participant.mjs';
import { sleep, until } from '../lib/wait.mjs';

const kNoticedMs = 3000;   // two seconds of silence, a list interval, and a slow machine
const kBackMs = 1000;      // the first packet that is heard, and at most a list interval
const kBetweenMs = 1500;
const kAsksMs = 2000;  // what it takes to ask a page for something on a slow machine

const marks = (list, participant) => {
  const { isAudioMuted, isVideoPaused } = list.find(({ id }) => id === participant.id) ?? {};
  return `${isAudioMuted} ${isVideoPaused}`;
};

const shownAs = (watcher, participant, expected, timeoutMs = 10000) => until(
  async () => marks((await watcher.events('participant-list-update')).at(-1), participant) === expected,
  async () => `not ${expected}: ${JSON.stringify((await watcher.events('participant-list-update')).at(-1))}`, timeoutMs);

const speaker = async watcher => (await watcher.events('active-speaker')).at(-1)?.peerId;
const speakerIs = (watcher, peerId, timeoutMs = 10000) => until(
  async () => await speaker(watcher) === peerId, async () => `not ${peerId}: ${await speaker(watcher)}`, timeoutMs);

// With what the other end says of it, if it does.
async function statsOf(participant, subject) {
  const { stats, error } = await participant.emit('get-stats', subject);
  assert.equal(error, undefined);
  const [local, ...remotes] = stats;
  assert.deepEqual(remotes.map(({ id, localId }) => [id, localId]), remotes.map(() => [local.remoteId, local.id]));
  return { ...local, remote: remotes[0] };
}

// What must have grown from one look to the next.
function assertRises(before, after, fields) {
  for (const field of fields) assert.ok(after[field] > before[field], `${field}: ${before[field]}, then ${after[field]}`);
}

export function knowingTests(stage) {
  for (const browser of ['chromium', 'firefox']) {
    callTest(stage, `A microphone that ${browser} disables without telling is shown muted, and at once when it is back`, async call => {
      const quiet = await call.join(browser, { userName: 'quiet' });
      const watcher = await call.join('chromium', { userName: 'watcher' });
      await assertAllHearAndSee([quiet, watcher]);
      await shownAs(watcher, quiet, 'false false');
      await quiet.call('setEnabled', { kind: 'audio', enabled: false });
      await shownAs(watcher, quiet, 'true false', kNoticedMs);
      await quiet.call('setEnabled', { kind: 'audio', enabled: true });
      await shownAs(watcher, quiet, 'false false', kBackMs);
    });

    callTest(stage, `A producer that ${browser} pauses and closes without telling is shown so`, async call => {
      const quiet = await call.join(browser, { userName: 'quiet' });
      const watcher = await call.join('chromium', { userName: 'watcher' });
      await assertAllHearAndSee([quiet, watcher]);
      await quiet.call('pauseQuietly', { kind: 'audio' });
      await shownAs(watcher, quiet, 'true false', kNoticedMs);
      await quiet.call('resumeQuietly', { kind: 'audio' });
      await shownAs(watcher, quiet, 'false false', kBackMs);
      await quiet.call('closeQuietly', { kind: 'video' });
      await shownAs(watcher, quiet, 'false true', kNoticedMs);
      await quiet.call('closeQuietly', { kind: 'audio' });
      await shownAs(watcher, quiet, 'true true', kNoticedMs);
    });

    callTest(stage, `A transport that ${browser} closes without telling is closed for all`, async call => {
      const quiet = await call.join(browser, { userName: 'quiet' });
      const watcher = await call.join('chromium', { userName: 'watcher' });
      await assertAllHearAndSee([quiet, watcher]);
      await quiet.call('closeSendingQuietly');
      const { transportId, reason } = await quiet.event('transport-closed');
      assert.equal(reason, 'dtls closed');
      assert.match((await quiet.emit('get-stats', { transportId })).error, /not found$/);
      for (const kind of ['audio', 'video'])
        await watcher.event('producer-closed', closed => closed.peerId === quiet.id && closed.kind === kind);
      await shownAs(watcher, quiet, 'true true');
    });
  }

  // Firefox' microphone is a tone, Chromium's a beep now and then, which is no speech: it sings itself.
  callTest(stage, 'Who speaks is told to all, and when nobody does', async call => {
    const alice = await call.join('chromium', { userName: 'alice' });
    const bob = await call.join('firefox', { userName: 'bob' });
    await alice.call('sing', { loud: false });
    await bob.call('setEnabled', { kind: 'audio', enabled: false });
    await assertAllHearAndSee([alice, bob]);
    await alice.call('sing', { loud: true });
    for (const each of [alice, bob]) await speakerIs(each, alice.id);
    await alice.call('sing', { loud: false });
    await bob.call('setEnabled', { kind: 'audio', enabled: true });
    for (const each of [alice, bob]) await speakerIs(each, bob.id);
    const late = await call.join('chromium', { produces: [] });
    await speakerIs(late, bob.id);
    await bob.call('setEnabled', { kind: 'audio', enabled: false });
    for (const each of [alice, bob, late]) await speakerIs(each, null);
  });

  callTest(stage, 'The figures of a transport, a producer and a consumer rise with the media', async call => {
    const sender = await call.join('chromium', {});
    const receiver = await call.join('firefox', { produces: [] });
    await until(async () => (await receiver.received())[sender.id]?.video?.framesDecoded > 0, () => 'no picture yet');
    const producerId = await sender.call('producerId', { kind: 'video' });
    const { consumerId, transportId } = await receiver.call('receivingOf', { producerId });
    const look = async () => [
      await statsOf(sender, { producerId }), await statsOf(receiver, { consumerId }), await statsOf(receiver, { transportId }),
    ];
    const before = await look();
    await sleep(kBetweenMs);
    const [inbound, outbound, transport] = await look();
    assertRises(before[0], inbound, ['timestamp', 'packetsReceived', 'bytesReceived', 'framesReceived']);
    assert.deepEqual([inbound.type, inbound.kind, inbound.mimeType], ['inbound-rtp', 'video', 'video/VP8']);
    assert.ok(inbound.bitrate > 0 && Object.keys(inbound.bitrateByLayer).length > 0 && inbound.roundTripTime >= 0);
    assertRises(before[1], outbound, ['packetsSent', 'bytesSent']);
    assert.equal(outbound.type, 'outbound-rtp');
    assertRises(before[2], transport, ['packetsSent', 'bytesSent', 'packetsReceived']);
    assert.deepEqual([transport.dtlsState, transport.selectedTuple.protocol], ['connected', 'udp']);
    assert.deepEqual(await receiver.emit('get-stats', { producerId }), { error: 'Producer not found', code: 'not-found' });
  });

  callTest(stage, 'What the other end reports of a stream is told beside what we know of it', async call => {
    const sender = await call.join('chromium', {});
    const receiver = await call.join('firefox', { produces: [] });
    const producerId = await sender.call('producerId', { kind: 'video' });
    await until(async () => (await receiver.received())[sender.id]?.video?.framesDecoded > 0, () => 'no picture yet');
    const { consumerId } = await receiver.call('receivingOf', { producerId });
    const ofSender = () => statsOf(sender, { producerId });
    const ofReceiver = () => statsOf(receiver, { consumerId });
    await until(async () => (await ofSender()).remote?.reportsSent > 1, () => 'no sender reports yet');
    await until(async () => (await ofReceiver()).remote?.roundTripTimeMeasurements > 1, () => 'no round trip yet');
    const { timestamp: askedAt, remote: outbound } = await ofSender();
    const sendersNow = await sender.call('now');
    const { remote: inbound } = await ofReceiver();
    assert.deepEqual([outbound.type, inbound.type], ['remote-outbound-rtp', 'remote-inbound-rtp']);
    assert.ok(outbound.packetsSent > 0 && outbound.bytesSent > 0 && inbound.totalRoundTripTime >= inbound.roundTripTime);
    // The browser's clock is read as it started, ours too: they differ where the machine's wall clock was set in between.
    const sendersThen = sendersNow - (askedAt - outbound.timestamp);
    assert.ok(Math.abs(outbound.remoteTimestamp - sendersThen) < kAsksMs, `${outbound.remoteTimestamp} at ${sendersThen}`);
  });

  callTest(stage, 'Producers and consumers on a good path have the score 10', async call => {
    const sender = await call.join('chromium', {});
    const receiver = await call.join('chromium', { produces: [] });
    const producerId = await sender.call('producerId', { kind: 'audio' });
    await sender.event('producer-score', scored => scored.producerId === producerId && scored.score === 10);
    await receiver.event('consumer-score', ({ score, producerScore }) => score === 10 && producerScore === 10);
  });
}
