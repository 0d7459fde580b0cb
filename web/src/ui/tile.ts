// One tile: a person (camera or initials, name, microphone) or a shared screen.

import { qualityChoices } from '../layers';
import type { Source } from '../protocol';
import type { RemoteStream } from '../state';
import type { Figures } from '../stats';
import { avatar } from './avatar';
import { Badge, sayOf } from './badge';
import { h, setAttributes } from './dom';
import { icon } from './icons';
import { QualityMenu } from './quality-menu';

export interface TileContent {
  key: string;
  peerId: string;
  source: 'camera' | 'screen';
  name: string;
  isSelf: boolean;
  isMuted: boolean;
  isSpeaking: boolean;
  /** Null shows the initials. */
  video: MediaStreamTrack | null;
  /** What `video` comes from; null for our own. */
  stream: RemoteStream | null;
  /** What the badge speaks of: what is shown or, where nothing is, what is heard; null for neither. */
  measured: Source | null;
  /** How well that gets through, 0 to 10; null when unknown. */
  score: number | null;
}

export interface TileActions {
  /** Enlarges the tile, or puts it back. */
  pin: () => void;
  chooseQuality: (label: string) => void;
}

export class Tile {
  readonly element: HTMLElement;
  readonly #video = h('video', { class: 'tile-video', playsinline: true, muted: true, 'aria-hidden': 'true' });
  readonly #face = h('div', { class: 'tile-face' });
  readonly #label = h('span', { class: 'tile-name' });
  readonly #muted = h('span', { class: 'tile-sign tile-muted', role: 'img', 'aria-label': 'Microphone muted' }, icon('micOff'));
  readonly #speaking = h('span', { class: 'tile-sign', role: 'img', 'aria-label': 'Speaking' }, icon('voice'));
  readonly #badge = new Badge();
  readonly #quality: QualityMenu;
  readonly #head: HTMLElement;
  readonly #pin: HTMLButtonElement;
  #name = '';
  #measured: Source | null = null;

  constructor(content: TileContent, { pin, chooseQuality }: TileActions) {
    // Sound comes from audio elements of its own, so a tile may always play.
    this.#video.muted = true;
    this.#pin = h('button', { type: 'button', class: 'tile-pin' });
    this.#pin.addEventListener('click', pin);
    this.#video.addEventListener('dblclick', pin);
    this.#quality = new QualityMenu(chooseQuality);
    this.#head = h('div', { class: 'tile-head' }, this.#badge.element, this.#quality.element);
    const caption = h('figcaption', { class: 'tile-caption' }, this.#muted, this.#speaking, this.#label);
    const children = [this.#face, this.#video, this.#head, caption, this.#pin];
    this.element = h('figure', { class: 'tile', 'data-testid': 'tile' }, ...children);
    this.show(content, false);
  }

  show(content: TileContent, pinned: boolean): void {
    const isScreen = content.source === 'screen';
    setAttributes(this.element, {
      'data-peer-id': content.peerId,
      'data-source': content.source,
      'data-self': content.isSelf,
      'data-muted': String(content.isMuted),
      'data-speaking': String(content.isSpeaking),
      'data-video': content.video ? 'on' : 'off',
    });
    this.element.classList.toggle('tile-screen', isScreen);
    this.element.classList.toggle('tile-speaking', content.isSpeaking);
    this.#video.classList.toggle('mirrored', content.isSelf && !isScreen);
    this.#muted.toggleAttribute('hidden', isScreen || !content.isMuted);
    this.#speaking.toggleAttribute('hidden', !content.isSpeaking);
    this.#label.textContent = captionOf(content);
    const action = pinned ? 'Show smaller' : 'Show larger';
    setAttributes(this.#pin, {
      'aria-label': `${action}: ${captionOf(content)}`,
      title: action,
    });
    this.#pin.replaceChildren(icon(pinned ? 'shrink' : 'expand'));
    this.#showFace(content.name);
    this.#showVideo(content.video);
    this.#showHead(content);
  }

  measure(figures: Figures | null): void {
    this.#badge.measure(figures && sayOf(figures, this.#measured === 'microphone'));
  }

  /** Lets go of the picture: browsers keep a video that plays. */
  close(): void {
    this.#showVideo(null);
  }

  #showHead(content: TileContent): void {
    const { stream, measured } = content;
    this.#head.hidden = measured === null;
    if (measured !== this.#measured) this.#badge.measure(null);
    this.#measured = measured;
    this.#badge.show(content.score, stream);
    this.#quality.show(stream ? qualityChoices(stream.layerCounts) : [], stream?.quality ?? '', captionOf(content));
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
