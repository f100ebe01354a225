/**
 * Divides one uplink among the subscribers that a publisher serves directly. Each of them gets an encoding of its own,
 * so N full-rate encodings out of a thin uplink would starve all of them. Pure: what comes out is applied by the peers.
 *
 * @typedef {object} Encoding what one sender may use
 * @property {number} maxBitrate in bit/s
 * @property {number} maxFramerate in frames per second
 * @property {number} scaleResolutionDownBy 1 or more
 *
 * @typedef {object} Allocation for each subscriber alike
 * @property {Encoding} camera
 * @property {Encoding} screen
 * @property {RTCDegradationPreference} screenKeeps what the encoder of a screen holds on to when it falls short
 * @property {number} start bit/s to begin with, before anything is known about the path
 */

/** Bit/s. */
export const BUDGET = Object.freeze({
  /** What an uplink is believed to carry until something is known about it. */
  total: 3_000_000,
  /** No estimate raises the budget beyond this. */
  totalMax: 8_000_000,
  /** No estimate lowers it below this. */
  totalMin: 150_000,
  /** Sound and its packet headers, taken off each subscriber's share first. */
  sound: 48_000,
  /** The same for the sound of a shared screen. */
  screenSound: 80_000,
  cameraMax: 2_500_000,
  screenMax: 2_500_000,
  /** Less makes no picture; a share below it is overdrawn, and congestion control has the last word. */
  floor: 60_000,
  /** Beginning faster risks a burst of loss on an unknown path; slower, and the first key frame takes long. */
  startMax: 1_800_000,
});

/** Cameras: from which rate on which picture height (lines) and rate of frames is worth it. Highest first. */
const CAMERA_STEPS = /** @type {const} */ ([
  { from: 1_000_000, height: 720, framerate: 30 },
  { from: 600_000, height: 540, framerate: 30 },
  { from: 350_000, height: 360, framerate: 30 },
  { from: 150_000, height: 270, framerate: 20 },
  { from: 0, height: 180, framerate: 15 },
]);

/**
 * Screens, by what they are shared for. Text that cannot be read is of no use: it keeps every line and gives up frames.
 * A film that stutters is of none either: it keeps its frames and gives up size.
 */
const SCREEN_STEPS = /** @type {const} */ ({
  text: [
    { from: 800_000, height: 1_440, framerate: 15 },
    { from: 300_000, height: 1_440, framerate: 8 },
    { from: 0, height: 1_440, framerate: 5 },
  ],
  motion: [
    { from: 1_500_000, height: 1_080, framerate: 30 },
    { from: 800_000, height: 720, framerate: 30 },
    { from: 400_000, height: 540, framerate: 30 },
    { from: 150_000, height: 360, framerate: 24 },
    { from: 0, height: 270, framerate: 20 },
  ],
});

/** Of a share, how much a screen takes while a camera is sent as well. */
const SCREEN_PART = 0.75;

/** An estimate follows what is sent; asking for somewhat more than it lets it grow. */
const HEADROOM = 1.25;

/** Of a share, how much is sent at once, before anything is known about the path. */
const START_PART = 0.6;

/**
 * What the uplink carries, from what congestion control says about each leg.
 *
 * @param {(number | null)[]} estimates bit/s per leg, null where the browser does not say
 * @returns {number} bit/s
 */
export function uplink(estimates) {
  const known = estimates.filter((estimate) => estimate !== null);
  if (known.length === 0 || known.length < estimates.length) return BUDGET.total;
  const sum = known.reduce((total, estimate) => total + estimate, 0);
  return clamp(sum * HEADROOM, BUDGET.totalMin, BUDGET.totalMax);
}

/**
 * @param {object} demand
 * @param {number} demand.subscribers how many are served directly
 * @param {number} [demand.total] bit/s, from `uplink`
 * @param {boolean} [demand.screen] whether a screen is shared
 * @param {boolean} [demand.screenSound] whether its sound is, too
 * @param {import('./screen-share.js').Quality} [demand.quality] of the screen
 * @param {number | undefined} [demand.cameraHeight] lines that the camera delivers
 * @param {number | undefined} [demand.screenHeight] lines that the screen delivers
 * @returns {Allocation}
 */
export function divide({ subscribers, total = BUDGET.total, quality = 'text', ...demand }) {
  const { screen = false, screenSound = false, cameraHeight = 720, screenHeight = 1_080 } = demand;
  const share = total / Math.max(1, subscribers) - BUDGET.sound - (screenSound ? BUDGET.screenSound : 0);
  const screenRate = screen ? clamp(share * SCREEN_PART, BUDGET.floor, BUDGET.screenMax) : 0;
  const cameraRate = clamp(share - screenRate, BUDGET.floor, BUDGET.cameraMax);
  return {
    camera: encoding(cameraRate, CAMERA_STEPS, cameraHeight),
    screen: encoding(screenRate || BUDGET.floor, SCREEN_STEPS[quality], screenHeight),
    screenKeeps: quality === 'text' ? 'maintain-resolution' : 'maintain-framerate',
    start: Math.round(clamp(share * START_PART, BUDGET.floor, BUDGET.startMax)),
  };
}

/**
 * @param {number} rate
 * @param {readonly {from: number, height: number, framerate: number}[]} steps
 * @param {number} height
 * @returns {Encoding}
 */
function encoding(rate, steps, height) {
  const step = steps.find(({ from }) => rate >= from) ?? { height, framerate: 15 };
  return {
    maxBitrate: Math.round(rate),
    maxFramerate: step.framerate,
    scaleResolutionDownBy: Math.max(1, height / step.height),
  };
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
