// Short messages that come and go by themselves, read out by screen readers.

import { h } from './dom';

const kShownMs = 6_000;
const kMaxShown = 3;

export class Toasts {
  readonly element = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });

  show = (text: string): void => {
    // The same message twice in a row is one message.
    if (this.element.lastElementChild?.textContent === text) return;
    const toast = h('p', { class: 'toast', 'data-testid': 'toast' }, text);
    this.element.append(toast);
    while (this.element.children.length > kMaxShown) this.element.firstElementChild?.remove();
    setTimeout(() => toast.remove(), kShownMs);
  };
}
