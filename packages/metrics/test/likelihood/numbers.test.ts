import { key, uniform } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bitsPerDim,
  dequantize,
  discretizedGaussian,
  gaussianKl,
  gaussianLogDensity,
  logNormalInterval,
  priorKl,
  tanhLogNormalInterval,
} from "../../src/index.ts";

const close = (got: number, want: number, tolerance: number) =>
  expect(Math.abs(got - want), `${got} against ${want}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(want)));
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** The integral of f over -14..14 by Simpson's rule. */
const integral = (f: (z: number) => number): number => {
  const n = 4000;
  let sum = 0;
  for (let i = 0; i <= n; i++) sum += (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2) * f(-14 + (28 * i) / n);
  return (sum * 28) / n / 3;
};

describe("gaussianKl", () => {
  test("is the integral of p log(p/q)", () =>
    fc.assert(
      fc.property(between(-3, 3), between(-2, 2), between(-3, 3), between(-2, 2), (m1, l1, m2, l2) => {
        const want = integral((z) => {
          const x = m1 + Math.exp(l1 / 2) * z;
          const logP = gaussianLogDensity(x, m1, l1);
          return Math.exp(logP + l1 / 2) * (logP - gaussianLogDensity(x, m2, l2));
        });
        close(gaussianKl(m1, l1, m2, l2), want, 1e-9);
      }),
      { numRuns: 50 },
    ));

  test("is never negative, 0 for equal Gaussians, and keeps its digits where the variances are nearly equal: d²/4 + d³/12", () => {
    expect(gaussianKl(1.5, -3, 1.5, -3)).toBe(0);
    for (const d of [1e-3, 1e-6, -1e-6, 1e-12]) {
      const want = (d * d) / 4 + d ** 3 / 12 + d ** 4 / 48 + d ** 5 / 240;
      close(gaussianKl(0, d, 0, 0) / want, 1, 1e-12);
    }
    close(gaussianKl(0, 0.1, 0, 0), gaussianKl(0, 0.1 + 1e-15, 0, 0), 1e-15);
    fc.assert(
      fc.property(between(-5, 5), between(-20, 5), between(-20, 5), (m, l1, l2) => gaussianKl(m, l1, 0, l2) >= 0),
    );
  });
});

describe("logNormalInterval", () => {
  test("agrees with 60-digit arithmetic about 0, in the tails and over short intervals", () => {
    const known: readonly (readonly [number, number, number])[] = [
      [0, 1, -1.07486232686207138],
      [-1, 1, -0.381715146302126072],
      [-0.3, 2.5, -0.491510440638385631],
      [1.9, 2.1, -4.52339305223817847],
      [2, 3, -3.84435342633420562],
      [-5, 4, -0.0000319584040693544248],
      [5, 6, -15.0684460965294534],
      [10, 10.5, -53.2369693717525016],
      [30, 31, -454.321243956343252],
      [-40, -39, -765.083156564377544],
      [1000, 1001, -500007.826694812184],
      [-2.5, -1.2, -2.21769258100150995],
      [-1e-9, 1e-9, -20.9490571895911385],
      // the next are exact for the float64 number that is nearest to b
      [3, 3.0001, -14.6294289030952872],
      [8, 8.007843, -37.7982904612055176],
      [0.5, 0.5000001, -17.1620342096893499],
      [100, 100.02, -5005.66955956887691],
    ];
    for (const [a, b, want] of known) {
      expect(Math.abs(logNormalInterval(a, b) - want), `${a}, ${b}`).toBeLessThanOrEqual(2e-14 * Math.max(1, -want));
      expect(logNormalInterval(-b, -a)).toBe(logNormalInterval(a, b));
    }
  });

  test("parts of an interval add up to it, whatever the rule that computes them", () =>
    fc.assert(
      fc.property(between(-40, 40), between(0, 3), between(0, 3), fc.boolean(), (a, first, second, open) => {
        const [b, c] = [a + first, open ? Infinity : a + first + second];
        fc.pre(a < b && b < c);
        const logs = [logNormalInterval(a, b), logNormalInterval(b, c)];
        const most = Math.max(...logs);
        const sum = most + Math.log(logs.reduce((total, l) => total + Math.exp(l - most), 0));
        close(logNormalInterval(a, c), sum, 1e-13);
      }),
      { numRuns: 500 },
    ));

  test("everything has probability 1", () => {
    expect(Math.abs(logNormalInterval(-Infinity, Infinity))).toBe(0);
    expect(logNormalInterval(-Infinity, 0)).toBeCloseTo(-Math.LN2, 15);
    expect(Math.abs(logNormalInterval(-Infinity, 60))).toBe(0);
  });
});

describe("discretizedGaussian", () => {
  const levels = Array.from({ length: 256 }, (_, k) => k / 127.5 - 1);

  test.each([
    ["exact", logNormalInterval, 1e-13],
    ["published", tanhLogNormalInterval, 2.6e-10],
  ] as const)("%s: the probabilities of all levels add up to 1", (_, logInterval, tolerance) =>
    fc.assert(
      fc.property(between(-1.5, 1.5), between(-12, 3), (mean, logVariance) => {
        const logLikelihood = discretizedGaussian({ logInterval });
        const sum = levels.reduce((total, x) => total + Math.exp(logLikelihood(x, mean, logVariance)), 0);
        close(sum, 1, tolerance);
      }),
      { numRuns: 50 },
    ),
  );

  test("the published distribution function is near the exact one, but that it hides outliers", () => {
    const [exact, published] = [discretizedGaussian(), discretizedGaussian({ logInterval: tanhLogNormalInterval })];
    expect(Math.abs(exact(levels[100]!, -0.2, -4) - published(levels[100]!, -0.2, -4))).toBeLessThan(1e-2);
    expect(published(levels[200]!, -0.9, -9)).toBe(Math.log(1e-12));
    expect(exact(levels[200]!, -0.9, -9)).toBeLessThan(-8000);
  });

  test("between the ends it is the density times the bin's width, where the Gaussian is wide", () => {
    for (const k of [1, 77, 254])
      close(
        discretizedGaussian()(levels[k]!, 0.1, 2),
        gaussianLogDensity(levels[k]!, 0.1, 2) + Math.log(2 / 255),
        1e-5,
      );
  });

  test("accepts levels rounded to float32, also of other depths, and refuses what is none", () => {
    expect(discretizedGaussian()(Math.fround(levels[3]!), 0, 0)).toBeCloseTo(
      discretizedGaussian()(levels[3]!, 0, 0),
      6,
    );
    close(
      [-1, 0, 1].reduce((sum, x) => sum + Math.exp(discretizedGaussian({ levels: 3 })(x, 0.2, -1)), 0),
      1,
      1e-14,
    );
    for (const x of [0.3, 1.1, -1.01, NaN]) expect(() => discretizedGaussian()(x, 0, 0)).toThrow(RangeError);
    expect(() => discretizedGaussian({ levels: 1 })).toThrow("levels must be an integer >= 2, got 1");
  });
});

describe("bits per dimension of dequantized data", () => {
  test("levels spread evenly over their bins cost 8 bits: nats/(D ln 2) + 7 for the uniform density on [-1, 1)", () => {
    const dim = 12;
    close(bitsPerDim(dim * Math.LN2, { dim, binWidth: 1 / 128 }), 8, 1e-15);
    close(bitsPerDim(dim * Math.LN2, { dim }), 1, 1e-15);
  });

  test("every level k becomes a number of [k, k + 1)/128 - 1, the same in whatever batch", () => {
    const x0 = Float64Array.from({ length: 512 }, (_, i) => Math.floor(i / 2) / 127.5 - 1);
    const got = dequantize(x0, { dim: 2, key: key(3) });
    got.forEach((value, i) => expect(Math.floor((value + 1) * 128)).toBe(Math.floor(i / 2)));
    expect(dequantize(x0.subarray(20), { dim: 2, key: key(3), firstIndex: 10 })).toEqual(got.subarray(20));
    expect(() => dequantize([0.3] as unknown as Float64Array, { dim: 1, key: key(0) })).toThrow("gaussianLogDensity");
  });

  test("sizes out of range are refused", () => {
    expect(() => bitsPerDim(1, { dim: 0 })).toThrow("dim must be an integer >= 1, got 0");
    expect(() => bitsPerDim(1, { dim: 1, binWidth: 0 })).toThrow("binWidth must be above 0, got 0");
  });
});

test("priorKl is gaussianKl(sqrt(ab) x0, log(1 - ab), 0, 0) of all numbers of a row, and small for the usual schedule", () => {
  const schedule = linear();
  const x0 = uniform(key(4), 6, { min: -1, max: 1 });
  const ab = schedule.alphaBar[1000]!;
  const kl = priorKl(schedule, x0, 3);
  expect(kl.length).toBe(2);
  const want = (from: number) =>
    x0.subarray(from, from + 3).reduce((sum, x) => sum + 0.5 * (ab * x * x + (ab * ab) / 2 + ab ** 3 / 3), 0);
  [0, 3].forEach((from, row) => close(kl[row]! / want(from), 1, 1e-11));
  expect(() => priorKl(schedule, x0, 4)).toThrow("priorKl: x0 must be rows of dim = 4 numbers, got 6");
});
