// The stock browsers of Debian, each started once for all tests: Chromium by playwright-core, Firefox by puppeteer-core over
// WebDriver BiDi. Both drivers' pages have evaluate(), close() and on('console'), which is all that the tests need.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';

const kPaths = {
  chromium: process.env.CHROMIUM ?? '/usr/bin/chromium',
  firefox: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
};

const kChromiumFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // A camera that needs no hardware and no click, at a rate that leaves two cores room for many encoders.
  '--use-fake-device-for-media-stream=fps=15', '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',  // nobody clicks: a page may sound by itself
  // Else the host candidate is an mDNS name, which nobody here resolves.
  '--disable-features=WebRtcHideLocalIpsWithMdns,Translate,OptimizationHints,MediaRouter',
];

const kFirefoxPreferences = {
  'permissions.default.camera': 1,
  'permissions.default.microphone': 1,
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  'media.peerconnection.ice.loopback': true,  // a candidate of 127.0.0.1 is paired only with one of its own
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.peerconnection.ice.tcp': true,
  'media.autoplay.default': 0,
  // Pages lie behind one another as tabs; their timers are to run all the same.
  'dom.min_background_timeout_value': 4,
  'dom.min_background_timeout_value_without_budget_throttling': 4,
  'dom.timeout.enable_budget_timer_throttling': false,
  // Nothing calls home.
  'app.update.disabledForTesting': true,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

const isThere = path => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export const missingBrowsers = Object.entries(kPaths).filter(([, path]) => !isThere(path)).map(([name]) => name);

async function launchChromium() {
  const browser = await chromium.launch({ executablePath: kPaths.chromium, args: kChromiumFlags });
  return { newPage: () => browser.newPage(), close: () => browser.close() };
}

async function launchFirefox() {
  const profile = mkdtempSync(join(tmpdir(), 'consomme-firefox-'));
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: kPaths.firefox, headless: true, userDataDir: profile,
    extraPrefsFirefox: kFirefoxPreferences,
  });
  const close = async () => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  // At times Firefox puts another document into a new tab while its remote agent still waits for the first. Nothing of ours
  // is in it yet: another tab does.
  const newPage = () => browser.newPage().catch(error => {
    if (!/no such frame/.test(error.message)) throw error;
    return browser.newPage();
  });
  return { newPage, close, kill: () => browser.process().kill('SIGKILL') };
}

const kLaunchers = { chromium: launchChromium, firefox: launchFirefox };

// A browser of one's own, for tests that kill it.
export const launch = name => kLaunchers[name]();

// The browsers that all tests share, started when first asked for.
export class Browsers {
  #running = new Map();

  // before: functions, each with its argument, that the page runs before its own scripts. failed: told of every error in
  // the page's console.
  async newPage(name, url, before = [], failed = () => {}) {
    if (!this.#running.has(name)) this.#running.set(name, launch(name));
    const browser = await this.#running.get(name);
    const page = await browser.newPage();
    page.on('console', message => {
      if (process.env.E2E_VERBOSE) console.log(`# ${name}: ${message.text()}`);
      if (message.type() === 'error') failed(message.text());
    });
    page.on('pageerror', error => failed(error.message));
    for (const script of before) await (page.addInitScript ?? page.evaluateOnNewDocument).apply(page, script);
    await page.goto(url);
    return page;
  }

  async close() {
    for (const browser of this.#running.values()) await (await browser).close();
  }
}
