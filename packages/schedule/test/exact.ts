/** Numbers in fixed point with 500 binary places: what float64 formulas are checked against. */
const PLACES = 500n;
const ONE = 1n << PLACES;

/** A float64 exactly. */
export const exact = (x: number): bigint => {
  if (!Number.isFinite(x)) throw new RangeError(`exact: x must be finite, got ${x}`);
  let shift = 0n;
  for (; !Number.isInteger(x); x *= 2) shift += 1n;
  return (BigInt(x) << PLACES) >> shift;
};
export const times = (a: bigint, b: bigint): bigint => (a * b) >> PLACES;
export const over = (a: bigint, b: bigint): bigint => (a << PLACES) / b;
export const one: bigint = ONE;

/** The square root, by Newton's iteration from above. */
export const root = (a: bigint): bigint => {
  if (a === 0n) return 0n;
  const target = a << PLACES;
  let x = 1n << BigInt((target.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + target / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
};

/** |got - want| / |want|; where want is 0, whether got is. */
export const relativeError = (got: number, want: bigint): number => {
  const difference = exact(got) - want;
  if (difference === 0n) return 0;
  if (want === 0n) return Infinity;
  const ratio = Number((difference << 80n) / want) / 2 ** 80;
  return Math.abs(ratio);
};
