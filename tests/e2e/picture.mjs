// Takes the README's picture: Ada in Chromium and Grace in Firefox on the demo page, each with a drawing for a camera.
//   CONSOMME=../../build/release/bin/consomme node picture.mjs
import { fileURLToPath } from 'node:url';
import { Browsers } from './lib/browsers.mjs';
import { Server } from './lib/server.mjs';
import { until } from './lib/wait.mjs';
import { drawnCamera, kLooks } from './page/scene.js';

const kFile = fileURLToPath(new URL('../../docs/images/call.png', import.meta.url));
const kCurves = 14;   // three for each of two voices sent and received, four for each camera
const kPoints = 45;   // of a curve: most of the minute that it shows
const kPatienceMs = 120000;

const browsers = new Browsers();
const server = await Server.start();

async function join(browser, name, look) {
  const page = await browsers.newPage(browser, `${server.url}/?room=kitchen&name=${name}`, drawnCamera(look));
  const hasPicture = () => document.querySelector('.preview-video')?.videoWidth > 0;
  await until(() => page.evaluate(hasPicture), () => `${name} has no camera`, kPatienceMs);
  await page.click('#join');
  return page;
}

try {
  const ada = await join('chromium', 'Ada', kLooks.ada);
  await ada.setViewportSize({ width: 1280, height: 790 });
  await ada.emulateMedia({ colorScheme: 'dark' });
  await join('firefox', 'Grace', kLooks.grace);
  await ada.click('#stats');
  const points = () => [...document.querySelectorAll('.plot-line')].map(line => line.getAttribute('d')?.split('L').length ?? 0);
  const isFull = curves => curves.length === kCurves && curves.every(count => count >= kPoints);
  await until(async () => isFull(await ada.evaluate(points)), async () => `short curves: ${await ada.evaluate(points)}`, kPatienceMs);
  await ada.screenshot({ path: kFile });
} finally {
  await browsers.close();
  await server.stop('SIGKILL');
}
