// The server as a process: its way out, and settings that change what is offered. Each test starts a server of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { assertAllHearAndSee } from '../lib/participant.mjs';
import { Server } from '../lib/server.mjs';

const kTestMs = 60000;

function serverTest(stage, sentence, settings, body) {
  test(sentence, { timeout: kTestMs }, async () => {
    const server = await Server.start(settings);
    const call = stage.call(server);
    try {
      await body(call, server);
    } finally {
      await call.end();
      if (server.process.exitCode === null) await server.stop('SIGKILL');
    }
  });
}

export function serverTests(stage) {
  serverTest(stage, 'The start prints the address at which the demo page opens', { host: '0.0.0.0' }, async (call, server) => {
    const url = await server.line(/open (http:\S+) for the demo page/);
    assert.equal(url, `http://localhost:${server.port}/`);
    assert.match(await (await fetch(url)).text(), /<!doctype html>/i);
  });

  serverTest(stage, 'SIGTERM ends an idle server at once, with exit code 0', {}, async (call, server) => {
    const client = await Client.connect(call);
    const start = performance.now();
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.ok(performance.now() - start < 2000);
    client.close();
  });

  serverTest(stage, 'SIGTERM tells a call when it ends, lets it go on until then, and exits with code 0', { drain_s: 3 },
             async (call, server) => {
    const participants = [await call.join('chromium', {}), await call.join('firefox', {})];
    await assertAllHearAndSee(participants);
    const start = performance.now();
    const ended = server.stop();
    for (const participant of participants) await participant.event('server-draining', ({ deadline }) => deadline !== undefined);
    await assertAllHearAndSee(participants);
    const newcomer = await Client.connect(call);
    const { error } = await newcomer.ask('get-rtp-capabilities', { roomId: 'new while draining' });
    assert.equal(error, 'server is draining');
    assert.deepEqual(await ended, { code: 0, signal: null });
    assert.ok(performance.now() - start > 2000, 'the call had its time');
    newcomer.close();
  });

  serverTest(stage, 'A second SIGTERM ends a running call at once, with exit code 0', { drain_s: 30 }, async (call, server) => {
    const participants = [await call.join('chromium', {}), await call.join('chromium', {})];
    await assertAllHearAndSee(participants);
    const ended = server.stop();
    await participants[0].event('server-draining');
    server.stop();
    assert.deepEqual(await ended, { code: 0, signal: null });
  });

  for (const [network, settings] of [['tcp', { udp: false }], ['udp', { tcp: false }]])
    serverTest(stage, `A server with ${network} only offers nothing else, and carries calls`, settings, async call => {
      const participants = [await call.join('chromium', {}), await call.join('firefox', {})];
      await assertAllHearAndSee(participants);
      for (const participant of participants) {
        const offers = (await participant.diary()).filter(({ event }) => event === 'create-webrtc-transport');
        for (const { ack: [{ params }] } of offers)
          assert.ok(params.iceCandidates.every(({ protocol }) => protocol === network), JSON.stringify(params.iceCandidates));
      }
    });
}
