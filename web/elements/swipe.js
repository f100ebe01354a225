// Turning a page with a finger.

/** So far across a finger has to go, in CSS pixels, and so many times as far as up or down. */
const ACROSS = { least: 60, straight: 2 };

/**
 * @param {HTMLElement} element
 * @param {(by: 1 | -1) => void} turn the next page, in the direction of the line, or the one before
 */
export function swipes(element, turn) {
  /** @type {PointerEvent | null} */
  let began = null;
  element.addEventListener('pointerdown', (event) => {
    // The own picture goes where the finger goes.
    const own = event.target instanceof Element && event.target.closest('[data-floating]');
    began = event.pointerType === 'touch' && event.isPrimary && !own ? event : null;
  });
  element.addEventListener('pointerup', (event) => {
    const from = began;
    began = null;
    if (!from || event.pointerId !== from.pointerId) return;
    const [across, down] = [event.clientX - from.clientX, event.clientY - from.clientY];
    if (Math.abs(across) < Math.max(ACROSS.least, ACROSS.straight * Math.abs(down))) return;
    const on = document.dir === 'rtl' ? across > 0 : across < 0;
    turn(on ? 1 : -1);
  });
  element.addEventListener('pointercancel', () => (began = null));
}
