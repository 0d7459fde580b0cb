// The button that copies the link to this room.

import { h } from './dom';
import { icon } from './icons';

const kConfirmedMs = 2_000;

export function inviteButton(link: string, label: string, notify: (text: string) => void): HTMLButtonElement {
  const text = h('span', {}, label);
  const sign = h('span', { class: 'invite-icon' }, icon('link'));
  const button = h('button', { type: 'button', class: 'invite', 'data-testid': 'invite', title: link }, sign, text);
  button.addEventListener('click', async () => {
    if (!(await copy(link))) return notify(`Copy this link: ${link}`);
    sign.replaceChildren(icon('check'));
    text.textContent = 'Link copied';
    setTimeout(() => {
      sign.replaceChildren(icon('link'));
      text.textContent = label;
    }, kConfirmedMs);
  });
  return button;
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

// The clipboard is closed to pages over plain http (a phone in the local network, say), but selected text can be copied.
function copySelection(text: string): boolean {
  const field = h('textarea', { class: 'off-screen', 'aria-hidden': 'true' });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
}
