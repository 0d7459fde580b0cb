// A video over links that are too slow for it: everybody sees the layer that his own link can carry, and sees it move.
import assert from 'node:assert/strict';
import { callTest } from '../lib/call.mjs';
import { framesPerSecond, longestStill, shares, since } from '../lib/looks.mjs';
import { sleep, until } from '../lib/wait.mjs';

const kUnlimited = 100000;
export const kLinks = [400, 1000, kUnlimited];  // kbit/s
const kRateNames = ['400 kbit/s', '1 Mbit/s', 'no limit'];
const [kNarrow, kMiddle, kWide] = kLinks.keys();

// As many pixels as it takes for Chromium to send three layers, and few pictures, since two cores do all of it.
const kCamera = { isDetailed: true, width: 960, height: 540, frameRate: 15 };

// `widths`: what fits each link. Of VP8, 400 kbit/s carries the worst layer only, and 1 Mbit/s the middle one. Of the others
// Chromium makes the middle one so cheap that 400 kbit/s carries it, and 1 Mbit/s some pictures of the best or all; it takes a
// key picture of every layer to change it there, which may fill the queue, so that the one below is seen for a while, too.
// `changes`: what the links become, one after the other.
const kCodecs = [
  { codec: 'VP8', widths: [[240], [480], [960]], changes: [kMiddle, kNarrow, kWide], leastBitrate: 2400000,
    encodings: [
      { rid: 'r0', scaleResolutionDownBy: 4, maxBitrate: 150000, scalabilityMode: 'L1T2' },
      { rid: 'r1', scaleResolutionDownBy: 2, maxBitrate: 1000000, scalabilityMode: 'L1T2' },
      { rid: 'r2', scaleResolutionDownBy: 1, maxBitrate: 2600000, scalabilityMode: 'L1T2' },
    ] },
  { codec: 'VP9', widths: [[480, 240], [960, 480], [960]], changes: [kWide, kNarrow, kWide], leastBitrate: 600000,
    encodings: [{ scalabilityMode: 'L3T3_KEY', maxBitrate: 900000 }] },
  { codec: 'AV1', widths: [[480, 240], [960, 480], [960]], changes: [kWide, kNarrow, kWide], leastBitrate: 900000,
    encodings: [{ scalabilityMode: 'L3T3_KEY', maxBitrate: 1500000 }] },
];

const kStartKbps = 4000;     // the sender has no slow link, and need not find that out
const kTestMs = 120000;
const kSettlingS = 5;
const kWatchedS = 8;
const kLongestStillS = 0.5;
const kLeastShare = 0.8;     // of the time after settling, in a width that fits
const kSenderMs = 30000;     // until all layers are sent in full
const kFollowingMs = 10000;  // a change of the link

// Of what the server itself has seen.
async function statsOf(participant, subject) {
  const { stats, error } = await participant.emit('get-stats', subject);
  assert.equal(error, undefined);
  return stats.filter(({ type }) => type === 'inbound-rtp' || type === 'outbound-rtp');
}

// A sender whose layers all arrive, at the rates that they will have.
async function joinSender(call, stage, { codec, encodings, leastBitrate }) {
  const address = stage.links.address(kWide);
  const options = { codec, encodings, startKbps: kStartKbps, camera: kCamera, produces: ['video'], address };
  const sender = await call.join('chromium', options);
  sender.producerId = await sender.call('producerId', { kind: 'video' });
  let stats;
  await until(async () => {
    stats = await statsOf(sender, { producerId: sender.producerId });
    return stats.reduce((sum, { bitrate }) => sum + bitrate, 0) >= leastBitrate && stats.every(({ bitrate }) => bitrate > 0);
  }, () => `${codec} is not sent in full: ${JSON.stringify(stats)}`, kSenderMs);
  return sender;
}

async function joinReceiver(call, stage, sender, browser, link, userName) {
  const receiver = await call.join(browser, { userName, produces: [], address: stage.links.address(link) });
  await receiver.receivesFrom(sender.producerId);
  await receiver.call('watch', { producerId: sender.producerId });
  return receiver;
}

const percent = share => `${Math.round(share * 100)} %`;

const told = async receiver => (await receiver.events('consumer-layers-changed'))
    .map(({ spatialLayer, temporalLayer }) => spatialLayer === null ? 'none' : `S${spatialLayer}T${temporalLayer}`).join(' ');

// What is wrong with a picture that is to be seen in one of those widths; nothing, as a rule.
async function faultsOf(context, receiver, widths) {
  const looks = since(await receiver.call('watched'), kSettlingS);
  if (looks.length === 0) return [`${receiver.name} saw nothing in time, told ${await told(receiver)}`];
  const [still, share, frames] = [longestStill(looks), shares(looks), framesPerSecond(looks)];
  const seen = Object.entries(share).map(([width, part]) => `${percent(part)} in ${width}`).join(', ');
  const summary = `${receiver.name}: ${seen}, ${frames.toFixed(1)} frames a second, still for ${still.toFixed(2)} s at most, ` +
      `told ${await told(receiver)}`;
  context.diagnostic(summary);
  const fitting = widths.reduce((sum, width) => sum + (share[width] ?? 0), 0);
  return still > kLongestStillS || fitting < kLeastShare ? [`not ${widths.join(' or ')} wide and moving: ${summary}`] : [];
}

// Waits until a picture of one of those widths is there.
const sees = (receiver, widths) => until(
  async () => widths.includes((await receiver.call('watched')).at(-1)?.frameWidth),
  async () => `${receiver.name} is not ${widths.join(' or ')} wide; told ${await told(receiver)}`, kFollowingMs);

export function linkTests(stage) {
  for (const row of kCodecs)
    callTest(stage, `Behind ${kRateNames.join(', ')} both browsers see a layer of ${row.codec} that fits, and see it move`,
             async (call, context) => {
      const sender = await joinSender(call, stage, row);
      const faults = [];
      for (const browser of ['chromium', 'firefox']) {
        const receivers = [];
        for (const link of kLinks.keys())
          receivers.push(await joinReceiver(call, stage, sender, browser, link, `behind ${kRateNames[link]}`));
        await sleep((kSettlingS + kWatchedS) * 1000);
        for (const [link, receiver] of receivers.entries())
          faults.push(...await faultsOf(context, receiver, row.widths[link]));
        for (const receiver of receivers) await receiver.close();
      }
      assert.deepEqual(faults, []);
    }, kTestMs);

  for (const row of kCodecs)
    callTest(stage, `When the links change, the layers of ${row.codec} follow within 10 s, down and up`, async (call, context) => {
      const links = [kNarrow, kMiddle];
      const shape = kbps => links.forEach(link => stage.links.shape(link, kbps));
      call.own({ close: () => links.forEach(link => stage.links.shape(link, kLinks[link])) });
      shape(kLinks[row.changes[0]]);
      const sender = await joinSender(call, stage, row);
      const receivers = [];
      for (const [i, browser] of ['chromium', 'firefox'].entries())
        receivers.push(await joinReceiver(call, stage, sender, browser, links[i]));
      for (const [i, at] of row.changes.entries()) {
        if (i > 0) shape(kLinks[at]);
        const changedAt = performance.now();
        await Promise.all(receivers.map(async receiver => {
          await sees(receiver, row.widths[at]);
          const seconds = (performance.now() - changedAt) / 1000;
          const width = (await receiver.call('watched')).at(-1)?.frameWidth;
          context.diagnostic(`${receiver.name}: ${width} wide ${seconds.toFixed(1)} s after it has ${kRateNames[at]}`);
        }));
      }
    }, kTestMs);
}
