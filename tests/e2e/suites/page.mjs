// The demo page as people use it, in both browsers: what one does, the other sees and hears.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callTest, serverTest } from '../lib/call.mjs';
import { Server } from '../lib/server.mjs';
import { Visitor, meet } from '../lib/visitor.mjs';
import { until } from '../lib/wait.mjs';

const kPairs = [['chromium', 'firefox'], ['firefox', 'chromium']];
const kPhone = { width: 390, height: 844 };
const kTestMs = 60000;

async function assertTalk(one, other) {
  for (const [watcher, watched] of [[one, other], [other, one]]) {
    await watcher.seesMoving(watched.name);
    await watcher.hearsSomething();
  }
}

// The statistics as shown: for each stream its figures, and how many points its curve of the bitrate has.
const statistics = visitor => visitor.page.evaluate(() =>
  [...document.querySelectorAll('[data-testid="stats-stream"]')].map(card => {
    const value = name => card.querySelector(`.plot-${name} .stats-value`)?.textContent;
    return {
      stream: `${card.dataset.direction} ${card.dataset.source}`,
      bitrate: value('bitrate'), loss: value('loss'), resolution: value('resolution'), roundTrip: value('rtt'),
      points: card.querySelector('.plot-bitrate .plot-line').getAttribute('d')?.split('L').length ?? 0,
    };
  }));

const kStreams = ['recv camera', 'recv microphone', 'send camera', 'send microphone'];
const kMeasured = { bitrate: /^([1-9]\d* k|\d+\.\d M)bit\/s$/, loss: /^[\d.]+ %$/, roundTrip: /^[\d.]+ ms$/ };

function isMeasured(stream) {
  if (!Object.entries(kMeasured).every(([name, form]) => form.test(stream[name]))) return false;
  return stream.stream.endsWith('microphone') ? stream.resolution === undefined : /^\d+×\d+$/.test(stream.resolution);
}

async function assertMeasures(visitor) {
  await visitor.click('stats');
  let shown = [];
  const isComplete = () => shown.map(({ stream }) => stream).sort().join() === kStreams.join();
  const measures = points => until(async () => {
    shown = await statistics(visitor);
    return isComplete() && shown.every(stream => isMeasured(stream) && stream.points >= points);
  }, () => `${visitor.name} has no such statistics with ${points} points: ${JSON.stringify(shown)}`, 20000);
  await measures(1);
  await measures(shown[0].points + 2);
}

// What reaches beyond the window, what is scrolled sideways on purpose apart.
const overflowing = visitor => visitor.page.evaluate(() => {
  const isOutside = element => {
    const { left, right, width } = element.getBoundingClientRect();
    return width > 0 && (left < -1 || right > innerWidth + 1) && !element.closest('.stage-split .stage-grid');
  };
  const beyond = [...document.body.querySelectorAll('*')].filter(isOutside).map(({ outerHTML }) => outerHTML.slice(0, 80));
  return document.documentElement.scrollWidth > innerWidth ? [...beyond, 'the page'] : beyond;
});

// The buttons of the call that lie under something else.
const covered = visitor => visitor.page.evaluate(() =>
  [...document.querySelectorAll('.toolbar .control')].filter(button => {
    const { x, y, width, height } = button.getBoundingClientRect();
    return !button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
  }).map(({ id }) => id));

async function assertFits(visitor, where) {
  assert.deepEqual(await overflowing(visitor), [], `${where} on a phone`);
  assert.deepEqual(await covered(visitor), [], `${where} on a phone`);
}

export function pageTests(stage) {
  for (const pair of kPairs)
    callTest(stage, `On the demo page ${pair[0]} and ${pair[1]} talk, and see when ${pair[0]} mutes and hides`, async call => {
      const { ada, grace } = await meet(call, pair);
      await assertTalk(ada, grace);
      await ada.click('mic');
      await grace.tile('a muted Ada', ({ name, isMuted, hasPicture }) => name === 'Ada' && isMuted && hasPicture);
      await grace.hearsNothing();
      await ada.click('camera');
      const isHidden = ({ name, isMuted, hasPicture }) => name === 'Ada' && isMuted && !hasPicture;
      await grace.tile('the initials of Ada', isHidden);
      await grace.click('leave');
      await grace.join();
      await grace.tile('the initials of Ada, who was there before', isHidden);
      for (const source of ['mic', 'camera']) await ada.click(source);
      await assertTalk(ada, grace);
    });

  for (const pair of kPairs)
    callTest(stage, `On the demo page ${pair[1]} sees the screen of ${pair[0]} until it is shared no more`, async call => {
      const { ada, grace } = await meet(call, pair);
      await ada.click('screen');
      await grace.seesMoving('Ada’s screen');
      await ada.click('screen');
      await until(async () => (await grace.tiles()).every(({ source }) => source === 'camera'), () => 'the screen stays');
      await assertTalk(ada, grace);
    });

  callTest(stage, 'The statistics of the demo page measure every stream, second by second', async call => {
    const { ada, grace } = await meet(call, kPairs[0]);
    await Promise.all([assertMeasures(ada), assertMeasures(grace)]);
  });

  callTest(stage, 'Who leaves on the demo page is gone for the other, and may come back', async call => {
    const { ada, grace } = await meet(call, kPairs[0]);
    await assertTalk(ada, grace);
    await ada.click('leave');
    await until(async () => (await grace.tiles()).length === 1, () => 'Ada stays on the page of Grace');
    await grace.sees('[data-testid="alone"]');
    await ada.join();
    await assertTalk(ada, grace);
  });

  callTest(stage, 'Who has neither camera nor microphone sees and hears the others', async call => {
    const ada = await Visitor.join(call, 'firefox', 'Ada');
    const grace = await Visitor.join(call, 'chromium', 'Grace', { hasDevices: false });
    await grace.seesMoving('Ada');
    await grace.hearsSomething();
    await ada.tile('a muted Grace without a picture',
                   ({ name, isMuted, hasPicture }) => name === 'Grace' && isMuted && !hasPicture);
  });

  serverTest(stage, 'Who is not let into a room is told why in the lobby, and joins when there is a place', { max_room_peers: 1 },
             async call => {
    const ada = await Visitor.join(call, 'firefox', 'Ada', { hasDevices: false });
    const grace = await Visitor.open(call, 'chromium', 'Grace', { hasDevices: false });
    await grace.click('join');
    await grace.sees('[data-testid="refusal"]:not([hidden])');
    assert.match(await grace.page.evaluate(() => document.querySelector('[data-testid="refusal"]').textContent), /the room is full/);
    await ada.click('leave');
    await grace.join();
  });

  // Of a connection that is closed the page hears nothing but from the server, which the other end has told.
  for (const browser of ['chromium', 'firefox'])
    callTest(stage, `The demo page in ${browser} joins anew when the server has closed its transports`, async call => {
      const ada = await Visitor.join(call, browser, 'Ada');
      const grace = await Visitor.join(call, 'chromium', 'Grace');
      await assertTalk(ada, grace);
      await ada.page.evaluate(() => window.connections.splice(0).forEach(connection => connection.close()));
      const { reason } = await ada.announced('transport-closed');
      assert.equal(typeof reason, 'string');
      await ada.sees('[data-testid="connection"][data-state="connected"]');
      await assertTalk(ada, grace);
    });

  serverTest(stage, 'The demo page says that its server is about to restart', { drain_s: 5 }, async (call, server) => {
    const ada = await Visitor.join(call, 'chromium', 'Ada', { hasDevices: false });
    const ended = server.stop();
    await ada.toast(/^The server is about to restart/);
    await ended;
  });

  for (const browser of ['chromium', 'firefox'])
    callTest(stage, `The demo page fits a phone in ${browser}`, async call => {
      const ada = await Visitor.open(call, browser, 'Ada, Countess of Lovelace', { size: kPhone });
      await assertFits(ada, 'the lobby');
      await ada.join();
      await Visitor.join(call, 'chromium', 'Grace', { hasDevices: false });
      await ada.tile('Grace', ({ name }) => name === 'Grace');
      await assertFits(ada, 'the call');
      for (const panel of ['participants', 'stats']) {
        await ada.click(panel);
        await ada.sees(`[data-page="${panel}"]`);
        await assertFits(ada, panel);
      }
      await ada.click('screen');
      await ada.tile('the screen', ({ source }) => source === 'screen');
      await assertFits(ada, 'a shared screen');
    });

  test('The demo page finds back into the call when its server was killed and starts again', { timeout: kTestMs }, async () => {
    let server = await Server.start();
    const call = stage.call(server);
    try {
      const { ada, grace } = await meet(call, kPairs[0]);
      await assertTalk(ada, grace);
      await server.stop('SIGKILL');
      await ada.sees('[data-testid="banner"]');
      server = await Server.start({ port: server.port });
      for (const visitor of [ada, grace]) await visitor.sees('[data-testid="connection"][data-state="connected"]');
      await assertTalk(ada, grace);
    } finally {
      await call.end();
      await server.stop('SIGKILL');
    }
  });
}
