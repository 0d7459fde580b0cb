// How the three sources look as buttons, in the lobby and in the call.

import type { Source } from '../protocol';
import type { ToggleLook } from './toggle-button';

export const kSourceLooks: Record<Source, ToggleLook> = {
  microphone: {
    on: { icon: 'mic', label: 'Mute mic' },
    off: { icon: 'micOff', label: 'Unmute mic' },
    caption: 'Mic',
    testId: 'mic',
    key: 'M',
    highlight: 'off',
  },
  camera: {
    on: { icon: 'camera', label: 'Turn camera off' },
    off: { icon: 'cameraOff', label: 'Turn camera on' },
    caption: 'Camera',
    testId: 'camera',
    key: 'V',
    highlight: 'off',
  },
  screen: {
    on: { icon: 'screen', label: 'Stop the screen share' },
    off: { icon: 'screen', label: 'Share the screen' },
    caption: 'Share',
    testId: 'screen',
    highlight: 'on',
  },
};
