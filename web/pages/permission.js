// Noticing that the person allowed a device after all, in the browser's own settings.

/** @type {Record<'mic' | 'camera', string>} */
const NAMES = { mic: 'microphone', camera: 'camera' };

/**
 * @param {'mic' | 'camera'} source
 * @param {AbortSignal} signal ends the wait
 * @param {() => void} allowed called each time; never where the browser does not tell
 */
export async function whenAllowed(source, signal, allowed) {
  try {
    const name = /** @type {PermissionName} */ (NAMES[source]);
    const status = await navigator.permissions.query({ name });
    status.addEventListener('change', () => status.state === 'granted' && allowed(), { signal });
  } catch {
    // This browser does not tell: whoever allowed it tries again by hand.
  }
}
