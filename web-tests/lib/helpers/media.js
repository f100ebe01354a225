import { Emitter } from '../../../web/lib/emitter.js';

/**
 * LocalMedia as a Call sees it, without any device.
 *
 * @extends {Emitter<{change: undefined}>}
 */
export class ScriptedMedia extends Emitter {
  /** @type {any} */ tracks = { mic: null, camera: null, screen: null, screen_audio: null };
  cameraReadyAt = null;
  /** @type {import('../../../web/lib/screen-share.js').Quality} */ quality = 'text';

  /** @param {string} source */
  isLive(source) {
    return this.tracks[source] !== null;
  }

  /**
   * @param {string} source
   * @param {boolean} enabled
   */
  async setEnabled(source, enabled) {
    const kind = source === 'mic' || source === 'screen_audio' ? 'audio' : 'video';
    this.tracks[source] = enabled ? { kind, getSettings: () => ({ height: 720 }) } : null;
    this.emit('change', undefined);
  }
}
