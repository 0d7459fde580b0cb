// What to do when the server does not let us into a room: ask again by ourselves, or tell the person.

import { SignalingError } from './signaling';

// By the code of the server's error (docs/events.md): where asking again may help without anything else happening
// first. A server that has no place to spare ends no call that was under way: it may have one in a while.
const kAskedAgain: Record<string, (wasIn: boolean) => boolean> = {
  'not-found': () => true,
  conflict: () => true,
  unavailable: (wasIn) => wasIn,
};

/** The sentence to show to a person who is not let in; null where the page asks again. */
export function refusalOf(error: unknown, wasIn: boolean): string | null {
  if (!(error instanceof SignalingError) || error.code === null || error.reason === 'too many requests') return null;
  return kAskedAgain[error.code]?.(wasIn) ? null : error.reason;
}
