// The choice of a picture's quality; hidden where there is none.

import type { QualityChoice } from '../layers';
import { h, setAttributes } from './dom';

export class QualityMenu {
  readonly #select = h('select', { class: 'quality-select', 'data-testid': 'quality' });
  readonly element = h('span', { class: 'quality' }, this.#select);

  constructor(chosen: (label: string) => void) {
    this.#select.addEventListener('change', () => chosen(this.#select.value));
  }

  show(choices: QualityChoice[], current: string, subject: string): void {
    this.element.hidden = choices.length === 0;
    // Options made anew would close the open menu.
    const known = [...this.#select.options].map(({ value }) => value).join();
    if (known !== choices.map(({ label }) => label).join())
      this.#select.replaceChildren(...choices.map(({ label }) => new Option(label)));
    if (this.#select.value !== current) this.#select.value = current;
    setAttributes(this.#select, { 'aria-label': `Quality: ${subject}`, title: 'Quality' });
  }
}
