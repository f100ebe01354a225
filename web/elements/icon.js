// The page's pictograms, drawn on a 24 by 24 grid as strokes in the colour of the text around them.

const SVG = 'http://www.w3.org/2000/svg';

/** What each icon is made of: the `d` of its paths. */
const SHAPES = {
  mic: ['M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3z', 'M5.5 11.5a6.5 6.5 0 0 0 13 0', 'M12 18v3'],
  'mic-off': [
    'M9 9v2.5a3 3 0 0 0 4.6 2.5M15 11V6.5a3 3 0 0 0-5.7-1.3',
    'M5.5 11.5a6.5 6.5 0 0 0 10 5.5M18.5 11.5a6.4 6.4 0 0 1-.6 2.7',
    'M12 18v3',
    'M4 4l16 16',
  ],
  camera: ['M5 6.5h8.5a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2z', 'M15.5 11l5.5-3.5v9L15.5 13'],
  'camera-off': [
    'M10.5 6.5h3a2 2 0 0 1 2 2v3M15.5 15.7a2 2 0 0 1-2 1.8H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2.5-1.9',
    'M15.5 11l5.5-3.5v9l-3-1.9',
    'M4 4l16 16',
  ],
  chat: [
    'M4 5.5h16a1 1 0 0 1 1 1v9.5a1 1 0 0 1-1 1h-8.5L7 20.5V17H4a1 1 0 0 1-1-1V6.5a1 1 0 0 1 1-1z',
    'M7.5 9.5h9M7.5 13h6',
  ],
  link: [
    'M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L11.8 6.5',
    'M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.3-1.3',
  ],
  leave: [
    'M3.3 14.2c-.6-1.3-.4-2.8.7-3.7 4.7-3.7 11.3-3.7 16 0 1.1.9 1.3 2.4.7 3.7-.3.7-1.1 1-1.8.8l-2.7-.8c-.6-.2-1-.7-1-1.3v-1.6a10.5 10.5 0 0 0-6.4 0v1.6c0 .6-.4 1.1-1 1.3l-2.7.8c-.7.2-1.5-.1-1.8-.8z',
  ],
  close: ['M6 6l12 12M18 6L6 18'],
  send: ['M4 12l16-7-5.5 15-3.2-6.3z', 'M11.3 13.7L20 5'],
  check: ['M5 12.5l4.5 4.5L19 7.5'],
  shuffle: [
    'M4 7h3.5c4.5 0 4.5 10 9 10H20M4 17h3.5c1.5 0 2.5-1.1 3.3-2.5M13.2 9.5C14 8.1 15 7 16.5 7H20',
    'M17.5 4.5L20 7l-2.5 2.5M17.5 14.5L20 17l-2.5 2.5',
  ],
  direct: ['M4 12h16', 'M8 8l-4 4 4 4M16 8l4 4-4 4'],
  mix: ['M5 5h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z', 'M12 5v14M4 12h16'],
  forward: ['M12 8.5v7', 'M6 4.5a1.8 1.8 0 1 0 .01 0zM18 4.5a1.8 1.8 0 1 0 .01 0zM12 15.5a2.2 2.2 0 1 0 .01 0z', 'M7.4 7.4L12 10.5l4.6-3.1'],
  'page-back': ['M14.5 5.5L8 12l6.5 6.5'],
  'page-on': ['M9.5 5.5L16 12l-6.5 6.5'],
  'sound-only': ['M4 9.5h3.5L12 5.5v13l-4.5-4H4z', 'M16 9.5l5 5M21 9.5l-5 5'],
  relayed: ['M3 15c3-7 6-9 9-9s6 2 9 9', 'M21 9.5V15h-5.5', 'M12 17.5a1.5 1.5 0 1 0 .01 0'],
  warning: ['M12 4L2.8 20h18.4z', 'M12 10v4.5M12 17.2v.1'],
  info: ['M12 3.5a8.5 8.5 0 1 0 .01 0z', 'M12 11v5.5M12 7.8v.1'],
  sound: ['M4 9.5h3.5L12 5.5v13l-4.5-4H4z', 'M15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11'],
  screen: ['M4 5h16a1 1 0 0 1 1 1v9.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z', 'M9 20h6', 'M12 13.5V8.3M9.6 10.5L12 8.1l2.4 2.4'],
  'screen-off': ['M4 5h16a1 1 0 0 1 1 1v9.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z', 'M9 20h6', 'M9.8 8.6l4.4 4.4M14.2 8.6L9.8 13'],
  hand: [
    'M8 12.5V6.2a1.4 1.4 0 0 1 2.8 0v4.6M10.8 10.5V4.7a1.4 1.4 0 0 1 2.8 0v5.8M13.6 10.6V6.1a1.4 1.4 0 0 1 2.8 0v8.4a6 6 0 0 1-6 6h-.6a5 5 0 0 1-4.1-2.1l-2.9-4.2a1.4 1.4 0 0 1 2.2-1.7L8 14.6z',
  ],
  react: ['M12 3.5a8.5 8.5 0 1 0 .01 0z', 'M8.2 14a4.6 4.6 0 0 0 7.6 0', 'M9 9.2v.6M15 9.2v.6'],
  people: [
    'M9 4.5a3.2 3.2 0 1 0 .01 0z',
    'M3 19.5v-.7c0-3 2.7-5 6-5s6 2 6 5v.7',
    'M15.6 5a3 3 0 0 1 0 5.7M17.6 14.4c2 .7 3.4 2.3 3.4 4.4v.7',
  ],
  grid: ['M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z'],
  speaker: ['M4 5h16v9H4z', 'M4 16.5h4.4v3H4zM9.8 16.5h4.4v3H9.8zM15.6 16.5H20v3h-4.4z'],
  pip: ['M4 5h16a1 1 0 0 1 1 1v5M11 19H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1', 'M14 13.5h6.5a.5.5 0 0 1 .5.5v4.5a.5.5 0 0 1-.5.5H14a.5.5 0 0 1-.5-.5V14a.5.5 0 0 1 .5-.5z'],
  expand: ['M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5'],
  shrink: ['M4 9h5V4M20 9h-5V4M4 15h5v5M20 15h-5v5'],
  settings: ['M4 7h9M17.5 7H20M4 17h2.5M11 17h9', 'M15.2 4.8a2.2 2.2 0 1 0 .01 0zM8.8 14.8a2.2 2.2 0 1 0 .01 0z'],
  stats: ['M4 20h16', 'M6 16.5v-5M10.7 16.5v-9M15.3 16.5v-3M20 16.5V5'],
  keyboard: ['M4 6h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z', 'M7 10h.1M11 10h.1M15 10h.1M18 10h.1M7 14h10'],
  more: ['M5.5 11.4a.6.6 0 1 0 .01 0zM12 11.4a.6.6 0 1 0 .01 0zM18.5 11.4a.6.6 0 1 0 .01 0z'],
  pin: ['M9 4h6M10 4v5.5L7 13v1.5h10V13l-3-3.5V4M12 14.5V20'],
  corner: ['M5 19L19 5M12.5 5H19v6.5M5 12.5V19h6.5'],
  globe: [
    'M12 3.5a8.5 8.5 0 1 0 .01 0z',
    'M3.5 12h17M12 3.5c2.6 2.3 3.9 5.2 3.9 8.5s-1.3 6.2-3.9 8.5c-2.6-2.3-3.9-5.2-3.9-8.5s1.3-6.2 3.9-8.5z',
  ],
  qr: [
    'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4z',
    'M14 14h2.5v2.5H14zM20 14v2.5M17.5 20H20M14 20v-.1M20 20v-.1',
  ],
  record: ['M12 3.5a8.5 8.5 0 1 0 .01 0z', 'M12 9a3 3 0 1 0 .01 0z'],
  'record-stop': ['M12 3.5a8.5 8.5 0 1 0 .01 0z', 'M9.2 9.2h5.6v5.6H9.2z'],
  recordings: ['M5 5h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z', 'M10 9v6l5-3z'],
  play: ['M8 5.5v13l10.5-6.5z'],
  end: ['M12 3.5a8.5 8.5 0 1 0 .01 0z', 'M9 9l6 6M15 9l-6 6'],
  down: ['M12 5v14M6 13l6 6 6-6'],
  back: ['M10 6l-6 6 6 6M4 12h16'],
};

/** @typedef {keyof typeof SHAPES} IconName */

/**
 * Draws an icon. It is hidden from assistive technology: the button or sentence around it says what it means.
 * @param {IconName} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('data-icon', name);
  svg.setAttribute('aria-hidden', 'true');
  for (const d of SHAPES[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

/**
 * The program's sign: two halves, face to face.
 * @returns {SVGSVGElement}
 */
export function mark() {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '5 6 22 20');
  svg.setAttribute('class', 'mark');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', 'M7 8v16a8 8 0 0 0 0-16zM25 8a8 8 0 0 0 0 16z');
  svg.append(path);
  return svg;
}
