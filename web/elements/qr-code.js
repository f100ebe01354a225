// A QR code, as one drawing.

import { outline } from './qr-outline.js';
import { generate } from '../vendor/lean-qr.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Light modules that readers need around a code. */
const QUIET = 3;

/** Draws a text as a code, dark on light in every theme: many readers do not understand the reverse. */
export class QrCode extends HTMLElement {
  /**
   * @param {string} text
   * @param {string} label what it is, for those who do not see it
   */
  show(text, label) {
    const code = generate(text);
    const svg = document.createElementNS(SVG, 'svg');
    const side = code.size + 2 * QUIET;
    svg.setAttribute('viewBox', `${-QUIET} ${-QUIET} ${side} ${side}`);
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', outline(code));
    svg.append(path);
    this.replaceChildren(svg);
  }
}

customElements.define('vv-qr-code', QrCode);
