import { defineConfig } from 'vite';

// The server hosts the page at `/`. During development Vite hosts it and passes the signalling on to a server at 8080.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    // No data: URIs, so that a strict Content-Security-Policy needs no exception.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: { '/socket.io': { target: 'http://127.0.0.1:8080', ws: true } },
  },
});
