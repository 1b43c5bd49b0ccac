/** Pixels 0..255 as numbers in [-1, 1]: 0 is -1, 255 is 1. */
export const fromBytes = (bytes: Uint8Array | Uint8ClampedArray): Float32Array => {
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i]! / 127.5 - 1;
  return out;
};

/** Numbers in [-1, 1] as pixels 0..255, rounded to the nearest; what lies outside is clipped, NaN becomes 0. */
export const toBytes = (x: ArrayLike<number>): Uint8Array =>
  new Uint8Array(Uint8ClampedArray.from(x, (value) => (value + 1) * 127.5).buffer);
