// What a participant may do in a call beyond talking: other signaling transports, pausing, simulcast, a new ICE start.
import assert from 'node:assert/strict';
import { callTest, serverTest } from '../lib/call.mjs';
import { mediaPort } from '../lib/client.mjs';
import { Gate } from '../lib/gate.mjs';
import { assertAllHearAndSee } from '../lib/participant.mjs';
import { sleep, until } from '../lib/wait.mjs';

const kPauseMs = 1500;
const kThreeTemporal = [{ scalabilityMode: 'L1T3', maxBitrate: 500000 }];
const kLayerSettlesMs = 1500;
const kLayerWatchMs = 3000;
const kWideCamera = { width: 640, height: 360, frameRate: 15 };

const marks = (list, participant) => {
  const { isAudioMuted, isVideoPaused } = list.find(({ id }) => id === participant.id) ?? {};
  return `${isAudioMuted} ${isVideoPaused}`;
};

const shownAs = (watcher, participant, expected) => until(
  async () => marks((await watcher.events('participant-list-update')).at(-1), participant) === expected,
  async () => `not ${expected}: ${JSON.stringify((await watcher.events('participant-list-update')).at(-1))}`);

export function featureTests(stage) {
  callTest(stage, 'Signaling by polling only, by WebSocket only and by an upgrade meet in one call', async call => {
    const expected = [[['polling'], 'polling'], [['websocket'], 'websocket'], [['polling', 'websocket'], 'websocket']];
    for (const [transports] of expected) await call.join('chromium', { transports });
    await assertAllHearAndSee(call.participants);
    for (const [i, participant] of call.participants.entries())
      assert.equal((await participant.run('state')).transport, expected[i][1]);
  });

  for (const [sender, receiver] of [['chromium', 'firefox'], ['firefox', 'chromium']])
    callTest(stage, `A pause of ${sender} is shown in the list and leaves no gap for ${receiver}`, async call => {
      const pauser = await call.join(sender, { userName: 'pauser' });
      const watcher = await call.join(receiver, { userName: 'watcher' });
      await assertAllHearAndSee([pauser, watcher]);
      await shownAs(watcher, pauser, 'false false');
      for (const kind of ['audio', 'video']) await pauser.call('pause', { kind });
      await shownAs(watcher, pauser, 'true true');
      for (const kind of ['audio', 'video']) {
        const producerId = await pauser.call('producerId', { kind });
        await watcher.event('consumer-paused', paused => paused.producerId === producerId);
      }
      await sleep(kPauseMs);
      for (const kind of ['audio', 'video']) await pauser.call('resume', { kind });
      await shownAs(watcher, pauser, 'false false');
      await assertAllHearAndSee([pauser, watcher]);
      const { audio, video } = (await watcher.received())[pauser.id];
      assert.deepEqual([audio.packetsLost, video.packetsLost], [0, 0]);
    });

  callTest(stage, 'A paused producer stays silent for the others until it resumes', async call => {
    const pauser = await call.join('chromium', {});
    const watcher = await call.join('chromium', {});
    await assertAllHearAndSee([pauser, watcher]);
    const producerId = await pauser.call('producerId', { kind: 'audio' });
    assert.deepEqual(await pauser.emit('pause-producer', { producerId }), {});  // the page itself goes on sending
    const { consumerId } = await watcher.event('consumer-paused');
    await sleep(200);
    const before = (await watcher.received())[pauser.id].audio.packetsReceived;
    await sleep(kPauseMs);
    assert.equal((await watcher.received())[pauser.id].audio.packetsReceived, before);
    assert.deepEqual(await pauser.emit('resume-producer', { producerId }), {});
    await watcher.event('consumer-resumed', resumed => resumed.producerId === producerId && resumed.consumerId === consumerId);
    await assertAllHearAndSee([pauser, watcher]);
    assert.equal((await watcher.received())[pauser.id].audio.packetsLost, 0);
  });

  callTest(stage, 'What a participant says of itself stands in everybody\'s list', async call => {
    const speaker = await call.join('chromium', { userName: 'before' });
    const watcher = await call.join('chromium', {});
    assert.deepEqual(await speaker.emit('update-my-state', { isAudioMuted: true, isVideoPaused: true, name: 'after' }), {});
    await shownAs(watcher, speaker, 'true true');
    const list = (await watcher.events('participant-list-update')).at(-1);
    assert.equal(list.find(({ id }) => id === speaker.id).name, 'after');
    await speaker.emit('update-my-state', { isAudioMuted: false, isVideoPaused: false });
    await shownAs(watcher, speaker, 'false false');
  });

  callTest(stage, 'A closed producer is told to the room, and its kind is shown as missing', async call => {
    const closer = await call.join('chromium', {});
    const watcher = await call.join('firefox', {});
    await assertAllHearAndSee([closer, watcher]);
    const producerId = await closer.call('producerId', { kind: 'video' });
    await closer.call('stop', { kind: 'video' });
    assert.deepEqual(await watcher.event('producer-closed'), { producerId, peerId: closer.id, kind: 'video' });
    await shownAs(watcher, closer, 'false true');
    await closer.call('produce', { kind: 'video' });
    await shownAs(watcher, closer, 'false false');
    await assertAllHearAndSee([closer, watcher]);
  });

  for (const codec of ['VP8', 'H264', 'VP9', 'AV1'])
    callTest(stage, `A simulcast of ${codec} reaches its receiver in its best layer`, async call => {
      const sender = await call.join('chromium', { codec, simulcast: true, camera: kWideCamera });
      const receiver = await call.join('chromium', { produces: ['audio'] });
      const isBest = async () => {
        const widths = await sender.call('sentWidths');
        const { framesDecoded, frameWidth } = (await receiver.received())[sender.id]?.video ?? {};
        return widths.length > 1 && framesDecoded > 0 && frameWidth === Math.max(...widths);
      };
      await until(isBest, async () => `${JSON.stringify(await receiver.received())} of ${await sender.call('sentWidths')}`, 20000);
      await assertAllHearAndSee([sender, receiver], { kinds: ['audio'] });
    });

  for (const codec of ['VP8', 'H264', 'VP9', 'AV1'])
    callTest(stage, `Three temporal layers of ${codec} are a quarter, a half and all of its pictures`, async (call, context) => {
      const sender = await call.join('chromium', { codec, encodings: kThreeTemporal, camera: kWideCamera, produces: ['video'] });
      const receiver = await call.join('chromium', { produces: [] });
      const producerId = await sender.call('producerId', { kind: 'video' });
      await receiver.receivesFrom(producerId);
      const { consumerId } = await receiver.call('receivingOf', { producerId });
      const decoded = async () => (await receiver.received())[sender.id].video.framesDecoded;
      const rates = [];
      for (const temporalLayer of [0, 1, 2]) {
        await receiver.emit('set-preferred-layers', { consumerId, spatialLayer: 0, temporalLayer });
        await sleep(kLayerSettlesMs);
        const [before, since] = [await decoded(), performance.now()];
        await sleep(kLayerWatchMs);
        rates.push(1000 * (await decoded() - before) / (performance.now() - since));
      }
      context.diagnostic(`${codec}: ${rates.map(rate => rate.toFixed(1)).join(', ')} pictures a second`);
      const [quarter, half, all] = rates;
      assert.ok(all > 10, `${rates}`);
      assert.ok(Math.abs(quarter / all - 0.25) < 0.1 && Math.abs(half / all - 0.5) < 0.1, `${rates}`);
    });

  for (const browser of ['chromium', 'firefox'])
    callTest(stage, `${browser} restarts ICE in the middle of a call`, async call => {
      const restarter = await call.join(browser, {});
      const other = await call.join('chromium', {});
      await assertAllHearAndSee([restarter, other]);
      await restarter.call('restartIce');
      await sleep(kPauseMs);  // the old credentials' last packets are through
      await assertAllHearAndSee([restarter, other]);
    });

  serverTest(stage, 'A Firefox whose transport has failed joins anew and is in the call', { workers: 1 }, async call => {
    const port = await mediaPort(call, 'tcp');
    const gate = await Gate.open(call, port);
    const returner = await call.join('firefox', { network: 'tcp', ports: { [port]: gate.port } });
    const other = await call.join('chromium', {});
    const hasLeft = async () => (await returner.diary()).some(({ event }) => event === 'leave-room');
    await until(hasLeft, () => `firefox was turned away ${gate.turnedAway} times and goes on trying`);
    gate.isOpen = true;
    await assertAllHearAndSee([returner, other]);
  });
}
