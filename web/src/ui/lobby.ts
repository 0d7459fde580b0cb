// The first page: who you are, which room, and how you look and sound before anybody else sees or hears it.

import { cleanName, cleanRoom, type Options } from '../options';
import { suggestRoom } from '../names';
import { Preview, type PreviewSource, type PreviewState } from '../preview';
import { LoudnessMeter } from '../loudness';
import type { LocalSource } from '../state';
import { avatar } from './avatar';
import { brand } from './brand';
import { devicePicker, type DevicePicker } from './device-picker';
import { h } from './dom';
import { LevelBar } from './level-bar';
import { kSourceLooks } from './source-looks';
import { ToggleButton } from './toggle-button';

// A person may leave the permission prompt unanswered and still want to join.
const kLongestWaitMs = 8_000;

export interface Entry {
  name: string;
  room: string;
  microphone: LocalSource;
  camera: LocalSource;
  microphoneId: string | null;
  cameraId: string | null;
}

export class Lobby {
  readonly element: HTMLElement;
  readonly #enter: (entry: Entry) => void;
  readonly #preview = new Preview();
  readonly #opened: Promise<void>;
  readonly #level = new LevelBar();
  readonly #meter = new LoudnessMeter();
  readonly #video = h('video', {
    class: 'preview-video mirrored',
    playsinline: true,
    muted: true,
    'aria-label': 'Your camera',
  });
  readonly #placeholder = h('div', { class: 'preview-placeholder' });
  readonly #problems = h('ul', { class: 'problems', 'aria-live': 'polite' });
  readonly #name: HTMLInputElement;
  readonly #room: HTMLInputElement;
  readonly #join = h('button', { type: 'submit', class: 'primary', id: 'join', 'data-testid': 'join' }, 'Join');
  readonly #toggles = {
    audio: new ToggleButton(kSourceLooks.microphone, () => void this.#preview.toggle('audio')),
    video: new ToggleButton(kSourceLooks.camera, () => void this.#preview.toggle('video')),
  };
  readonly #pickers: Record<'audio' | 'video', DevicePicker>;
  #metered: MediaStreamTrack | null = null;

  /** @param refusal why the room that was wanted before could not be joined */
  constructor(options: Options, enter: (entry: Entry) => void, refusal: string | null) {
    this.#enter = enter;
    this.#video.muted = true;
    this.#name = h('input', {
      id: 'name',
      name: 'name',
      'data-testid': 'name',
      autocomplete: 'nickname',
      maxlength: 40,
      required: true,
      placeholder: 'How others see you',
    });
    this.#room = h('input', {
      id: 'room',
      name: 'room',
      'data-testid': 'room',
      autocomplete: 'off',
      autocapitalize: 'none',
      spellcheck: 'false',
      maxlength: 64,
      required: true,
    });
    this.#name.value = options.name;
    this.#room.value = options.room || suggestRoom(Math.random);
    this.#pickers = {
      audio: devicePicker('Microphone', 'mic-device', (id) => void this.#preview.choose('audio', id)),
      video: devicePicker('Camera', 'camera-device', (id) => void this.#preview.choose('video', id)),
    };
    this.element = this.#build(refusal);
    this.#preview.store.subscribe((state) => this.#show(state));
    this.#name.addEventListener('input', () => this.#showPlaceholder(this.#preview.store.state.video));
    this.#opened = this.#preview.open();
  }

  focus(): void {
    (this.#name.value === '' ? this.#name : this.#join).focus({ preventScroll: true });
  }

  #build(refusal: string | null): HTMLElement {
    const form = h(
      'form',
      { class: 'lobby-form' },
      h('h1', {}, 'Ready to join?'),
      h(
        'p',
        { class: 'lobby-lead' },
        'Everybody who enters the same room name meets there. No account, nothing to install.',
      ),
      h('label', { class: 'field' }, h('span', {}, 'Your name'), this.#name),
      h('label', { class: 'field' }, h('span', {}, 'Room'), this.#room),
      this.#join,
      h('p', { class: 'lobby-refusal', role: 'alert', 'data-testid': 'refusal', hidden: refusal === null }, refusal ?? ''),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    const controls = h('div', { class: 'preview-controls' }, this.#toggles.audio.element, this.#toggles.video.element);
    const picture = h(
      'div',
      { class: 'preview-picture' },
      this.#placeholder,
      this.#video,
      this.#level.element,
      controls,
    );
    const devices = h('div', { class: 'devices' }, this.#pickers.audio.element, this.#pickers.video.element);
    const preview = h('section', { class: 'preview', 'aria-label': 'Preview' }, picture, devices, this.#problems);
    return h(
      'div',
      { class: 'lobby' },
      h('header', { class: 'lobby-header' }, brand()),
      h('main', { class: 'lobby-main' }, preview, form),
    );
  }

  async #submit(): Promise<void> {
    const name = cleanName(this.#name.value);
    const room = cleanRoom(this.#room.value);
    if (name === '') return this.#name.focus();
    if (room === '') return this.#room.focus();
    this.#join.disabled = true;
    await Promise.race([this.#opened, new Promise((resolve) => setTimeout(resolve, kLongestWaitMs))]);
    this.#meter.close();
    this.#video.srcObject = null;
    const { audio, video } = this.#preview.store.state;
    this.#enter({ name, room, ...this.#preview.handOver(), microphoneId: audio.deviceId, cameraId: video.deviceId });
  }

  #show({ audio, video }: PreviewState): void {
    this.#toggles.audio.show(audio.on, audio.busy);
    this.#toggles.video.show(video.on, video.busy);
    this.#pickers.audio.show(audio.devices, audio.deviceId);
    this.#pickers.video.show(video.devices, video.deviceId);
    this.#showPlaceholder(video);
    this.#showVideo(video.track);
    this.#showLevel(audio.track);
    this.#showProblems([audio, video]);
    const settled = !audio.busy && !video.busy;
    this.#join.textContent = settled && !audio.track && !video.track ? 'Join, listening only' : 'Join';
  }

  #showPlaceholder(video: PreviewSource): void {
    const text = video.busy ? 'Starting the camera …' : 'Camera is off';
    this.#placeholder.replaceChildren(avatar(this.#name.value), h('span', {}, text));
  }

  #showVideo(track: MediaStreamTrack | null): void {
    const shown = (this.#video.srcObject as MediaStream | null)?.getTracks()[0] ?? null;
    this.#video.hidden = track === null;
    if (shown === track) return;
    this.#video.srcObject = track && new MediaStream([track]);
    if (track) this.#video.play().catch(() => {});
  }

  #showLevel(track: MediaStreamTrack | null): void {
    this.#level.element.hidden = track === null;
    if (track === this.#metered) return;
    if (this.#metered) this.#meter.unwatch(this.#metered);
    this.#metered = track;
    if (track) this.#meter.watch(track, (db) => this.#level.show(db));
  }

  #showProblems(sources: PreviewSource[]): void {
    const problems = new Set(sources.map(({ problem }) => problem).filter((problem) => problem !== null));
    this.#problems.replaceChildren(...[...problems].map((problem) => h('li', {}, problem)));
  }
}
