// What the state of the connection means, as a small sign and, when something is wrong, a banner.

import type { Connection } from '../state';
import { h } from './dom';

const kTexts: Record<Connection, { sign: string; banner: string | null }> = {
  connecting: { sign: 'Connecting', banner: null },
  connected: { sign: 'Connected', banner: null },
  unstable: { sign: 'Unstable', banner: 'Your network is shaky. Sound and picture may stall for a moment.' },
  reconnecting: { sign: 'Reconnecting', banner: 'The connection was lost. Reconnecting …' },
};

export class Status {
  readonly sign = h('span', { class: 'status', 'data-testid': 'connection', role: 'status' });
  readonly banner = h('p', { class: 'banner', role: 'alert', hidden: true, 'data-testid': 'banner' });

  show(connection: Connection): void {
    if (this.sign.dataset['state'] === connection) return;
    const { sign, banner } = kTexts[connection];
    this.sign.dataset['state'] = connection;
    this.sign.replaceChildren(
      h('span', { class: 'status-dot', 'aria-hidden': 'true' }),
      h('span', { class: 'status-text' }, sign),
    );
    this.banner.textContent = banner ?? '';
    this.banner.hidden = banner === null;
  }
}
