// A disc with initials, coloured by the name.

import { hue, initials } from '../names';
import { h } from './dom';

export function avatar(name: string): HTMLElement {
  const disc = h('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(name));
  disc.style.setProperty('--hue', String(hue(name)));
  return disc;
}
