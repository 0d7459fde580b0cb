// Whether the browsers can do here what the other tests ask of them; no server takes part.
import assert from 'node:assert/strict';
import { callTest } from '../lib/call.mjs';

const kNeeded = { chromium: ['VP8', 'VP9', 'H264', 'AV1'], firefox: ['VP8', 'VP9', 'AV1'] };

// The codecs under test that a browser both sends and receives.
export const codecsOf = browser => kNeeded[browser];

export function loopbackTests(stage) {
  for (const browser of Object.keys(kNeeded))
    callTest(stage, `${browser} can call itself, and has ${kNeeded[browser].join(', ')}`, async call => {
      const participant = await call.open(browser);
      const codecs = await participant.run('codecs');
      for (const codec of kNeeded[browser]) assert.ok(codecs.includes(codec), `${codec} is not among ${codecs}`);
      const { audio, video } = await participant.run('callMyself', { codec: 'VP8', milliseconds: 1500 });
      assert.ok(audio.packetsReceived > 10, JSON.stringify(audio));
      assert.ok(video.framesDecoded > 5, JSON.stringify(video));
    });
}
