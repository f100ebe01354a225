// What we use of lean-qr.js.

interface Bitmap {
  /** modules on each side */
  readonly size: number;
  /** whether a module is dark; those outside are not */
  get(x: number, y: number): boolean;
}

/** Throws where the text is too long for a code. */
export function generate(text: string): Bitmap;
