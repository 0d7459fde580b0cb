// A call of a browser with itself, without any server: whether WebRTC works here at all, and with which codecs.
import { inbound, openTrack, play } from './media.js';

export const codecs = () => {
  const names = direction => direction.getCapabilities('video').codecs.map(({ mimeType }) => mimeType.slice('video/'.length));
  const sent = names(RTCRtpSender);
  return [...new Set(names(RTCRtpReceiver))].filter(name => sent.includes(name));
};

async function signal(from, to) {
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription);
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription);
}

// Frames decoded and audio packets received after the call has gone on for a while.
export async function callMyself({ codec, milliseconds }) {
  const [caller, callee] = [new RTCPeerConnection(), new RTCPeerConnection()];
  caller.onicecandidate = ({ candidate }) => callee.addIceCandidate(candidate);
  callee.onicecandidate = ({ candidate }) => caller.addIceCandidate(candidate);
  callee.ontrack = ({ track }) => play(track);
  caller.addTransceiver(await openTrack('audio'));
  const video = caller.addTransceiver(await openTrack('video'));
  const wanted = RTCRtpSender.getCapabilities('video').codecs.filter(({ mimeType }) => mimeType === `video/${codec}`);
  video.setCodecPreferences(wanted);
  await signal(caller, callee);
  await new Promise(resolve => setTimeout(resolve, milliseconds));
  const [audioReport, videoReport] = await Promise.all(callee.getReceivers().map(receiver => receiver.getStats()));
  caller.close();
  callee.close();
  return { audio: inbound(audioReport), video: inbound(videoReport) };
}
