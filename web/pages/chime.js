// The sound by which somebody hears that the right loudspeaker plays.

/** Samples in a second. */
const RATE = 24_000;

/** Two notes, a fifth apart: frequency in hertz, and when it begins, in seconds. */
const NOTES = /** @type {const} */ ([
  [523.25, 0],
  [783.99, 0.22],
]);

/** In seconds. */
const LENGTH = 1;

/**
 * Plays the chime.
 * @param {string | null} output id of the device to play it on; null for the system's
 */
export async function playChime(output) {
  const address = URL.createObjectURL(chime());
  const audio = new Audio(address);
  try {
    // One that is gone is no reason to play nothing.
    if (output && 'setSinkId' in audio) await audio.setSinkId(output).catch(() => undefined);
    await audio.play();
    await new Promise((resolve) => audio.addEventListener('ended', resolve, { once: true }));
  } catch {
    // The browser plays nothing now; that is what the test was to find out.
  } finally {
    URL.revokeObjectURL(address);
  }
}

/**
 * @returns {Blob} a WAV file: 16 bits, one channel
 */
export function chime() {
  const samples = Int16Array.from({ length: RATE * LENGTH }, (_, index) => Math.round(sample(index / RATE) * 9_000));
  const header = new DataView(new ArrayBuffer(44));
  const words = /** @type {const} */ ([
    [0, 'RIFF'],
    [8, 'WAVE'],
    [12, 'fmt '],
    [36, 'data'],
  ]);
  for (const [at, word] of words) [...word].forEach((letter, i) => header.setUint8(at + i, letter.charCodeAt(0)));
  header.setUint32(4, 36 + samples.byteLength, true);
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, RATE, true);
  header.setUint32(28, RATE * 2, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  header.setUint32(40, samples.byteLength, true);
  return new Blob([header, samples], { type: 'audio/wav' });
}

/**
 * The chime at a time: notes that begin softly and die away.
 * @param {number} time in seconds
 */
function sample(time) {
  let sum = 0;
  for (const [frequency, begin] of NOTES) {
    const since = time - begin;
    if (since > 0) sum += Math.sin(2 * Math.PI * frequency * since) * Math.min(1, since / 0.012) * Math.exp(-since * 6);
  }
  return sum * (1 - time / LENGTH);
}
