// Moving the own picture from corner to corner: by dragging it, or with its button.

import { h } from './dom.js';
import { icon } from './icon.js';
import { text } from '../messages/index.js';

/** A touch that moves less than this, in CSS pixels, is no dragging. */
const STILL = 6;

/**
 * @param {HTMLElement} view the own picture
 * @param {object} moves
 * @param {() => void} moves.next go to the next corner
 * @param {(x: number, y: number) => void} moves.drop let go at this point of the window
 * @returns {HTMLButtonElement} the button, which stands in the picture
 */
export function movable(view, { next, drop }) {
  const label = text.actions.corner;
  const button = h('button', {
    type: 'button',
    class: 'own-corner',
    'data-testid': 'self-corner',
    'aria-label': label,
    title: label,
  });
  button.append(icon('corner'));
  button.addEventListener('click', next);
  view.append(button);
  view.addEventListener('pointerdown', (event) => {
    if (!view.hasAttribute('data-floating') || button.contains(/** @type {Node} */ (event.target))) return;
    follow(view, event, drop);
  });
  return button;
}

/**
 * The picture follows the pointer until that is let go.
 * @param {HTMLElement} view
 * @param {PointerEvent} from
 * @param {(x: number, y: number) => void} drop
 */
function follow(view, from, drop) {
  const done = new AbortController();
  const { signal } = done;
  const offset = (/** @type {PointerEvent} */ { clientX, clientY }) => [clientX - from.clientX, clientY - from.clientY];
  view.setPointerCapture(from.pointerId);
  view.setAttribute('data-dragged', '');
  const end = () => {
    done.abort();
    view.removeAttribute('data-dragged');
    view.style.removeProperty('translate');
  };
  view.addEventListener(
    'pointermove',
    (event) => {
      const [x = 0, y = 0] = offset(event);
      view.style.setProperty('translate', `${x}px ${y}px`);
    },
    { signal },
  );
  view.addEventListener(
    'pointerup',
    (event) => {
      end();
      if (Math.hypot(...offset(event)) > STILL) drop(event.clientX, event.clientY);
    },
    { signal },
  );
  view.addEventListener('pointercancel', end, { signal });
}
