// What the tests call in a page: one participant a page, or the browser's call with itself.
import { Configurable } from './configurable.js';
import { Faithful } from './faithful.js';
import { callMyself, codecs } from './loopback.js';
import { inbound, path } from './media.js';

const kFrontEnds = { faithful: Faithful, configurable: Configurable };

let participant;
const failures = [];  // of what nobody awaits, such as consuming upon an event
window.addEventListener('unhandledrejection', ({ reason }) => failures.push(String(reason)));

// { peerId: { audio?: { producerId, ... inbound }, video? } }
async function received() {
  const peers = {};
  for (const { consumer, peerId } of participant.consumers.values())
    if (consumer && !consumer.closed)
      (peers[peerId] ??= {})[consumer.kind] = { producerId: consumer.producerId, ...inbound(await consumer.getStats()) };
  return peers;
}

const transports = async () =>
  [participant.recvTransport, participant.sendTransport ?? await participant.sending].filter(Boolean);

const paths = async () => Promise.all((await transports()).map(async transport => path(await transport.getStats())));

const connections = async () => (await transports()).map(({ direction, connectionState }) => `${direction} ${connectionState}`);

window.e2e = {
  codecs, callMyself, received, paths, connections,
  start: ({ frontEnd, options }) => void (participant = new kFrontEnds[frontEnd](options)),
  call: async ({ method, argument }) => await participant[method](argument) ?? null,
  emit: ({ event, request }) => participant.signaling.request(event, request),
  diary: () => participant.signaling.diary,
  state: () => ({ id: participant.signaling?.socket.id, transport: participant.signaling?.socket.io.engine?.transport.name }),
  failures: () => failures,
};
