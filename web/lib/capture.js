import { insecure, problemOf } from './problems.js';

/** @typedef {import('./media.js').Device} Device */
/** @typedef {import('./platform.js').Platform} Platform */

const MIC = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const CAMERA = { width: { ideal: 1_280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/** As the Permissions API calls them. @type {Record<Device, string>} */
const PERMISSIONS = { mic: 'microphone', camera: 'camera' };

/**
 * Opens devices, in one question to the person. A chosen device that is gone gives way to any other.
 *
 * @param {Pick<Platform, 'mediaDevices'>} platform
 * @param {Device[]} sources
 * @param {Record<Device, string | undefined>} chosen the ids of the devices; undefined leaves it to the browser
 * @returns {Promise<MediaStream>} rejects as getUserMedia does
 */
export async function capture({ mediaDevices }, sources, chosen) {
  if (!mediaDevices) throw insecure();
  try {
    return await mediaDevices.getUserMedia(constraints(sources, chosen));
  } catch (error) {
    if (problemOf(error) !== 'missing') throw error;
    return await mediaDevices.getUserMedia(constraints(sources, await stillThere(mediaDevices, chosen)));
  }
}

/**
 * @param {MediaDevices} mediaDevices
 * @param {Record<Device, string | undefined>} chosen
 * @returns {Promise<Record<Device, string | undefined>>} those of the chosen devices that the browser still knows
 */
async function stillThere(mediaDevices, chosen) {
  const known = new Set((await mediaDevices.enumerateDevices().catch(() => [])).map(({ deviceId }) => deviceId));
  const kept = (/** @type {string | undefined} */ id) => (id !== undefined && known.has(id) ? id : undefined);
  return { mic: kept(chosen.mic), camera: kept(chosen.camera) };
}

/**
 * Which of several devices may still be had alone after they could not be had together. Whoever has said no is not asked
 * again; but a browser also says no to both when only one is blocked, and what is allowed already takes no question.
 *
 * @param {Pick<Platform, 'permissions'>} platform
 * @param {Device[]} sources
 * @param {unknown} error
 * @returns {Promise<Device[]>} none of one
 */
export async function worthAskingAlone({ permissions }, sources, error) {
  if (sources.length < 2) return [];
  const problem = problemOf(error);
  if (problem === 'missing' || problem === 'busy') return sources;
  if (problem !== 'denied') return [];
  const allowed = await Promise.all(sources.map((source) => isAllowed(permissions, source)));
  return sources.filter((_, index) => allowed[index]);
}

/**
 * @param {Permissions | undefined} permissions
 * @param {Device} source
 * @returns {Promise<boolean>} false where the browser does not tell
 */
async function isAllowed(permissions, source) {
  try {
    const name = /** @type {PermissionName} */ (PERMISSIONS[source]);
    return (await permissions?.query({ name }))?.state === 'granted';
  } catch {
    return false;
  }
}

/**
 * @param {Device[]} sources
 * @param {Record<Device, string | undefined>} chosen
 * @returns {MediaStreamConstraints}
 */
function constraints(sources, chosen) {
  const device = (/** @type {Device} */ source) => {
    const id = chosen[source];
    return id ? { deviceId: { exact: id } } : {};
  };
  return {
    audio: sources.includes('mic') ? { ...MIC, ...device('mic') } : false,
    video: sources.includes('camera') ? { ...CAMERA, ...device('camera') } : false,
  };
}
