// Two participants, all pairs of browsers: everybody hears and sees everybody, whatever the codec and the way of the media.
import assert from 'node:assert/strict';
import { callTest } from '../lib/call.mjs';
import { assertAllHearAndSee } from '../lib/participant.mjs';
import { codecsOf } from './loopback.mjs';

const kPairs = [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'firefox']];

const shared = ([one, other]) => codecsOf(one).filter(codec => codecsOf(other).includes(codec));

export function pairTests(stage) {
  for (const pair of kPairs)
    for (const codec of shared(pair))
      for (const network of ['udp', 'tcp'])
        callTest(stage, `${pair.join(' and ')} see each other in ${codec} over ${network}`, async call => {
          for (const [i, browser] of pair.entries()) await call.join(browser, { userName: `number ${i}`, codec, network });
          for (const { kind, entry } of await assertAllHearAndSee(call.participants))
            if (kind === 'video') assert.equal(entry.codec, `video/${codec}`);
          for (const participant of call.participants)
            assert.deepEqual((await participant.paths()).map(({ protocol }) => protocol), [network, network]);
        });

  callTest(stage, 'Who cannot decode H264 is not offered it, joins all the same and hears the other', async call => {
    const sender = await call.join('chromium', { codec: 'H264' });
    const receiver = await call.join('firefox', {}, 'faithful');
    await assertAllHearAndSee([sender, receiver], { kinds: ['audio'] });
    const produced = await sender.call('producerId', { kind: 'audio' });
    const { ack: [{ existingProducers }] } = (await receiver.diary()).find(({ event }) => event === 'join-mediasoup-room');
    assert.deepEqual(existingProducers, [produced]);
  });
}
