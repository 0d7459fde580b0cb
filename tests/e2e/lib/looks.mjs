// What the looks at a video (page/watch.js) say of it.

export const since = (looks, at) => looks.filter(look => look.at >= at);

// The longest time in seconds for which one frame stood still: from the first look that saw it to the last. So it is never
// said to be longer than it was, and a page that could not look for a while is not taken for a picture that froze.
export function longestStill(looks) {
  let longest = 0;
  let first = looks[0];
  for (const look of looks) {
    if (look.framesDecoded !== first.framesDecoded) first = look;
    longest = Math.max(longest, look.at - first.at);
  }
  return longest;
}

// { width: how much of the time it was seen in, 0 to 1 }
export function shares(looks) {
  const counts = {};
  for (const { frameWidth } of looks) counts[frameWidth] = (counts[frameWidth] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).map(([width, count]) => [width, count / looks.length]));
}

export const framesPerSecond = looks =>
  (looks.at(-1).framesDecoded - looks[0].framesDecoded) / (looks.at(-1).at - looks[0].at);
