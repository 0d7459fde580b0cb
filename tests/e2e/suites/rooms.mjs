// Who comes when, and goes: three participants, early and late producers, leaving, coming back, vanishing.
import assert from 'node:assert/strict';
import { launch } from '../lib/browsers.mjs';
import { callTest } from '../lib/call.mjs';
import { assertAllHearAndSee, Participant } from '../lib/participant.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';

const kSaneFirstFrameMs = 3000;  // a sanity limit; the figures are printed

const idsOf = list => list.map(({ id }) => id).sort();

function printFirstFrames(context, name, { fromConsume, fromJoin }) {
  context.diagnostic(`${name}: consume to first frame ${fromConsume.toFixed()} ms, join to first frame ${fromJoin.toFixed()} ms`);
}

const kAlone = [1, 2, 2, 0];  // one participant: two transports, sound and picture, nothing to consume
const kGauges = ['consomme_participants', 'consomme_transports', 'consomme_producers', 'consomme_consumers'];

// The gauges come from reports that are up to a second old: waited for rather than read once.
async function assertGauges(server, expected) {
  await until(async () => {
    const now = await server.metrics();
    return kGauges.every((gauge, i) => now[gauge] === expected[i]);
  }, async () => `${kGauges} are not ${expected}: ${JSON.stringify(await server.metrics())}`);
}

export function roomTests(stage) {
  for (const browsers of [['chromium', 'chromium', 'firefox'], ['chromium', 'firefox', 'firefox']])
    callTest(stage, `Three participants in ${browsers.join(', ')} all see each other`, async call => {
      for (const [i, browser] of browsers.entries()) await call.join(browser, { userName: `number ${i}` });
      await assertAllHearAndSee(call.participants);
    });

  for (const browser of ['chromium', 'firefox'])
    callTest(stage, `A late joiner in ${browser} sees its first frame soon`, async (call, context) => {
      await call.join('chromium', { userName: 'early' });
      const early = await call.join('firefox', { userName: 'early too' });
      await assertAllHearAndSee(call.participants);
      const late = await call.open(browser, { userName: 'late' });
      await late.enter();
      const frames = await until(async () => {
        const all = await late.call('firstFrames');
        return all.length === 2 && !all.includes(null) && all;
      }, () => `${late.name} sees no frame, joined by ${early.name}`);
      for (const frame of frames) {
        printFirstFrames(context, late.name, frame);
        assert.ok(frame.fromConsume < kSaneFirstFrameMs, `${frame.fromConsume} ms`);
      }
    });

  callTest(stage, 'Who was there before the other produces sees it too', async call => {
    const early = await (await call.open('chromium', { userName: 'early' })).enter();
    const late = await call.join('firefox', { userName: 'late' });
    await until(async () => (await early.received())[late.id]?.video?.framesDecoded > 0, () => 'the early one sees nothing');
    for (const kind of ['audio', 'video']) await early.call('produce', { kind });
    await assertAllHearAndSee([early, late]);
  });

  callTest(stage, 'A participant leaves, which is told, and comes back on a new socket', async call => {
    const stays = await call.join('chromium', { userName: 'stays' });
    const goes = await call.join('firefox', { userName: 'goes' });
    await assertAllHearAndSee([stays, goes]);
    const before = (await stays.diary()).length;
    await goes.call('leave');
    await stays.event('participant-left', ({ peerId }) => peerId === goes.id);
    await stays.event('participant-list-update', list => list.length === 1 && list[0].id === stays.id);
    const order = (await stays.diary()).slice(before).map(({ event }) => event);
    assert.ok(order.indexOf('participant-left') < order.indexOf('participant-list-update'), order.join());
    await goes.close();
    const back = await call.join('firefox', { userName: 'goes' });
    await assertAllHearAndSee([stays, back]);
  });

  callTest(stage, 'A participant leaves the room and joins again on the same socket', async call => {
    const stays = await call.join('chromium', { userName: 'stays' });
    const goes = await call.join('chromium', { userName: 'goes' });
    await assertAllHearAndSee([stays, goes]);
    await goes.call('leaveRoom');
    await stays.event('participant-left', ({ peerId }) => peerId === goes.id);
    await goes.call('rejoin');
    await assertAllHearAndSee([stays, goes]);
  });

  callTest(stage, 'A browser that is killed is gone for the others, and nothing of it stays in the server', async call => {
    const server = await Server.start();  // alone there: what others leave behind is not looked at
    const own = stage.call(server);
    const browser = await launch('firefox');
    try {
      const stays = await own.join('chromium', { userName: 'stays' });
      await assertGauges(server, kAlone);
      const page = await browser.newPage();
      await page.goto(call.pageUrl);
      const goes = new Participant(page, 'killed');
      await goes.run('start', { frontEnd: 'configurable', options: { url: server.url, roomId: own.roomId } });
      await goes.join();
      await assertAllHearAndSee([stays, goes]);
      browser.kill();
      await stays.event('participant-left', ({ peerId }) => peerId === goes.id);
      const list = await stays.event('participant-list-update', members => members.length === 1);
      assert.deepEqual(idsOf(list), [stays.id]);
      await assertGauges(server, kAlone);
    } finally {
      await browser.close().catch(() => {});
      await own.end();
      await server.stop('SIGKILL');
    }
  });
}
