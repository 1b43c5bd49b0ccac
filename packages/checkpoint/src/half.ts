/** The float32 numbers of IEEE binary16 bits: exact for every pattern, subnormals, infinities and NaN among them. */
export const fromHalf = (bits: Uint16Array): Float32Array => {
  const out = new Float32Array(bits.length);
  const words = new Uint32Array(out.buffer);
  for (let i = 0; i < bits.length; i++) {
    const h = bits[i]!;
    const exponent = (h >>> 10) & 31;
    const fraction = h & 1023;
    if (exponent === 0) {
      const magnitude = fraction * 2 ** -24;
      out[i] = h & 0x8000 ? -magnitude : magnitude;
    } else words[i] = ((h & 0x8000) << 16) | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
  }
  return out;
};

/** IEEE binary16 bits nearest to float32 numbers, ties to even; too large becomes infinity, NaN stays NaN. */
export const toHalf = (values: Float32Array): Uint16Array => {
  const out = new Uint16Array(values.length);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const sign = (words[i]! >>> 16) & 0x8000;
    const magnitude = words[i]! & 0x7fffffff;
    out[i] = sign | halfMagnitude(magnitude);
  }
  return out;
};

const halfMagnitude = (magnitude: number): number => {
  if (magnitude > 0x7f800000) return 0x7e00 | ((magnitude >>> 13) & 0x1ff); // NaN, with what fits of its payload
  if (magnitude >= 0x47800000) return 0x7c00; // 65536 and more
  if (magnitude < 0x33000000) return 0; // below half of the smallest subnormal
  const exponent = magnitude >>> 23;
  // a subnormal result shifts its significand, implicit one included, by what the exponent lacks
  const shift = exponent < 113 ? 126 - exponent : 13;
  const significand = exponent < 113 ? (magnitude & 0x7fffff) | 0x800000 : magnitude - (112 << 23);
  const truncated = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return truncated + (rest > tie || (rest === tie && truncated % 2 === 1) ? 1 : 0);
};

/** The float32 numbers of bfloat16 bits, exact: bfloat16 is the upper half of a float32. */
export const fromBfloat16 = (bits: Uint16Array): Float32Array => {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
};
