import { setTimeout as sleep } from 'node:timers/promises';

// What `look` returns as soon as that is truthy. Fails with what `describe` says when it does not become so in time.
export async function until(look, describe, timeoutMs = 10000) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(`${await describe()} (waited ${timeoutMs} ms)`);
    await sleep(50);
  }
}

export { sleep };
