// A camera with grain, which no encoder can foresee: they send as much as they may. A picture that is easy to compress costs
// next to nothing, whatever the bitrates that are allowed.

const kGrainPixels = 4;     // coarse enough to be there in a picture of a quarter the width, too
const kGrainStrength = 24;  // of 255: what an encoder short of bits can still leave out

// Grey noise around the middle, twice as wide and high as what is shown of it at a time.
function makeGrain({ width, height }) {
  const image = new ImageData(2 * width / kGrainPixels, 2 * height / kGrainPixels);
  const pixels = new Uint32Array(image.data.buffer);
  for (const i of pixels.keys()) {
    const grey = Math.round(128 + (Math.random() - 0.5) * kGrainStrength);
    pixels[i] = 0xff000000 + 0x010101 * grey;
  }
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

export function openDetailedCamera({ width, height, frameRate }) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const grain = makeGrain(canvas);
  const [shownWidth, shownHeight] = [grain.width / 2, grain.height / 2];
  setInterval(() => {
    const [x, y] = [Math.random() * shownWidth, Math.random() * shownHeight];
    context.drawImage(grain, x, y, shownWidth, shownHeight, 0, 0, width, height);
  }, 1000 / frameRate);
  return canvas.captureStream(frameRate).getVideoTracks()[0];
}
