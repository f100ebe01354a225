/**
 * What a receiver has got so far.
 *
 * @typedef {object} Inbound
 * @property {number} frames decoded
 * @property {number} width of the picture, 0 before the first
 * @property {number} packets received
 * @property {number} played samples that left the jitter buffer of a sound
 * @property {number} concealed samples of a sound that had to be made up, silence between words apart
 * @property {number} rate of samples, per second
 */

/**
 * @param {RTCRtpReceiver} receiver
 * @returns {Promise<Inbound>}
 */
export async function inbound(receiver) {
  for (const entry of (await receiver.getStats()).values()) {
    if (entry.type !== 'inbound-rtp') continue;
    return {
      frames: entry.framesDecoded ?? 0,
      width: entry.frameWidth ?? 0,
      packets: entry.packetsReceived ?? 0,
      played: entry.jitterBufferEmittedCount ?? 0,
      concealed: (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0),
      rate: RATE,
    };
  }
  return NOTHING;
}

/** Opus is always decoded at it. */
const RATE = 48_000;

/** @type {Inbound} */
const NOTHING = { frames: 0, width: 0, packets: 0, played: 0, concealed: 0, rate: RATE };
