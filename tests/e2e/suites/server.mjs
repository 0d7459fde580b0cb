// The server as a process: its way out, and settings that change what is offered. Each test starts a server of its own.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { serverTest } from '../lib/call.mjs';
import { Client, mediaPort } from '../lib/client.mjs';
import { assertAllHearAndSee } from '../lib/participant.mjs';
import { until } from '../lib/wait.mjs';

const kStrangersDatagrams = 500;  // in each 50 ms: several per cent of a core

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
      const participants = [await call.join('chromium', {}), await call.join('firefox', { network })];
      await assertAllHearAndSee(participants);
      for (const participant of participants) {
        const offers = (await participant.diary()).filter(({ event }) => event === 'create-webrtc-transport');
        for (const { ack: [{ params }] } of offers)
          assert.ok(params.iceCandidates.every(({ protocol }) => protocol === network), JSON.stringify(params.iceCandidates));
      }
    });

  serverTest(stage, 'A server whose workers are all above max_load refuses joins, and the call that runs goes on', { max_load: 1, workers: 1 },
             async call => {
    const port = await mediaPort(call);
    const participants = [await call.join('chromium', {}), await call.join('firefox', {})];
    await assertAllHearAndSee(participants);
    const stranger = call.own(createSocket('udp4'));
    const load = async () => {
      for (let i = 0; i < kStrangersDatagrams; ++i) stranger.send('?', port, '127.0.0.1');
      const newcomer = await Client.connect(call);
      const answer = await newcomer.join();
      newcomer.close();
      return answer.error && answer;
    };
    const { error, code } = await until(load, () => 'everybody is let in', 20000);
    assert.deepEqual({ error, code }, { error: 'the server is busy, try again later', code: 'unavailable' });
    await assertAllHearAndSee(participants);
  });

  for (const [network, tcp] of [['udp', false], ['tcp', true]])
    serverTest(stage, `A server with one port for four workers carries calls over ${network}`, { single_port: true, workers: 4, tcp, udp: !tcp },
               async (first, server) => {
      const calls = [first, stage.call(server)];
      const ports = new Set();
      try {
        for (const call of calls) {
          await call.join('chromium', {});
          await call.join('firefox', {});
        }
        for (const call of calls) {
          await assertAllHearAndSee(call.participants);
          for (const participant of call.participants)
            for (const { event, ack } of await participant.diary())
              if (event === 'create-webrtc-transport') for (const { port } of ack[0].params.iceCandidates) ports.add(port);
        }
      } finally {
        await calls[1].end();
      }
      assert.equal(ports.size, 1);
    });
}
