/** What each sender was told to hold on to: not every browser repeats it. @type {WeakMap<RTCRtpSender, string>} */
const told = new WeakMap();

/**
 * Lets a sender use what the budget gives it, without disturbing what it sends.
 *
 * @param {RTCRtpSender} sender
 * @param {RTCRtpEncodingParameters} wanted
 * @param {RTCDegradationPreference} [keeps] what the encoder holds on to when it falls short
 */
export async function applyEncoding(sender, wanted, keeps) {
  const parameters = sender.getParameters();
  const encoding = parameters.encodings?.[0];
  const same = keeps === undefined || keeps === told.get(sender);
  if (!encoding || (same && differsLittle(encoding, wanted))) return;
  Object.assign(encoding, wanted);
  if (keeps) parameters.degradationPreference = keeps;
  try {
    await sender.setParameters(parameters);
    if (keeps) told.set(sender, keeps);
  } catch {
    // A negotiation came in between and made the parameters outdated; it ends with another allocation.
  }
}

/**
 * Switches the encodings of a sender on or off.
 *
 * @param {RTCRtpSender} sender
 * @param {string[]} rids of those that are wanted; `''` is the one without a rid
 * @param {ReadonlyMap<string, number>} [scales] by how much smaller than the source each is, of those with a rid that can be
 *   sent; in place of one that cannot, the last that can is
 */
export async function activate(sender, rids, scales) {
  const parameters = sender.getParameters();
  const last = [...(scales?.keys() ?? [])].at(-1);
  const sent = rids.map((rid) => (rid === '' || !scales || scales.has(rid) ? rid : last));
  let changed = false;
  for (const encoding of parameters.encodings ?? []) {
    const active = sent.includes(encoding.rid ?? '');
    changed ||= (encoding.active ?? true) !== active;
    encoding.active = active;
    const scale = scales?.get(encoding.rid ?? '');
    if (scale === undefined) continue;
    changed ||= (encoding.scaleResolutionDownBy ?? 1) !== scale;
    encoding.scaleResolutionDownBy = scale;
  }
  if (!changed) return;
  try {
    await sender.setParameters(parameters);
  } catch {
    // A negotiation came in between and made the parameters outdated; after it they are set again.
  }
}

/**
 * Every change makes the encoder begin anew, so what nobody would see is not worth one.
 *
 * @param {RTCRtpEncodingParameters} now
 * @param {RTCRtpEncodingParameters} wanted
 */
function differsLittle(now, wanted) {
  if (wanted.active !== undefined && (now.active ?? true) !== wanted.active) return false;
  // What is not sent need not be exact, and a sound is only switched on and off.
  if (wanted.active === false || wanted.maxBitrate === undefined) return true;
  const rate = (now.maxBitrate ?? Infinity) / wanted.maxBitrate;
  const sameSize = now.scaleResolutionDownBy === wanted.scaleResolutionDownBy;
  return sameSize && now.maxFramerate === wanted.maxFramerate && rate > 0.9 && rate < 1.1;
}
