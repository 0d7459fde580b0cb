// A person on the demo page, who uses what is on the screen: types, clicks and looks.
import { sleep, until } from './wait.mjs';

const kPatienceMs = 20000;
const kDesktop = { width: 1280, height: 800 };

const at = testId => `[data-testid="${testId}"]`;

// Runs in the page before its own scripts: a camera small enough for two cores with many encoders, or no devices at all; a
// screen to share where the browser has none; and the page's connections, to measure what is heard.
function prepare({ hasDevices, hasScreen }) {
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      window.connections.push(this);
    }
  };
  const devices = navigator.mediaDevices;
  const openDevices = devices.getUserMedia.bind(devices);
  devices.getUserMedia = ({ video, audio }) => {
    if (!hasDevices) throw new DOMException('none', 'NotFoundError');
    return openDevices({ audio: audio ?? false, video: video ? { width: 640, height: 360, frameRate: 15 } : false });
  };
  if (hasScreen) return;
  devices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
    const context = canvas.getContext('2d');
    setInterval(() => {
      context.fillStyle = `hsl(${performance.now() / 5 % 360} 80% 50%)`;
      context.fillRect(0, 0, canvas.width, canvas.height);
    }, 100);
    return canvas.captureStream(10);
  };
}

// What the tiles show, read inside the page; `pixels` of their pictures, shrunk.
function tiles() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 16, height: 9 });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const pixelsOf = video => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (video.videoWidth > 0) context.drawImage(video, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height).data.join();
  };
  return [...document.querySelectorAll('[data-testid="tile"]')].map(element => {
    const { source, muted, video } = element.dataset;
    return { name: element.querySelector('.tile-name').textContent, source, isMuted: muted === 'true', hasPicture: video === 'on',
             pixels: pixelsOf(element.querySelector('video')) };
  });
}

// The energy of all the sound received so far.
async function soundEnergy() {
  const reports = await Promise.all(window.connections.map(connection => connection.getStats()));
  return reports.flatMap(report => [...report.values()]).filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio')
      .reduce((sum, { totalAudioEnergy = 0 }) => sum + totalAudioEnergy, 0);
}

const hasLight = pixels => pixels.split(',').some((value, i) => i % 4 < 3 && value > 64);

export class Visitor {
  // Opens the lobby of the call's room. size: of the window.
  static async open(call, browser, name, { size = kDesktop, hasDevices = true } = {}) {
    const url = `${call.server.url}/?room=${call.roomId}`;
    const page = await call.browsers.newPage(browser, url, [[prepare, { hasDevices, hasScreen: browser !== 'firefox' }]]);
    const visitor = call.own(new Visitor(page, name));
    await (page.setViewportSize ?? page.setViewport).call(page, size);
    await visitor.sees(at('name'));
    await page.evaluate(() => { document.querySelector('#name').value = ''; });  // what an earlier visit has left
    await page.type(at('name'), name);
    return visitor;
  }

  static async join(call, browser, name, options) {
    return (await Visitor.open(call, browser, name, options)).join();
  }

  constructor(page, name) {
    this.page = page;
    this.name = name;
  }

  async join() {
    await this.sees(at('join'));
    await this.click('join');
    await this.sees(`${at('connection')}[data-state="connected"]`);
    return this;
  }

  click = testId => this.page.click(at(testId));

  // Waits until a selector is on the page, and shown.
  sees(selector, timeoutMs = kPatienceMs) {
    const isShown = selector => document.querySelector(selector)?.checkVisibility() ?? false;
    return until(() => this.page.evaluate(isShown, selector), () => `${this.name} does not see ${selector}`, timeoutMs);
  }

  tiles = () => this.page.evaluate(tiles);

  // Waits until there is a tile as `matches` wants it; gives the tile.
  async tile(what, matches) {
    let seen = [];
    const shown = () => JSON.stringify(seen.map(({ pixels, ...tile }) => ({ ...tile, isLit: hasLight(pixels) })));
    return until(async () => (seen = await this.tiles()).find(matches), () => `${this.name} has no tile with ${what}: ${shown()}`,
                 kPatienceMs);
  }

  // Waits until the tile of that name shows a picture, and then another one.
  async seesMoving(name) {
    const isShown = tile => tile.name === name && tile.hasPicture && hasLight(tile.pixels);
    const { pixels } = await this.tile(`a picture of ${name}`, isShown);
    await this.tile(`a moving picture of ${name}`, tile => isShown(tile) && tile.pixels !== pixels);
  }

  async hearsSomething() {
    const before = await this.page.evaluate(soundEnergy);
    await until(async () => await this.page.evaluate(soundEnergy) > before, () => `${this.name} hears nothing`, kPatienceMs);
  }

  async hearsNothing() {
    const kSilenceMs = 500;
    await until(async () => {
      const before = await this.page.evaluate(soundEnergy);
      await sleep(kSilenceMs);
      return await this.page.evaluate(soundEnergy) === before;
    }, () => `${this.name} goes on hearing`, kPatienceMs);
  }

  close = () => this.page.close();
}
