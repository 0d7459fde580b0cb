// Looks at a received video many times a second, and writes down what has been decoded of it.

const kBetweenMs = 50;

// A list of { at, framesDecoded, frameWidth }, `at` in seconds since the first decoded frame; it grows while the consumer
// lives.
export function watch(consumer) {
  const looks = [];
  let firstAt;
  const look = async () => {
    const rtp = [...(await consumer.getStats()).values()].find(({ type }) => type === 'inbound-rtp');
    if (rtp?.framesDecoded > 0) {
      const now = performance.now() / 1000;
      firstAt ??= now;
      looks.push({ at: now - firstAt, framesDecoded: rtp.framesDecoded, frameWidth: rtp.frameWidth });
    }
    if (!consumer.closed) setTimeout(look, kBetweenMs);
  };
  look();
  return looks;
}
