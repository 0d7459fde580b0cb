// A person on the demo page, who uses what is on the screen: types, clicks and looks.
import { sleep, until } from './wait.mjs';

const kPatienceMs = 20000;
const kDesktop = { width: 1280, height: 800 };

const at = testId => `[data-testid="${testId}"]`;

// Run in the page before its own scripts. First: a camera small enough for two cores with many encoders, or no devices at
// all; a screen to share where the browser has none; and the page's connections, to measure what is heard.
function prepare({ hasDevices, hasScreen }) {
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      window.connections.push(this);
    }
  };
  const devices = navigator.mediaDevices;
  if (devices === undefined) return;  // Firefox begins with an empty page
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

// A microphone that sounds when `speak(true)` says so. Firefox' own is a tone; without a loudspeaker it makes no other.
// Chromium's beeps now and then, which is no speech.
function prepareVoice({ isTone }) {
  const devices = navigator.mediaDevices;
  if (devices === undefined) return;
  const openDevices = devices.getUserMedia.bind(devices);
  const openVoice = async () => {
    const [track] = (await openDevices({ audio: true })).getAudioTracks();
    window.speak = loud => { track.enabled = loud; };
    window.speak(false);
    return track;
  };
  const makeVoice = () => {
    const context = new AudioContext();
    const volume = new GainNode(context, { gain: 0 });
    const microphone = new MediaStreamAudioDestinationNode(context);
    const oscillator = new OscillatorNode(context, { frequency: 330 });
    oscillator.connect(volume).connect(microphone);
    oscillator.start();
    window.speak = loud => { volume.gain.value = loud ? 0.5 : 0; };
    return microphone.stream.getAudioTracks()[0];
  };
  devices.getUserMedia = async ({ audio, video }) => {
    const stream = video ? await openDevices({ video }) : new MediaStream();
    if (audio) stream.addTrack(isTone ? await openVoice() : makeVoice());
    return stream;
  };
}

// The events of the server by name, each the newest; and ways to speak to the server in the page's name, and to the page in
// the server's.
function prepareAnnouncements() {
  window.announced = {};
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (!data.startsWith('42[')) return;
        const [event, payload] = JSON.parse(data.slice(2));
        window.announced[event] = payload;
      });
      window.ask = (event, payload) => this.send(`42${JSON.stringify([event, payload])}`);
      window.announce = (event, payload) =>
        this.dispatchEvent(new MessageEvent('message', { data: `42${JSON.stringify([event, payload])}` }));
    }
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
  const badgeOf = tile => {
    const isShown = element => element?.checkVisibility() ?? false;
    const badge = tile.querySelector('[data-testid="badge"]');
    if (!isShown(badge)) return null;
    const textOf = name => badge.querySelector(`.badge-${name}`).textContent;
    const [bitrate, unit] = textOf('bitrate').split(' ');
    return {
      height: Number(textOf('resolution').split('×')[1]), framesPerSecond: parseInt(textOf('frame-rate'), 10),
      layers: textOf('layers'), bitrate: bitrate * (unit === 'Mbit/s' ? 1e6 : 1e3),
      score: badge.querySelector('.bars').getAttribute('aria-label'), isStarved: isShown(badge.querySelector('.badge-starved')),
    };
  };
  return [...document.querySelectorAll('[data-testid="tile"]')].map(element => {
    const { source, muted, speaking, video } = element.dataset;
    return { name: element.querySelector('.tile-name').textContent, source, isMuted: muted === 'true', hasPicture: video === 'on',
             isSpeaking: speaking === 'true', badge: badgeOf(element), pixels: pixelsOf(element.querySelector('video')) };
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
  // Opens the lobby of the call's room. size: of the window; hasVoice: speaks only by `speak`.
  static async open(call, browser, name, { size = kDesktop, hasDevices = true, hasVoice = false } = {}) {
    const url = `${call.server.url}/?room=${call.roomId}`;
    const before = [[prepare, { hasDevices, hasScreen: browser !== 'firefox' }], [prepareAnnouncements]];
    if (hasVoice) before.push([prepareVoice, { isTone: browser === 'firefox' }]);
    const errors = [];
    const page = await call.browsers.newPage(browser, url, before, error => errors.push(error));
    const visitor = call.own(new Visitor(page, name, errors));
    await (page.setViewportSize ?? page.setViewport).call(page, size);
    await visitor.sees(at('name'));
    await page.evaluate(() => { document.querySelector('#name').value = ''; });  // what an earlier visit has left
    await page.type(at('name'), name);
    return visitor;
  }

  static async join(call, browser, name, options) {
    return (await Visitor.open(call, browser, name, options)).join();
  }

  constructor(page, name, errors) {
    this.page = page;
    this.name = name;
    this.errors = errors;  // of the page's console
  }

  async join() {
    await this.sees(at('join'));
    await this.click('join');
    await this.sees(`${at('connection')}[data-state="connected"]`);
    return this;
  }

  click = testId => this.page.click(at(testId));

  speak = loud => this.page.evaluate(loud => window.speak(loud), loud);

  // Chooses the quality of somebody's picture by keys.
  async choose(name, quality, keys) {
    const menu = `[aria-label="Quality: ${name}"]`;
    await this.page.focus(menu);
    for (const key of keys) await this.page.keyboard.press(key);
    const chosen = () => this.page.evaluate(menu => document.querySelector(menu).value, menu);
    await until(async () => await chosen() === quality, async () => `${this.name} has ${await chosen()}, not ${quality}`);
  }

  // The newest payload of an event of the server.
  announced(event) {
    return until(() => this.page.evaluate(event => window.announced[event], event), () => `${this.name} was not told ${event}`,
                 kPatienceMs);
  }

  // Has the server believe that the page asked for it, and the page that the server said it.
  ask = (event, payload) => this.page.evaluate(([event, payload]) => window.ask(event, payload), [event, payload]);
  announce = (event, payload) => this.page.evaluate(([event, payload]) => window.announce(event, payload), [event, payload]);

  // Waits until a selector is on the page, and shown.
  sees(selector, timeoutMs = kPatienceMs) {
    const isShown = selector => document.querySelector(selector)?.checkVisibility() ?? false;
    return until(() => this.page.evaluate(isShown, selector), () => `${this.name} does not see ${selector}`, timeoutMs);
  }

  // Waits until one of the notices that come and go says so.
  toast(text) {
    const said = () => [...document.querySelectorAll('[data-testid="toast"]')].map(({ textContent }) => textContent);
    return until(async () => (await this.page.evaluate(said)).find(toast => text.test(toast)),
                 () => `${this.name} is not told ${text}`, kPatienceMs);
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

// Two on the demo page, in these browsers.
export async function meet(call, [first, second], options) {
  const ada = await Visitor.join(call, first, 'Ada', options);
  const grace = await Visitor.join(call, second, 'Grace', options);
  return { ada, grace };
}
