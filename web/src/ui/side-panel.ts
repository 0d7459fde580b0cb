// The drawer beside the tiles (a sheet over them on a phone): at most one of its pages is open.

import { h, setAttributes } from './dom';
import { icon } from './icons';

export interface Page {
  id: string;
  title: string;
  content: HTMLElement;
}

export class SidePanel {
  readonly element: HTMLElement;
  readonly #title = h('h2', {});
  readonly #body = h('div', { class: 'panel-body' });
  readonly #changed: (open: string | null) => void;
  #open: string | null = null;
  #opener: HTMLElement | null = null;

  constructor(changed: (open: string | null) => void) {
    this.#changed = changed;
    const close = h(
      'button',
      { type: 'button', class: 'plain', 'aria-label': 'Close panel', 'data-testid': 'panel-close' },
      icon('close'),
    );
    close.addEventListener('click', () => this.close());
    this.element = h(
      'aside',
      { class: 'panel', hidden: true, 'data-testid': 'panel' },
      h('header', { class: 'panel-head' }, this.#title, close),
      this.#body,
    );
  }

  get open(): string | null {
    return this.#open;
  }

  /** @param opener gets the focus back when the page closes */
  toggle(page: Page, opener: HTMLElement): void {
    if (this.#open === page.id) return this.close();
    this.#opener = opener;
    this.#open = page.id;
    this.#title.textContent = page.title;
    this.#body.replaceChildren(page.content);
    setAttributes(this.element, { hidden: false, 'aria-label': page.title, 'data-page': page.id });
    this.#changed(page.id);
  }

  close(): void {
    if (this.element.contains(document.activeElement)) this.#opener?.focus();
    this.#open = null;
    this.element.hidden = true;
    this.#changed(null);
  }
}
