// A camera that shows somebody at home instead of a test pattern: a drawing that blinks, sways and talks. These functions
// run in a page before its own scripts, one after another; a page knows no more of them than their own lines.

// window.pen: coloured shapes on a canvas.
function definePen() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 960, height: 540 });
  const context = canvas.getContext('2d');
  const fill = (colour, draw) => {
    context.fillStyle = colour;
    context.beginPath();
    draw();
    context.fill();
  };
  window.pen = {
    canvas, context, fill,
    box: (colour, x, y, width, height, radius = 0) => fill(colour, () => context.roundRect(x, y, width, height, radius)),
    disc: (colour, x, y, rx, ry = rx, turn = 0) => fill(colour, () => context.ellipse(x, y, rx, ry, turn, 0, 2 * Math.PI)),
    shaded(x0, y0, x1, y1, colours) {
      const gradient = context.createLinearGradient(x0, y0, x1, y1);
      colours.forEach((colour, i) => gradient.addColorStop(i / (colours.length - 1), colour));
      return gradient;
    },
  };
}

// window.drawRoom: a wall with a window, and a shelf with books and a plant.
function defineRoom(look) {
  const { canvas: { width, height }, context, box, disc, shaded } = window.pen;
  const drawWindow = () => {
    box('#f7f3ea', 70, 50, 250, 280, 10);
    box(shaded(0, 60, 0, 320, look.sky), 84, 64, 222, 252, 4);
    context.save();
    context.clip();
    disc(look.sun, 240, 130, 30);
    disc(look.hill, 130, 350, 130, 100);
    disc(look.hill, 300, 370, 120, 90);
    context.restore();
    box('#f7f3ea', 60, 316, 270, 16, 6);
    box('#f7f3ea', 190, 64, 8, 252);
  };
  const drawShelf = () => {
    box('#8a6244', 660, 250, 240, 12, 4);
    for (const [i, { colour, tall }] of look.books.entries()) box(colour, 672 + i * 27, 250 - tall, 23, tall, 3);
    box('#c8754b', 838, 205, 44, 45, 8);
    for (let i = -2; i <= 2; ++i)
      disc(i % 2 === 0 ? '#3f7449' : '#4d8a57', 860 + i * 15, 160 + 6 * Math.abs(i), 11, 38, i * 0.38);
  };
  window.drawRoom = () => {
    box(shaded(0, 0, width, height, look.wall), 0, 0, width, height);
    drawWindow();
    drawShelf();
  };
}

// window.drawPerson(seconds)
function definePerson(look) {
  const { context, fill, box, disc } = window.pen;
  const drawFace = at => {
    const talks = Math.abs(Math.sin(at * 7)) * Math.max(0, Math.sin(at * 0.9));
    const open = at % 3.7 < 0.16 ? 0.1 : 1;
    for (const x of [-36, 36]) {
      disc('#fff', x, -8, 15, 11 * open);
      disc('#33281f', x + 2, -8, 7, 8 * open);
      box(look.hair, x - 19, -38, 38, 7, 4);
      disc('#e8897c40', x * 1.6, 32, 17, 12);
    }
    disc(look.shade, 0, 18, 9, 13);
    disc('#8c3b3b', 0, 58, 26, 6 + 12 * talks);
    box('#fff', -17, 52, 34, 6, 3);
  };
  const drawHead = () => {
    for (const x of [-102, 102]) disc(look.skin, x, 0, 18, 28);
    disc(look.skin, 0, 0, 102, 126);
    fill(look.hair, () => {
      context.ellipse(0, -30, 112, 108, 0, Math.PI, 0);
      context.quadraticCurveTo(70, -78, -8, -84);
      context.quadraticCurveTo(-90, -72, -112, -30);
    });
  };
  const drawGlasses = () => {
    Object.assign(context, { strokeStyle: '#2d2a2a', lineWidth: 5 });
    context.beginPath();
    for (const x of [-37, 37]) context.roundRect(x - 31, -30, 62, 46, 20);
    context.stroke();
  };
  window.drawPerson = at => {
    context.save();
    context.translate(490 + Math.sin(at * 0.8) * 9, 250 + Math.sin(at * 1.3) * 3);
    if (look.hasLongHair) box(look.hair, -122, -95, 244, 330, 90);
    box(look.shirt, -205, 175, 410, 300, 110);
    box(look.shade, -42, 85, 84, 130, 40);
    context.rotate(Math.sin(at * 0.8) * 0.03);
    drawHead();
    drawFace(at);
    if (look.hasGlasses) drawGlasses();
    context.restore();
  };
}

function replaceCamera() {
  const kFramesPerSecond = 12;
  setInterval(() => {
    window.drawRoom();
    window.drawPerson(performance.now() / 1000);
  }, 1000 / kFramesPerSecond);
  const devices = navigator.mediaDevices;
  const openDevices = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async ({ audio, video }) => {
    const stream = audio ? await openDevices({ audio }) : new MediaStream();
    if (video) stream.addTrack(window.pen.canvas.captureStream(kFramesPerSecond).getVideoTracks()[0]);
    return stream;
  };
}

// For Browsers.newPage. look: one of kLooks.
export const drawnCamera = look => [[definePen], [defineRoom, look], [definePerson, look], [replaceCamera]];

const books = (...colours) => colours.map((colour, i) => ({ colour, tall: 90 - i * 37 % 29 }));

export const kLooks = {
  ada: {
    wall: ['#d9c3a5', '#a98f78'], sky: ['#9cc9ea', '#e9f2f2'], sun: '#fff1c4', hill: '#86a86c',
    skin: '#e9b896', shade: '#d69c78', hair: '#4a2c20', shirt: '#39608f', hasLongHair: true, hasGlasses: false,
    books: books('#b34a3c', '#e0a84e', '#4d6f8f', '#7c9a5e', '#8b5a83'),
  },
  grace: {
    wall: ['#52707c', '#2f4650'], sky: ['#29375e', '#d98a5b'], sun: '#ffd9a0', hill: '#2c3a4a',
    skin: '#8d5b3f', shade: '#774a32', hair: '#1d1714', shirt: '#c99a3b', hasLongHair: false, hasGlasses: true,
    books: books('#d2b48c', '#5b8a8a', '#c2574a', '#e3d7bd', '#53648f'),
  },
};
