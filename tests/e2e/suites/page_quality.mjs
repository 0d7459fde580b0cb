// What the tiles of the demo page say of their pictures and people, in both browsers: the badge, the choice of a layer, and who
// speaks.
import assert from 'node:assert/strict';
import { callTest } from '../lib/call.mjs';
import { Visitor, meet } from '../lib/visitor.mjs';
import { until } from '../lib/wait.mjs';

const kPairs = [['chromium', 'firefox'], ['firefox', 'chromium']];
const kPhone = { width: 390, height: 844 };

// Waits for the badge on the tile of that name to be so; gives it.
const badge = async (watcher, name, what, matches) =>
  (await watcher.tile(`a badge with ${what}`, tile => tile.name === name && tile.badge !== null && matches(tile.badge))).badge;

const isFull = ({ height, framesPerSecond, bitrate, layers, score }) =>
  height > 0 && framesPerSecond > 0 && bitrate > 0 && /^S[123]\/3 T[123]\/3$/.test(layers) && /^Quality \d+ of 10$/.test(score);

const speaker = (watcher, name, hasPicture) => watcher.tile(
  `a speaking ${name}`, tile => tile.name === name && tile.isSpeaking && tile.hasPicture === hasPicture);

const nobodySpeaks = watcher => until(async () => (await watcher.tiles()).every(({ isSpeaking }) => !isSpeaking),
                                      () => `for ${watcher.name} somebody goes on speaking`, 20000);

// What lies on the tiles of others: pairs of its parts that overlap, and parts that reach beyond their tile.
const misplaced = visitor => visitor.page.evaluate(() => {
  const kParts = ['.badge', '.quality', '.tile-pin', '.tile-caption'];
  const found = [];
  for (const tile of document.querySelectorAll('[data-testid="tile"]')) {
    const frame = tile.getBoundingClientRect();
    const parts = kParts.map(name => [name, tile.querySelector(name)]).filter(([, part]) => part.checkVisibility())
                      .map(([name, part]) => [name, part.getBoundingClientRect()]);
    for (const [i, [name, one]] of parts.entries()) {
      if (one.left < frame.left || one.right > frame.right || one.top < frame.top || one.bottom > frame.bottom)
        found.push(`${name} leaves its tile`);
      for (const [otherName, other] of parts.slice(i + 1))
        if (one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)
          found.push(`${name} lies on ${otherName}`);
    }
  }
  return found;
});

function assertNoErrors(...visitors) {
  for (const { name, errors } of visitors) assert.deepEqual(errors, [], `in the console of ${name}`);
}

export function pageQualityTests(stage) {
  for (const pair of kPairs)
    callTest(stage, `Badges tell ${pair[1]} what arrives of ${pair[0]}, and ${pair[0]} what it sends`, async call => {
      const { ada, grace } = await meet(call, pair);
      await badge(grace, 'Ada', 'all its figures', isFull);
      const isSent = ({ height, bitrate, score }) => height > 0 && bitrate > 0 && score !== null;
      await badge(ada, 'Ada (you)', 'what is sent', isSent);
      assertNoErrors(ada, grace);
    });

  for (const pair of kPairs)
    callTest(stage, `${pair[1]} chooses a low layer of ${pair[0]}, and size and bitrate rise again in the automatic one`, async call => {
      const { ada, grace } = await meet(call, pair);
      // Chromium leaves the third layer out of a picture of 360 lines.
      const best = await badge(grace, 'Ada', 'a good layer', each => isFull(each) && each.height >= 180);
      await grace.choose('Ada', 'Low', ['End']);
      const isLow = each => isFull(each) && each.height < best.height && each.layers.startsWith('S1/3');
      const first = await badge(grace, 'Ada', 'the lowest layer', isLow);
      // The first second may have begun in the layer before.
      const isNext = each => isLow(each) && each.bitrate !== first.bitrate;
      const low = await badge(grace, 'Ada', 'a whole second in the lowest layer', isNext);
      await grace.choose('Ada', 'Auto', ['Home']);
      const isBack = each => isFull(each) && each.height >= best.height && each.bitrate > low.bitrate;
      await badge(grace, 'Ada', 'the good layer again', isBack);
      await grace.choose('Ada', 'Medium', ['m']);
      await badge(grace, 'Ada', 'the middle layer', each => isFull(each) && each.layers.startsWith('S2/3'));
      const isHeard = ({ name, isMuted }) => name === 'Grace (you)' && !isMuted;
      await grace.tile('a Grace whose microphone is on, though M is its key', isHeard);
      assertNoErrors(ada, grace);
    });

  callTest(stage, 'A picture that stands still for lack of bandwidth says so until it goes on', async call => {
    const { grace } = await meet(call, kPairs[0]);
    await badge(grace, 'Ada', 'all its figures', isFull);
    await grace.choose('Ada', 'Low', ['End']);
    await badge(grace, 'Ada', 'the lowest layer', ({ layers }) => layers.startsWith('S1/3'));
    const told = await grace.announced('consumer-layers-changed');
    const { consumerId } = told;
    await grace.ask('pause-consumer', { consumerId });
    await grace.announce('consumer-layers-changed', { consumerId, spatialLayer: null, temporalLayer: null });
    await badge(grace, 'Ada', 'the pause', ({ isStarved }) => isStarved);
    await grace.ask('resume-consumer', { roomId: call.roomId, consumerId });
    await grace.announce('consumer-layers-changed', told);
    await badge(grace, 'Ada', 'its figures again', each => !each.isStarved && isFull(each));
    assertNoErrors(grace);
  });

  for (const pair of kPairs)
    callTest(stage, `Who speaks in ${pair[0]} is marked for ${pair[1]}, in the picture and without one`, async call => {
      const { ada, grace } = await meet(call, pair, { hasVoice: true });
      await grace.seesMoving('Ada');
      await ada.speak(true);
      await Promise.all([speaker(grace, 'Ada', true), speaker(ada, 'Ada (you)', true)]);
      await ada.click('camera');
      await speaker(grace, 'Ada', false);
      await ada.speak(false);
      await Promise.all([nobodySpeaks(ada), nobodySpeaks(grace)]);
      assertNoErrors(ada, grace);
    });

  for (const browser of ['chromium', 'firefox'])
    callTest(stage, `Badge, menu, name and button have room on the tiles of a phone in ${browser}`, async call => {
      const ada = await Visitor.join(call, browser, 'Ada, Countess of Lovelace', { size: kPhone });
      await Visitor.join(call, 'chromium', 'Grace', { hasVoice: true });
      await badge(ada, 'Grace', 'all its figures', isFull);
      assert.deepEqual(await misplaced(ada), []);
      await ada.click('screen');
      await ada.tile('the screen', ({ source }) => source === 'screen');
      assert.deepEqual(await misplaced(ada), [], 'beside a shared screen');
      assertNoErrors(ada);
    });

  callTest(stage, 'A tile that goes leaves nothing in memory', async call => {
    const { ada, grace } = await meet(call, ['firefox', 'chromium']);
    await badge(grace, 'Ada', 'all its figures', isFull);
    await grace.page.evaluate(() => {
      const tile = document.querySelector('[data-testid="tile"]:not([data-self])');
      window.gone = [tile, tile.querySelector('video')].map(element => new WeakRef(element));
    });
    await ada.click('leave');
    await until(async () => (await grace.tiles()).length === 1, () => 'Ada stays on the page of Grace');
    await until(async () => {
      await grace.page.requestGC();
      return grace.page.evaluate(() => window.gone.every(each => each.deref() === undefined));
    }, () => 'the tile stays in memory', 20000);
    assertNoErrors(grace);
  });
}
