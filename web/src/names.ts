// Names: initials and colours of avatars, and room names that can be read out on the telephone.

const kAdjectives = [
  'amber',
  'brisk',
  'calm',
  'clear',
  'copper',
  'early',
  'gentle',
  'golden',
  'quiet',
  'silver',
  'warm',
  'wild',
];
const kNouns = [
  'basil',
  'bay',
  'clove',
  'fennel',
  'ginger',
  'juniper',
  'laurel',
  'pepper',
  'saffron',
  'sage',
  'sorrel',
  'thyme',
];

/** One or two capital letters; "?" when the name has none. Letters of any script, whole code points. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/).map((word) => word.match(/[\p{L}\p{N}]/u)?.[0] ?? '');
  const letters = words.filter((letter) => letter !== '');
  if (letters.length === 0) return '?';
  const chosen = letters.length === 1 ? letters : [letters[0], letters[letters.length - 1]];
  return chosen.join('').toLocaleUpperCase();
}

/** A hue from 0 to 359 that stays with the text it was made from. */
export function hue(text: string): number {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  return (hash >>> 0) % 360;
}

/** @param random like Math.random: from 0 to 1, 1 excluded */
export function suggestRoom(random: () => number): string {
  const pick = (words: string[]): string => words[Math.floor(random() * words.length)] ?? '';
  const number = 10 + Math.floor(random() * 90);
  return `${pick(kAdjectives)}-${pick(kNouns)}-${number}`;
}
