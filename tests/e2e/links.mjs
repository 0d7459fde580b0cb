// End-to-end tests over slow links, apart from the others (main.mjs): they need root, for a network namespace, and judge times.
import { cpus, setPriority } from 'node:os';
import { after, before, test } from 'node:test';
import { missingBrowsers } from './lib/browsers.mjs';
import { Stage } from './lib/call.mjs';
import { Links } from './lib/links.mjs';
import { Server } from './lib/server.mjs';
import { sleep } from './lib/wait.mjs';
import { kLinks, linkTests } from './suites/links.mjs';

const kPriority = -10;  // server and browsers inherit it: what else the machine does must not look like a slow link

// It has a machine of its own wherever it matters: six browsers that encode and decode on two cores hold it up for a quarter of
// a second, and what has come meanwhile then leaves at once.
const kBeforeBrowsers = ['nice', '-n', `${kPriority}`];

const kMostBusy = 0.6;
const kLookMs = 2000;

// Pictures freeze where a machine with other work decodes them too late; that is not what is judged here.
async function otherWork() {
  const sum = pick => cpus().reduce((total, { times }) => total + pick(times), 0);
  const look = () => [sum(({ idle }) => idle), sum(times => Object.values(times).reduce((a, b) => a + b))];
  const [idleBefore, allBefore] = look();
  await sleep(kLookMs);
  const [idle, all] = look();
  const busy = 1 - (idle - idleBefore) / (all - allBefore);
  return busy > kMostBusy ? `the machine does other work (${Math.round(busy * 100)} % of it)` : undefined;
}

const obstacle = missingBrowsers.length > 0 ? `not installed: ${missingBrowsers.join(', ')}`
                                            : Links.obstacle() ?? await otherWork();

if (obstacle !== undefined) {
  test('end-to-end tests over slow links', { skip: `no slow links here: ${obstacle}` });
} else {
  const stage = new Stage();
  before(async () => {
    setPriority(kPriority);
    stage.links = Links.open(kLinks);
    const addresses = kLinks.map((_, link) => stage.links.address(link));
    const settings = { host: addresses.at(-1), media_addresses: addresses.join(), tcp: false };
    await stage.open(Server.start(settings, [...stage.links.within, ...kBeforeBrowsers]));
  });
  after(async () => {
    try {
      await stage.close();
    } finally {
      stage.links.close();
    }
  });
  linkTests(stage);
}
