/** 2^-e for e = 0..33, as the mantissa of 2 w + 1 < 2^33 needs it. */
const HALVES = Float64Array.from({ length: 34 }, (_, e) => 2 ** -e);

/**
 * -ln u for u = (w + 1/2) / 2^32, w an unsigned 32-bit word, to about one unit in the last place. Only operations that
 * IEEE 754 rounds exactly are used: Math.log differs between JavaScript engines, and noise must not.
 */
export const minusLogOfWord = (w: number): number => {
  let e = 32 - Math.clz32(w);
  let m = (2 * w + 1) * HALVES[e]!;
  if (m > Math.SQRT2) {
    m *= 0.5;
    e += 1;
  }
  // ln m = 2 artanh(r), |r| < 0.172: the series below is cut at 3e-18 of its value
  const r = (m - 1) / (m + 1);
  const q = r * r;
  const series =
    1 +
    q *
      (1 / 3 +
        q *
          (1 / 5 +
            q *
              (1 / 7 +
                q * (1 / 9 + q * (1 / 11 + q * (1 / 13 + q * (1 / 15 + q * (1 / 17 + q * (1 / 19 + q / 21)))))))));
  return (33 - e) * Math.LN2 - 2 * r * series;
};
