// Front ends written to the letter of the documented lifecycle, with the habits of their family.
import { callTest } from '../lib/call.mjs';
import { assertAllHearAndSee } from '../lib/participant.mjs';

const kThree = ['chromium', 'firefox', 'chromium'];

export function faithfulTests(stage) {
  for (const producesFirst of [false, true])
    callTest(stage, `Three documented front ends that ${producesFirst ? 'produce' : 'consume'} first join at once`, async call => {
      const all = [];
      for (const [i, browser] of kThree.entries())
        all.push(await call.open(browser, { userName: `number ${i}`, producesFirst }, 'faithful'));
      await Promise.all(all.map(participant => participant.join()));
      await assertAllHearAndSee(all);
    });

  callTest(stage, 'A documented front end that closes its camera without a word, and opens it again, is seen again', async call => {
    const watcher = await call.join('firefox', { userName: 'watcher' }, 'faithful');
    const closer = await call.join('chromium', { userName: 'closer' }, 'faithful');
    await assertAllHearAndSee([watcher, closer]);
    await closer.call('stop', { kind: 'video' });
    await watcher.receivesFrom(await closer.call('produce', { kind: 'video' }));
    await assertAllHearAndSee([watcher, closer]);
  });

  callTest(stage, 'A documented front end that pauses without a word is heard and seen again when it resumes', async call => {
    const watcher = await call.join('chromium', { userName: 'watcher' }, 'faithful');
    const pauser = await call.join('firefox', { userName: 'pauser' }, 'faithful');
    await assertAllHearAndSee([watcher, pauser]);
    for (const method of ['pause', 'resume'])
      for (const kind of ['audio', 'video']) await pauser.call(method, { kind });
    await assertAllHearAndSee([watcher, pauser]);
  });

  callTest(stage, 'A documented front end leaves by hanging up and comes back', async call => {
    const stays = await call.join('chromium', { userName: 'stays' }, 'faithful');
    const goes = await call.join('firefox', { userName: 'goes' }, 'faithful');
    await assertAllHearAndSee([stays, goes]);
    await goes.call('leave');
    await stays.event('participant-left', ({ peerId }) => peerId === goes.id);
    const back = await call.join('firefox', { userName: 'goes' }, 'faithful');
    await assertAllHearAndSee([stays, back]);
  });
}
