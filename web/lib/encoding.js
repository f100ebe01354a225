/**
 * Lets a sender use what the budget gives it, without disturbing what it sends.
 *
 * @param {RTCRtpSender} sender
 * @param {RTCRtpEncodingParameters} wanted
 */
export async function applyEncoding(sender, wanted) {
  const parameters = sender.getParameters();
  const encoding = parameters.encodings?.[0];
  if (!encoding || differsLittle(encoding, wanted)) return;
  Object.assign(encoding, wanted);
  try {
    await sender.setParameters(parameters);
  } catch {
    // A negotiation came in between and made the parameters outdated; it ends with another allocation.
  }
}

/**
 * Every change makes the encoder begin anew, so what nobody would see is not worth one.
 *
 * @param {RTCRtpEncodingParameters} now
 * @param {RTCRtpEncodingParameters} wanted
 */
function differsLittle(now, wanted) {
  const rate = (now.maxBitrate ?? Infinity) / (wanted.maxBitrate ?? Infinity);
  const sameSize = now.scaleResolutionDownBy === wanted.scaleResolutionDownBy;
  return sameSize && now.maxFramerate === wanted.maxFramerate && rate > 0.9 && rate < 1.1;
}
