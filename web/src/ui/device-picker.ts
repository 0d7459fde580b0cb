// A labelled choice among the devices of one kind; hidden while there is nothing to choose from.

import { h } from './dom';

export interface DevicePicker {
  element: HTMLElement;
  show(devices: MediaDeviceInfo[], chosen: string | null): void;
}

export function devicePicker(label: string, testId: string, chosen: (deviceId: string) => void): DevicePicker {
  const select = h('select', { id: testId, 'data-testid': testId });
  const element = h('label', { class: 'field' }, h('span', {}, label), select);
  select.addEventListener('change', () => chosen(select.value));
  return {
    element,
    show(devices, current) {
      element.hidden = devices.length === 0;
      const known = [...select.options].map(({ value, text }) => value + text).join();
      if (known !== devices.map(({ deviceId, label: text }) => deviceId + text).join()) {
        select.replaceChildren(...devices.map((device) => new Option(device.label, device.deviceId)));
      }
      if (current !== null) select.value = current;
    },
  };
}
