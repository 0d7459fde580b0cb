// RFC 6455 by bare frames: what a well-behaved client library would never send.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Echo, sleep } from './echo.mjs';

let echo;
before(async () => (echo = await Echo.start('--max-payload', '10000', '--ping-interval', '3000')));
after(() => echo.stop());

const handshake = 'GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

function frame(opcode, payload, { fin = true, rsv = 0, masked = true, length } = {}) {
  const data = Buffer.from(payload);
  const announced = BigInt(length ?? data.length);
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const mask = masked ? 0x80 : 0;
  let extended = Buffer.alloc(0);
  if (announced < 126n) head.push(mask | Number(announced));
  else if (announced < 65536n) {
    head.push(mask | 126);
    extended = Buffer.alloc(2);
    extended.writeUInt16BE(Number(announced));
  } else {
    head.push(mask | 127);
    extended = Buffer.alloc(8);
    extended.writeBigUInt64BE(announced);
  }
  const key = Buffer.from([1, 2, 3, 4]);
  const body = masked ? data.map((b, i) => b ^ key[i % 4]) : data;
  return Buffer.concat([Buffer.from(head), extended, masked ? key : Buffer.alloc(0), body]);
}

function parseFrames(bytes) {
  const frames = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    let length = bytes[at + 1] & 127;
    let header = 2;
    if (length === 126) [length, header] = [bytes.readUInt16BE(at + 2), 4];
    else if (length === 127) [length, header] = [Number(bytes.readBigUInt64BE(at + 2)), 10];
    frames.push({ opcode: bytes[at] & 15, masked: (bytes[at + 1] & 128) !== 0, data: bytes.subarray(at + header, at + header + length) });
    at += header + length;
  }
  return frames;
}

// Sends the handshake and then `chunks`, and returns the frames that come and whether TCP was closed.
async function talk(chunks, { together = false, pause = 0, ms = 400 } = {}) {
  const socket = await echo.tcp();
  let received = Buffer.alloc(0);
  let closed = false;
  socket.on('data', (chunk) => (received = Buffer.concat([received, chunk])));
  socket.on('error', () => (closed = true));
  socket.on('close', () => (closed = true));
  socket.on('end', () => (closed = true));
  if (together) socket.write(Buffer.concat([Buffer.from(handshake), ...chunks]));
  else {
    socket.write(handshake);
    await sleep(20);
    for (const chunk of chunks) {
      socket.write(chunk);
      if (pause) await sleep(pause);
    }
  }
  await sleep(ms);
  socket.destroy();
  const end = received.indexOf('\r\n\r\n') + 4;
  const frames = parseFrames(received.subarray(end));
  return { frames: frames.slice(1), closed, code: frames.at(-1)?.opcode === 8 && frames.at(-1).data.length >= 2 ? frames.at(-1).data.readUInt16BE() : null };
}

const texts = (frames) => frames.filter((f) => f.opcode === 1).map((f) => f.data.toString());

test('fragments, with control frames in between', async () => {
  const { frames } = await talk([frame(1, '4a', { fin: false }), frame(9, 'hi'), frame(0, 'b', { fin: false }), frame(10, ''), frame(0, 'c')]);
  assert.deepEqual(texts(frames), ['4abc']);
  assert.equal(frames.find((f) => f.opcode === 10).data.toString(), 'hi');
  assert.ok(frames.every((f) => !f.masked));
});

test('a message may come in thousands of fragments, empty ones too', async () => {
  const tiny = Array.from({ length: 5000 }, (_, i) => frame(0, i % 2 ? '' : 'x', { fin: false }));
  const { frames } = await talk([Buffer.concat([frame(1, '4', { fin: false }), ...tiny, frame(0, '.')])]);
  assert.deepEqual(texts(frames), [`4${'x'.repeat(2500)}.`]);
});

test('frames in one segment with the handshake, and byte by byte', async () => {
  const many = await talk([frame(1, '41'), frame(1, '42'), frame(1, '43')], { together: true });
  assert.deepEqual(texts(many.frames), ['41', '42', '43']);
  const whole = Buffer.concat([Buffer.from(handshake), frame(1, '4slower')]);
  const everything = await echo.tcp();
  let text = '';
  everything.on('data', (chunk) => (text += chunk.toString('latin1')));
  for (const byte of whole) {
    everything.write(Buffer.from([byte]));
    await sleep(1);
  }
  await sleep(100);
  everything.destroy();
  assert.match(text, /^HTTP\/1\.1 101 [^]*4slower$/);
  const bytes = [...frame(1, '4slow')].map((b) => Buffer.from([b]));
  assert.deepEqual(texts((await talk(bytes, { pause: 2 })).frames), ['4slow']);
});

test('the close handshake answers with the same code', async () => {
  for (const code of [1000, 1001, 3000, 4999]) {
    const body = Buffer.alloc(2);
    body.writeUInt16BE(code);
    const answer = await talk([frame(8, body), frame(1, '4late')]);
    assert.equal(answer.code, code);
    assert.ok(answer.closed);
    assert.deepEqual(texts(answer.frames), []);
  }
  const empty = await talk([frame(8, '')]);
  assert.equal(empty.frames[0].opcode, 8);
  assert.ok(empty.closed);
});

const violations = {
  'an unmasked frame': [1002, [frame(1, '4a', { masked: false })]],
  'a reserved bit': [1002, [frame(1, '4a', { rsv: 4 })]],
  'a reserved opcode': [1002, [frame(3, '4a')]],
  'a reserved control opcode': [1002, [frame(11, '')]],
  'a continuation of nothing': [1002, [frame(0, '4a')]],
  'a new message inside another': [1002, [frame(1, '4a', { fin: false }), frame(1, '4b')]],
  'a long ping': [1002, [frame(9, 'x'.repeat(126))]],
  'a fragmented ping': [1002, [frame(9, 'x', { fin: false })]],
  'close code 1005': [1002, [frame(8, Buffer.from([0x03, 0xed]))]],
  'close code 999': [1002, [frame(8, Buffer.from([0x03, 0xe7]))]],
  'a close body of one byte': [1002, [frame(8, Buffer.from([3]))]],
  'invalid UTF-8': [1007, [frame(1, Buffer.from([0x34, 0xc3, 0x28]))]],
  'UTF-8 cut at the end': [1007, [frame(1, Buffer.from([0x34, 0xe2, 0x82]))]],
  'a surrogate': [1007, [frame(1, Buffer.from([0x34, 0xed, 0xa0, 0x80]))]],
  'one byte too many': [1009, [frame(1, '', { length: 10001 })]],
  'a length of 2^40': [1009, [frame(2, '', { length: 2n ** 40n })]],
  'a length of 2^63': [1009, [frame(2, '', { length: 2n ** 63n })]],
  'fragments that add up': [1009, [frame(2, Buffer.alloc(6000), { fin: false }), frame(0, '', { length: 5000 })]],
};
for (const [what, [code, chunks]] of Object.entries(violations)) {
  test(`violation: ${what}`, async () => {
    const answer = await talk(chunks, { ms: 200 });
    assert.equal(answer.code, code);
    assert.ok(answer.closed);
  });
}

test('a message of exactly the limit passes', async () => {
  const { frames } = await talk([frame(1, `4${'x'.repeat(9999)}`)]);
  assert.equal(texts(frames)[0].length, 10000);
});

test('a reset and a lost connection end the session at once', async () => {
  for (const leave of [(s) => s.resetAndDestroy(), (s) => s.destroy()]) {
    const socket = await echo.tcp();
    socket.write(handshake);
    await sleep(50);
    assert.equal((await echo.stats()).engine, 1);
    leave(socket);
    await sleep(100);
    assert.equal((await echo.stats()).engine, 0);
  }
});

test('after a violation the session is gone at once, though the client holds TCP', async () => {
  const idle = (await echo.stats()).fds;
  const socket = await echo.tcp();
  socket.write(handshake);
  await sleep(50);
  socket.write(frame(1, '4a', { masked: false }));
  await sleep(100);
  assert.equal((await echo.stats()).engine, 0);
  await echo.settled((stats) => stats.fds <= idle, 2500);
  socket.destroy();
});
