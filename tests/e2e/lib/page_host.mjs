// Bundles the client page and serves it on loopback, where browsers grant camera and microphone: an origin other than the
// server's, as most front ends have.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

const kDocument = '<!doctype html><meta charset="utf-8"><title>participant</title><script src="page.js"></script>';

async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../page/main.js', import.meta.url))],
    bundle: true, format: 'iife', target: 'es2022', write: false, define: { global: 'globalThis' },
  });
  await stop();  // the compiler's process
  return outputFiles[0].text;
}

// { url, close }
export async function hostPage() {
  const script = await bundle();
  const server = createServer((request, response) => {
    const [type, body] = request.url === '/page.js' ? ['text/javascript', script] : ['text/html', kDocument];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}
