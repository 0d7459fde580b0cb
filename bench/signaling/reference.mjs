// The yardstick: a Node server on socket.io with the same duties in signaling as consomme, and none in media. Rooms and
// their participants are kept, a join is acknowledged and the list goes to everyone in the room; capabilities and
// transports are answered with constants that consomme has given (answers.json), where a mediasoup server would ask
// its worker process. A broadcast is socket.io's own, which encodes once per room.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { Server } from 'socket.io';

const { rtpCapabilities, transport } = JSON.parse(readFileSync(new URL('answers.json', import.meta.url)));

const rooms = new Map(); // id -> Map of participants by id

function roomOf(id) {
  if (!rooms.has(id)) rooms.set(id, new Map());
  return rooms.get(id);
}

const http = createServer();
const io = new Server(http);

io.on('connection', socket => {
  let joined;

  socket.on('get-rtp-capabilities', ({ roomId }, ack) => {
    roomOf(roomId);
    ack({ rtpCapabilities });
  });

  socket.on('join-mediasoup-room', ({ roomId, rtpCapabilities: remote }, ack) => {
    const room = roomOf(roomId);
    const others = [...room.values()];
    joined = roomId;
    room.set(socket.id, { name: `User ${socket.id.slice(0, 4)}`, rtpCapabilities: remote, transports: new Map(), producers: [] });
    socket.join(roomId);
    const producers = others.flatMap(peer => peer.producers);
    ack({ existingProducers: producers.map(producer => producer.id), producers });
    sendList(roomId, room);
  });

  socket.on('create-webrtc-transport', ({ roomId, direction }, ack) => {
    const peer = rooms.get(roomId)?.get(socket.id);
    if (!peer) return ack({ error: 'Room not found' });
    const id = randomUUID();
    peer.transports.set(id, { direction });
    ack({ params: { ...transport, id } });
  });

  socket.on('disconnect', () => {
    const room = rooms.get(joined);
    if (!room) return;
    room.delete(socket.id);
    io.to(joined).emit('participant-left', { peerId: socket.id });
    sendList(joined, room);
    if (room.size === 0) rooms.delete(joined);
  });
});

function sendList(roomId, room) {
  const list = [...room].map(([id, { name }]) => ({ id, name, isAudioMuted: true, isVideoPaused: true }));
  io.to(roomId).emit('participant-list-update', list);
}

http.listen(0, '127.0.0.1', () => console.log(`reference listens on 127.0.0.1, port ${http.address().port}`));
