// How the two pages of the side panel look as buttons.

import type { ToggleLook } from './toggle-button';

export type PageId = 'participants' | 'stats';

export const kPageLooks: Record<PageId, ToggleLook> = {
  participants: {
    on: { icon: 'people', label: 'Hide people' },
    off: { icon: 'people', label: 'Show people' },
    caption: 'People',
    testId: 'participants',
    highlight: 'on',
  },
  stats: {
    on: { icon: 'chart', label: 'Hide statistics' },
    off: { icon: 'chart', label: 'Show statistics' },
    caption: 'Statistics',
    testId: 'stats',
    highlight: 'on',
  },
};
