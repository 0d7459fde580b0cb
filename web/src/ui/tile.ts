// One tile: a person (camera or initials, name, microphone) or a shared screen.

import { avatar } from './avatar';
import { h, setAttributes } from './dom';
import { icon } from './icons';

export interface TileContent {
  key: string;
  peerId: string;
  source: 'camera' | 'screen';
  name: string;
  isSelf: boolean;
  isMuted: boolean;
  /** Null shows the initials. */
  video: MediaStreamTrack | null;
}

export class Tile {
  readonly element: HTMLElement;
  readonly #video = h('video', { class: 'tile-video', playsinline: true, muted: true, 'aria-hidden': 'true' });
  readonly #face = h('div', { class: 'tile-face' });
  readonly #label = h('span', { class: 'tile-name' });
  readonly #muted = h('span', { class: 'tile-muted', role: 'img', 'aria-label': 'Microphone muted' }, icon('micOff'));
  readonly #pin: HTMLButtonElement;
  #name = '';

  /** @param pin enlarges the tile, or puts it back */
  constructor(content: TileContent, pin: () => void) {
    // Sound comes from audio elements of its own, so a tile may always play.
    this.#video.muted = true;
    this.#pin = h('button', { type: 'button', class: 'tile-pin' });
    this.#pin.addEventListener('click', pin);
    const caption = h('figcaption', { class: 'tile-caption' }, this.#muted, this.#label);
    this.element = h('figure', { class: 'tile', 'data-testid': 'tile' }, this.#face, this.#video, caption, this.#pin);
    this.element.addEventListener('dblclick', pin);
    this.show(content, false);
  }

  show(content: TileContent, pinned: boolean): void {
    const isScreen = content.source === 'screen';
    setAttributes(this.element, {
      'data-peer-id': content.peerId,
      'data-source': content.source,
      'data-self': content.isSelf,
      'data-muted': String(content.isMuted),
      'data-video': content.video ? 'on' : 'off',
    });
    this.element.classList.toggle('tile-screen', isScreen);
    this.#video.classList.toggle('mirrored', content.isSelf && !isScreen);
    this.#muted.toggleAttribute('hidden', isScreen || !content.isMuted);
    this.#label.textContent = captionOf(content);
    const action = pinned ? 'Show smaller' : 'Show larger';
    setAttributes(this.#pin, {
      'aria-label': `${action}: ${captionOf(content)}`,
      title: action,
    });
    this.#pin.replaceChildren(icon(pinned ? 'shrink' : 'expand'));
    this.#showFace(content.name);
    this.#showVideo(content.video);
  }

  setSpeaking(speaking: boolean): void {
    this.element.classList.toggle('tile-speaking', speaking);
    this.element.dataset['speaking'] = String(speaking);
  }

  #showFace(name: string): void {
    if (this.#name === name && this.#face.firstChild) return;
    this.#name = name;
    this.#face.replaceChildren(avatar(name));
  }

  #showVideo(track: MediaStreamTrack | null): void {
    const shown = (this.#video.srcObject as MediaStream | null)?.getTracks()[0] ?? null;
    if (shown === track) return;
    this.#video.srcObject = track && new MediaStream([track]);
    if (track) this.#video.play().catch(() => {});
  }
}

function captionOf({ name, isSelf, source }: TileContent): string {
  if (source === 'screen') return isSelf ? 'Your screen' : `${name}’s screen`;
  return isSelf ? `${name} (you)` : name;
}
