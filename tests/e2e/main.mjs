// End-to-end tests: real browsers with real clients (page/) against the binary named by CONSOMME. One process runs them all,
// so that browsers and server start once. `node --test-name-pattern=... main.mjs` runs some; E2E_VERBOSE=1 shows the consoles.
import { after, before, describe, test } from 'node:test';
import { missingBrowsers } from './lib/browsers.mjs';
import { Stage } from './lib/call.mjs';
import { contractTests } from './suites/contract.mjs';
import { documentedTests } from './suites/documented.mjs';
import { faithfulTests } from './suites/faithful.mjs';
import { featureTests } from './suites/features.mjs';
import { firewallTests } from './suites/firewalls.mjs';
import { hostileTests } from './suites/hostile.mjs';
import { knowingTests } from './suites/knowing.mjs';
import { loopbackTests } from './suites/loopback.mjs';
import { lossyTests } from './suites/lossy.mjs';
import { pageTests } from './suites/page.mjs';
import { pageQualityTests } from './suites/page_quality.mjs';
import { pairTests } from './suites/pairs.mjs';
import { redundantTests } from './suites/redundant.mjs';
import { roomTests } from './suites/rooms.mjs';
import { serverTests } from './suites/server.mjs';

const kSuites = [
  loopbackTests, contractTests, documentedTests, roomTests, faithfulTests, featureTests, knowingTests, hostileTests, serverTests,
  firewallTests, lossyTests, redundantTests, pageTests, pageQualityTests,
];
const kPairsAtOnce = 2;  // small calls that wait most of their time, and judge neither times nor the server's counters

if (missingBrowsers.length > 0 && process.env.CI !== 'true') {
  test('end-to-end tests', { skip: `not installed: ${missingBrowsers.join(', ')}` });
} else {
  const stage = new Stage();
  before(() => stage.open());
  after(() => stage.close());
  for (const suite of kSuites) suite(stage);
  describe('Pairs', { concurrency: kPairsAtOnce }, () => pairTests(stage));
}
