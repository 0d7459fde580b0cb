// The lobby's camera and microphone: opened for the preview, handed over to the call when one joins.

import {
  isCaptureSupported,
  listDevices,
  onDevicesChanged,
  openBoth,
  openDevice,
  type Kind,
  type Opened,
} from './local-media';
import type { LocalSource } from './state';
import { Store } from './store';

export interface PreviewSource extends LocalSource {
  kind: Kind;
  /** Why there is no track, in words for a person; null when there is one or none was tried. */
  problem: string | null;
  devices: MediaDeviceInfo[];
  deviceId: string | null;
}

export interface PreviewState {
  audio: PreviewSource;
  video: PreviewSource;
}

export class Preview {
  readonly store = new Store<PreviewState>({ audio: unopened('audio'), video: unopened('video') });
  readonly #stopWatching = onDevicesChanged(() => void this.#list());
  #ended = false;

  async open(): Promise<void> {
    const { audio, video } = await openBoth(this.store.state.audio.deviceId, this.store.state.video.deviceId);
    this.#accept('audio', audio);
    this.#accept('video', video);
    await this.#list();
  }

  async toggle(kind: Kind): Promise<void> {
    const source = this.store.state[kind];
    if (source.busy) return;
    if (source.on) {
      source.track?.stop();
      this.#change(kind, { track: null, on: false });
    } else {
      await this.#reopen(kind, source.deviceId);
    }
  }

  async choose(kind: Kind, deviceId: string): Promise<void> {
    const source = this.store.state[kind];
    if (!source.on) return this.#change(kind, { deviceId });
    // Some devices can be open only once: let go of the old one first.
    source.track?.stop();
    await this.#reopen(kind, deviceId);
  }

  /** Ends the preview and hands over what is open. */
  handOver(): { microphone: LocalSource; camera: LocalSource } {
    this.#ended = true;
    this.#stopWatching();
    const { audio, video } = this.store.state;
    return { microphone: take(audio), camera: take(video) };
  }

  async #reopen(kind: Kind, deviceId: string | null): Promise<void> {
    this.#change(kind, { busy: true });
    this.#accept(kind, await openDevice(kind, deviceId));
    await this.#list();
  }

  #accept(kind: Kind, { track, problem }: Opened): void {
    if (this.#ended) return track?.stop();
    const deviceId = track?.getSettings().deviceId ?? this.store.state[kind].deviceId;
    this.#change(kind, { track, problem, deviceId, on: track !== null, busy: false });
    track?.addEventListener('ended', () => {
      if (this.store.state[kind].track === track) this.#change(kind, { track: null, on: false });
    });
  }

  async #list(): Promise<void> {
    for (const kind of ['audio', 'video'] as const) this.#change(kind, { devices: await listDevices(kind) });
  }

  #change(kind: Kind, change: Partial<PreviewSource>): void {
    this.store.update({ [kind]: { ...this.store.state[kind], ...change } });
  }
}

function unopened(kind: Kind): PreviewSource {
  const busy = isCaptureSupported();
  return { kind, track: null, on: false, busy, problem: null, devices: [], deviceId: null };
}

function take({ track, on }: PreviewSource): LocalSource {
  return { track, on, busy: false };
}
