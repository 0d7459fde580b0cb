// Videos whose packets get lost on the way up and are repaired, while receivers are moved from layer to layer: what is sent to
// them must go on to be decodable, in real decoders.
import assert from 'node:assert/strict';
import { callTest } from '../lib/call.mjs';
import { mediaPort } from '../lib/client.mjs';
import { longestStill, since } from '../lib/looks.mjs';
import { Middle } from '../lib/middle.mjs';
import { Random } from '../lib/mutations.mjs';
import { sleep } from '../lib/wait.mjs';

const kSeed = 20261127;
const kLostPercent = 3;
const kMedia = 200;  // bytes: what is smaller is a check, a handshake or a report, as a rule

const kCamera = { isDetailed: true, width: 960, height: 540, frameRate: 15 };
const kSimulcast = [
  { rid: 'r0', scaleResolutionDownBy: 4, maxBitrate: 150000, scalabilityMode: 'L1T2' },
  { rid: 'r1', scaleResolutionDownBy: 1, maxBitrate: 1000000, scalabilityMode: 'L1T2' },
];
const kScalable = [{ scalabilityMode: 'L3T3_KEY', maxBitrate: 900000 }];
const kVideos = [
  { codec: 'VP8', encodings: kSimulcast },
  { codec: 'H264', encodings: kSimulcast },
  { codec: 'VP9', encodings: kSimulcast },
  { codec: 'AV1', encodings: kSimulcast },
  { codec: 'VP9', encodings: kScalable },
  { codec: 'AV1', encodings: kScalable },
];
const kStartKbps = 2000;
const kWishes = [[2, 2], [0, 2], [1, 1], [0, 0], [2, 1], [1, 2]];  // spatial, temporal
const kWishMs = 400;
const kWatchedS = 10;
const kSettlingS = 2;
const kLongestStillS = 1.5;  // a repair, or a key picture that was asked for, is there sooner

export function lossyTests(stage) {
  for (const { codec, encodings } of kVideos)
    callTest(stage, `${codec} in ${encodings === kScalable ? 'layers' : 'simulcast'} that loses packets on the way up goes on for a receiver who is moved from layer to layer`,
             async (call, context) => {
      const port = await mediaPort(call);
      const middle = await Middle.open(call, port);
      const random = new Random(kSeed);
      middle.loses = datagram => datagram.length >= kMedia && random.below(100) < kLostPercent;
      const options = { codec, encodings, camera: kCamera, startKbps: kStartKbps, produces: ['video'], network: 'udp',
                        ports: { [port]: middle.port } };
      const sender = await call.join('chromium', options);
      const producerId = await sender.call('producerId', { kind: 'video' });
      const receiver = await call.join('chromium', { produces: [] });
      await receiver.receivesFrom(producerId);
      await receiver.call('watch', { producerId });
      const { consumerId } = await receiver.call('receivingOf', { producerId });
      const until = performance.now() + kWatchedS * 1000;
      for (let i = 0; performance.now() < until; ++i) {
        const [spatialLayer, temporalLayer] = kWishes[i % kWishes.length];
        await receiver.emit('set-preferred-layers', { consumerId, spatialLayer, temporalLayer });
        await sleep(kWishMs);
      }
      const looks = since(await receiver.call('watched'), kSettlingS);
      const still = longestStill(looks);
      context.diagnostic(`${codec}: ${middle.lost} datagrams lost, still for ${still.toFixed(2)} s at most`);
      assert.ok(middle.lost > 20, `${middle.lost} datagrams lost`);
      assert.ok(still <= kLongestStillS, `still for ${still.toFixed(2)} s`);
    });
}
