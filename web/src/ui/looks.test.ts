import { expect, it } from 'vitest';
import { kPageLooks } from './page-looks';
import { kSourceLooks } from './source-looks';

// Whoever speaks to the computer says what stands on the button (WCAG 2.5.3).
it.each([...Object.values(kSourceLooks), ...Object.values(kPageLooks)])(
  'the button $caption has its caption in its name',
  ({ caption, on, off }) => {
    const words = (label: string): string[] => label.toLowerCase().split(' ');
    for (const { label } of [on, off]) expect(words(label)).toContain(caption.toLowerCase());
  },
);
