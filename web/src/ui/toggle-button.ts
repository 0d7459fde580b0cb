// A round button that is on or off, with an icon for each, a tooltip, and what assistive technology needs.

import { h, setAttributes } from './dom';
import { icon, type Icon } from './icons';

export interface ToggleLook {
  on: { icon: Icon; label: string };
  off: { icon: Icon; label: string };
  caption: string;
  testId: string;
  /** A key that does the same, for the tooltip. */
  key?: string;
  /** Which state deserves a colour: a running screen share, a muted microphone. */
  highlight: 'on' | 'off';
}

export class ToggleButton {
  readonly element: HTMLButtonElement;
  readonly #look: ToggleLook;
  readonly #detail: HTMLElement | null;
  readonly #icon = h('span', { class: 'control-icon' });

  /** @param detail stands behind the caption, and in the label from the next `show` on */
  constructor(look: ToggleLook, pressed: () => void, detail: HTMLElement | null = null) {
    this.#look = look;
    this.#detail = detail;
    const caption = h('span', { class: 'control-caption', 'aria-hidden': 'true' }, look.caption);
    this.element = h(
      'button',
      { type: 'button', class: 'control', 'data-testid': look.testId, id: look.testId },
      this.#icon,
      caption,
    );
    if (detail) this.element.append(' ', detail);
    this.element.addEventListener('click', pressed);
    this.show(false);
  }

  /** The label says what a press does; a pressed state beside it would be read as its opposite. */
  show(on: boolean, busy = false): void {
    const { icon: name, label } = on ? this.#look.on : this.#look.off;
    const detail = this.#detail?.textContent;
    const title = this.#look.key ? `${label} (${this.#look.key})` : label;
    setAttributes(this.element, {
      'data-on': String(on),
      'aria-label': detail ? `${label} ${detail}` : label,
      'aria-busy': busy ? 'true' : null,
      title,
    });
    this.element.classList.toggle('control-highlight', on === (this.#look.highlight === 'on'));
    if (this.#icon.dataset['icon'] === name) return;
    this.#icon.dataset['icon'] = name;
    this.#icon.replaceChildren(icon(name));
  }
}
