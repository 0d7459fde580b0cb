// A front end that sends redundant audio (RFC 2198). mediasoup-client keeps one codec of what a track is sent with, so that this
// one writes its own SDP: RED before the Opus inside it, which is how Chromium is told to prefer it.

const kOpusType = 111;  // Chromium's numbers
const kRedType = 63;

export const kRed = {
  mimeType: 'audio/red', payloadType: kRedType, clockRate: 48000, channels: 2,
  parameters: { [`${kOpusType}/${kOpusType}`]: '' }, rtcpFeedback: [],
};

const withRed = sdp => sdp
    .replace(new RegExp(`^(m=audio .*) ${kOpusType}\r\n`, 'm'), `$1 ${kRedType} ${kOpusType}\r\n`)
    .replace(new RegExp(`^a=rtpmap:${kOpusType} .*\r\n`, 'm'),
             `$&a=rtpmap:${kRedType} red/48000/2\r\na=fmtp:${kRedType} ${kOpusType}/${kOpusType}\r\n`);

// For this page: the sending side is the one that is answered.
export function sendRedundantly() {
  const setRemoteDescription = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    return setRemoteDescription.call(this, { type, sdp: type === 'answer' ? withRed(sdp) : sdp });
  };
}
