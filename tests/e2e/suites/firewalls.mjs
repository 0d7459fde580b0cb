// A server behind a firewall that swallows UDP: calls go over TCP by themselves. Needs root, for a network namespace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callOn } from '../lib/call.mjs';
import { Links } from '../lib/links.mjs';
import { assertAllHearAndSee } from '../lib/participant.mjs';
import { Server } from '../lib/server.mjs';

const kKbps = 100000;
const kTestMs = 60000;
const kDirections = { in: 'no UDP comes in', out: 'no UDP gets out' };

async function behindFirewall(stage, direction, body) {
  const links = Links.open([kKbps]);
  try {
    links.swallowUdp(direction);
    const address = links.address(0);
    await callOn(stage, Server.start({ host: address, media_addresses: address }, links.within), body);
  } finally {
    links.close();
  }
}

export function firewallTests(stage) {
  const obstacle = Links.obstacle();
  for (const [direction, sentence] of Object.entries(kDirections))
    for (const browser of ['chromium', 'firefox'])
      test(`Where ${sentence}, ${browser} talks over TCP`, { skip: obstacle, timeout: kTestMs }, () =>
        behindFirewall(stage, direction, async call => {
          const participants = [await call.join(browser, { userName: 'alice' }), await call.join(browser, { userName: 'bob' })];
          await assertAllHearAndSee(participants);
          for (const participant of participants)
            assert.deepEqual((await participant.paths()).map(({ protocol }) => protocol), ['tcp', 'tcp']);
        }));
}
