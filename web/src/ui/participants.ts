// The list of everybody in the room.

import type { CallState } from '../state';
import { cameraOf } from '../tiles';
import { avatar } from './avatar';
import { h } from './dom';
import { icon } from './icons';

export function participantRows({ participants, selfId, local, streams }: CallState, ownName: string): HTMLElement[] {
  const others = participants.filter(({ id }) => id !== selfId).toSorted((a, b) => a.name.localeCompare(b.name));
  return [
    row(selfId ?? '', ownName, true, !local.microphone.on, !local.camera.on),
    ...others.map((one) => row(one.id, one.name, false, one.isAudioMuted, cameraOf(streams, one) === null)),
  ];
}

function row(id: string, name: string, isSelf: boolean, isMuted: boolean, isDark: boolean): HTMLElement {
  const text = h('span', { class: 'person-name' }, name, isSelf ? h('span', { class: 'quiet' }, ' (you)') : null);
  return h(
    'li',
    { class: 'person', 'data-testid': 'participant', 'data-peer-id': id },
    avatar(name),
    text,
    sign(isMuted ? 'micOff' : 'mic', isMuted, isMuted ? 'muted' : 'microphone on'),
    sign(isDark ? 'cameraOff' : 'camera', isDark, isDark ? 'camera off' : 'camera on'),
  );
}

function sign(name: 'mic' | 'micOff' | 'camera' | 'cameraOff', off: boolean, label: string): HTMLElement {
  return h(
    'span',
    { class: off ? 'sign sign-off' : 'sign', role: 'img', 'aria-label': label, title: label },
    icon(name),
  );
}
