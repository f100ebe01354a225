// The panels beside the stage: one at a time.

/** @typedef {import('./controls.js').PanelName} PanelName */
/** @typedef {HTMLElement & {opened(): void}} Panel `opened`: it is shown now, and takes the focus */

/** Shows and hides panels, and knows where the focus has to go. */
export class Panels {
  /** @type {PanelName | null} */
  open = null;
  #panels;
  #changed;

  /**
   * @param {Record<PanelName, Panel>} panels
   * @param {(closed: PanelName | null) => void} changed after a change; told what was closed by hand
   */
  constructor(panels, changed) {
    this.#panels = panels;
    this.#changed = changed;
    for (const [name, panel] of this.#entries()) {
      panel.hidden = true;
      panel.addEventListener('close', () => this.toggle(name));
    }
  }

  /** @param {PanelName} name */
  toggle(name) {
    const before = this.open;
    this.open = before === name ? null : name;
    for (const [other, panel] of this.#entries()) panel.hidden = other !== this.open;
    this.#changed(this.open === null ? before : null);
    if (this.open) this.#panels[this.open].opened();
  }

  close() {
    if (this.open) this.toggle(this.open);
  }

  #entries() {
    return /** @type {[PanelName, Panel][]} */ (Object.entries(this.#panels));
  }
}
