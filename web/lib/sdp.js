/** The few things that have to be read from or written into session descriptions. Pure. */

/** Codecs whose sender takes a start bitrate; retransmission and redundancy formats are not encoders. */
const ENCODERS = new Set(['VP8', 'VP9', 'AV1', 'H264', 'H265']);

/** What a server that forwards reads of a packet's header. */
const EXTENSIONS = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
];

const OTHER_END = { active: 'passive', passive: 'active' };

/**
 * @param {string} sdp
 * @returns {{kind: string, mid: string | null}[]} the media sections in their order
 */
export function sections(sdp) {
  return split(sdp).media.map((section) => ({
    kind: /^m=(\S+)/.exec(section)?.[1] ?? '',
    mid: /^a=mid:(\S+)/m.exec(section)?.[1] ?? null,
  }));
}

/**
 * @param {string} sdp
 * @returns {string} of the certificate: it tells one peer connection from another
 */
export function fingerprint(sdp) {
  return /^a=fingerprint:(.*?)\r?$/m.exec(sdp)?.[1] ?? '';
}

/**
 * Tells this browser's video encoders, by way of the remote description, at which rate to begin. Without it Chromium
 * begins at 300 kbit/s and needs seconds to reach a full picture; browsers that do not know the parameter skip it.
 *
 * @param {string} sdp a remote description
 * @param {number} bitrate in bit/s
 */
export function withStartBitrate(sdp, bitrate) {
  const parameter = `x-google-start-bitrate=${Math.round(bitrate / 1_000)}`;
  const { session, media } = split(sdp);
  const sections = media.map((section) => (section.startsWith('m=video') ? tuned(section, parameter) : section));
  return session + sections.join('');
}

/**
 * An offer to a server that forwards without what is of no use to it, so that one with many m-lines still fits a message:
 * header extensions that it does not read are as if they were not offered, and it learns candidates from their checks.
 *
 * @param {string} offer
 */
export function withEssentials(offer) {
  const { session, media } = split(offer);
  const sections = media.map((section) => section.split(/(?<=\n)/).filter(isEssential).join(''));
  return session + sections.join('');
}

/**
 * Says in a further offer which end of the DTLS association this side is. It could leave that open (`actpass`), but
 * Firefox then takes the active end in its answer, whichever it was before, and the browsers part over it (RFC 8842,
 * section 5.5 keeps the association and its roles).
 *
 * @param {string} offer
 * @param {Pick<RTCSessionDescription, 'type' | 'sdp'> | null} local the one in force, null for a first offer
 * @param {Pick<RTCSessionDescription, 'type' | 'sdp'> | null} remote
 */
export function withEstablishedRole(offer, local, remote) {
  const answer = local?.type === 'answer' ? local : remote;
  const role = /^a=setup:(active|passive)/m.exec(answer?.sdp ?? '')?.[1];
  if (!role) return offer;
  const own = answer === local ? role : OTHER_END[/** @type {keyof typeof OTHER_END} */ (role)];
  return offer.replace(/^a=setup:actpass/gm, `a=setup:${own}`);
}

/**
 * @param {string} section
 * @param {string} parameter
 */
function tuned(section, parameter) {
  return section.replace(/^a=rtpmap:(\d+) ([^/\r\n]+)\/.*\r?\n/gm, (line, payloadType, codec) => {
    const hasFormat = new RegExp(`^a=fmtp:${payloadType} `, 'm').test(section);
    if (!ENCODERS.has(codec.toUpperCase()) || hasFormat) return line;
    return `${line}a=fmtp:${payloadType} ${parameter}\r\n`;
  }).replace(/^(a=fmtp:(\d+) )(.*)$/gm, (line, head, payloadType, format) => {
    const codec = new RegExp(`^a=rtpmap:${payloadType} ([^/\r\n]+)/`, 'm').exec(section)?.[1] ?? '';
    if (!ENCODERS.has(codec.toUpperCase()) || format.includes(parameter)) return line;
    return `${head}${parameter};${format}`;
  });
}

/** @param {string} line of a media section */
function isEssential(line) {
  const extension = /^a=extmap:\S+ (\S+)/.exec(line)?.[1];
  if (extension) return EXTENSIONS.includes(extension);
  return !/^a=(candidate|end-of-candidates|rtcp-xr)/.test(line);
}

/** @param {string} sdp */
function split(sdp) {
  const [session = '', ...media] = sdp.split(/^(?=m=)/m);
  return { session, media };
}
