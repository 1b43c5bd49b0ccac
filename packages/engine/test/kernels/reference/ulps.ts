/** The distance from a number to the next float32, at least that of the smallest ones. */
export const ulpOf = (x: number): number => {
  const size = Math.min(Math.abs(x), 3.4028234663852886e38);
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
};

/** How far a float32 is from the true number, in units of the last place there; 0 if both are NaN, or the same infinity. */
export const ulpsBetween = (got: number, want: number): number => {
  const rounded = Math.fround(want);
  if (Object.is(got, rounded) || got === rounded) return 0;
  if (Number.isNaN(got) || Number.isNaN(rounded)) return Infinity;
  // numbers that overflow are right if they are as large as float32 has
  const [a, b] = [got, want].map((x) => Math.sign(x) * Math.min(Math.abs(x), 2 ** 128)) as [number, number];
  return Math.abs(a - b) / ulpOf(Math.min(Math.abs(a), Math.abs(b)));
};
