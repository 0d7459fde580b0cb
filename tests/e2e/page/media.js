// Camera, microphone and the statistics of a call, as a page sees them.
import { openDetailedCamera } from './detailed_camera.js';

const kCamera = { width: 320, height: 240, frameRate: 15 };

export async function openTrack(kind, camera = kCamera) {
  if (kind === 'video' && camera.isDetailed) return openDetailedCamera(camera);
  const stream = await navigator.mediaDevices.getUserMedia(kind === 'audio' ? { audio: true } : { video: camera });
  return stream.getTracks()[0];
}

// A track of a tone that is loud or silent.
export function makeTone() {
  const context = new AudioContext();
  const gain = new GainNode(context, { gain: 0 });
  const destination = new MediaStreamAudioDestinationNode(context);
  const oscillator = new OscillatorNode(context, { frequency: 330 });
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  const setLoud = loud => { gain.gain.value = loud ? 0.5 : 0; };
  return { track: destination.stream.getAudioTracks()[0], setLoud };
}

// Shows a received picture, as a front end would.
export function play(track) {
  if (track.kind !== 'video') return;
  const video = document.body.appendChild(document.createElement('video'));
  video.muted = video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  video.play().catch(() => {});
}

// What is not played is not decoded either.
export function listen(track) {
  const audio = document.body.appendChild(document.createElement('audio'));
  audio.srcObject = new MediaStream([track]);
  audio.play().catch(() => {});
}

const find = (report, wanted) => [...report.values()].find(wanted);

// What one receiver has got so far, from its RTCStatsReport.
export function inbound(report) {
  const rtp = find(report, entry => entry.type === 'inbound-rtp');
  if (rtp === undefined) return { packetsReceived: 0, packetsLost: 0, framesDecoded: 0 };
  return {
    packetsReceived: rtp.packetsReceived, packetsLost: rtp.packetsLost, framesDecoded: rtp.framesDecoded ?? 0,
    keyFramesDecoded: rtp.keyFramesDecoded ?? 0, frameWidth: rtp.frameWidth ?? 0, nackCount: rtp.nackCount ?? 0,
    codec: report.get(rtp.codecId)?.mimeType,
    samples: rtp.totalSamplesReceived ?? 0, concealed: rtp.concealedSamples ?? 0, energy: rtp.totalAudioEnergy ?? 0,
  };
}

// How a transport reaches its other side: { protocol: "udp" | "tcp", port } of the remote candidate in use.
export function path(report) {
  const transport = find(report, entry => entry.type === 'transport' && entry.selectedCandidatePairId);
  const pair = transport ? report.get(transport.selectedCandidatePairId)
                         : find(report, entry => entry.type === 'candidate-pair' && (entry.selected ?? entry.nominated));
  const remote = pair && report.get(pair.remoteCandidateId);
  return remote && { protocol: remote.protocol, port: remote.port };
}
