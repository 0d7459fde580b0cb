// The mark: a bowl of clear soup, steaming.

import { h, svg } from './dom';

export function brand(): HTMLElement {
  const mark = svg(
    'svg',
    { viewBox: '0 0 32 32', class: 'brand-mark', 'aria-hidden': 'true' },
    svg('path', { d: 'M5 15h22a11 11 0 0 1-22 0z', class: 'brand-bowl' }),
    svg('path', { d: 'M12 11c-2-2 2-3 0-6M20 11c-2-2 2-3 0-6', class: 'brand-steam' }),
  );
  return h('span', { class: 'brand' }, mark, 'consomme');
}
