// Cameras and microphones of this device: opening them, listing them, and saying plainly why one cannot be had.

export type Kind = 'audio' | 'video';

/** `track` is null exactly when `problem` says why. */
export interface Opened {
  track: MediaStreamTrack | null;
  problem: string | null;
}

const kConstraints: Record<Kind, MediaTrackConstraints> = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
};

const kNouns: Record<Kind, string> = { audio: 'microphone', video: 'camera' };

const kProblems: Record<string, (noun: string) => string> = {
  NotAllowedError: (noun) =>
    `The browser does not allow this page to use the ${noun}. You can allow it in the address bar.`,
  NotFoundError: (noun) => `No ${noun} found.`,
  OverconstrainedError: (noun) => `No ${noun} found.`,
  NotReadableError: (noun) => `The ${noun} is in use by another program.`,
};

/** Where no camera or microphone can be had at all: pages over plain http, except from localhost. */
export function isCaptureSupported(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === 'function';
}

export function isScreenShareSupported(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

export async function openDevice(kind: Kind, deviceId: string | null): Promise<Opened> {
  if (!isCaptureSupported()) return { track: null, problem: insecurePage(kind) };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ [kind]: constraints(kind, deviceId) });
    return { track: stream.getTracks()[0] ?? null, problem: null };
  } catch (error) {
    return { track: null, problem: problemText(kind, error) };
  }
}

/** Opens both with one permission prompt; if that fails, each by itself, so that one can be had without the other. */
export async function openBoth(microphone: string | null, camera: string | null): Promise<Record<Kind, Opened>> {
  if (isCaptureSupported()) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: constraints('audio', microphone),
        video: constraints('video', camera),
      });
      const opened = (track: MediaStreamTrack | undefined): Opened => ({ track: track ?? null, problem: null });
      return { audio: opened(stream.getAudioTracks()[0]), video: opened(stream.getVideoTracks()[0]) };
    } catch (error) {
      console.debug(error);
    }
  }
  const audio = await openDevice('audio', microphone);
  const video = await openDevice('video', camera);
  return { audio, video };
}

/** The track of a screen, window or tab; null when the person chose none. */
export async function openScreen(): Promise<MediaStreamTrack | null> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 15, max: 30 } },
      audio: false,
    });
    const track = stream.getVideoTracks()[0] ?? null;
    if (track) track.contentHint = 'detail';
    return track;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotAllowedError') return null;
    throw error;
  }
}

/** The devices of a kind; without permission they have no labels and are left out. */
export async function listDevices(kind: Kind): Promise<MediaDeviceInfo[]> {
  if (!isCaptureSupported()) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === `${kind}input` && device.label !== '');
}

export function onDevicesChanged(listener: () => void): () => void {
  if (!isCaptureSupported()) return () => {};
  navigator.mediaDevices.addEventListener('devicechange', listener);
  return () => navigator.mediaDevices.removeEventListener('devicechange', listener);
}

function constraints(kind: Kind, deviceId: string | null): MediaTrackConstraints {
  return deviceId === null ? kConstraints[kind] : { ...kConstraints[kind], deviceId: { ideal: deviceId } };
}

function insecurePage(kind: Kind): string {
  return `Browsers open the ${kNouns[kind]} only for https pages and localhost.`;
}

function problemText(kind: Kind, error: unknown): string {
  const known = error instanceof DOMException ? kProblems[error.name] : undefined;
  return known ? known(kNouns[kind]) : `The ${kNouns[kind]} cannot be opened.`;
}
