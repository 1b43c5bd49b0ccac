import { key, normal, uniform } from "@nonmarkov/random";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { atIndex, type Covariance, type ExactDenoiser, gaussianMixture } from "../../src/index.ts";

/** Signal levels, the ends and what is near them included. */
const alphaBars = fc.oneof(
  fc.constantFrom(0, 1e-300, 1e-12, 0.5, 1 - 1e-12, 1),
  fc.double({ min: -40, max: 40, noNaN: true }).map((logSnr) => 1 / (1 + Math.exp(-logSnr))),
);
const seeds = fc.integer({ min: 0, max: 2 ** 31 });

const expectClose = (got: ArrayLike<number>, want: ArrayLike<number>, tolerance = 1e-9) => {
  expect(got.length).toBe(want.length);
  const size = Math.max(1, ...Array.from(want, Math.abs));
  for (let i = 0; i < want.length; i++) expect(Math.abs(got[i]! - want[i]!)).toBeLessThanOrEqual(tolerance * size);
};

/** A random mixture of three components in two dimensions: isotropic, diagonal and full. */
const randomMixture = (seed: number) => {
  const [a, b, c] = uniform(key(seed), 3, { min: 0.1, max: 2 }) as unknown as [number, number, number];
  const m = normal(key(seed + 1), 6);
  const covariances: Covariance[] = [a, [b, c], [[a + b, b / 3], [b / 3, b]]]; // prettier-ignore
  return {
    weights: [a, b, c],
    means: [
      [m[0]!, m[1]!],
      [m[2]!, m[3]!],
      [m[4]!, m[5]!],
    ],
    covariances,
  };
};

/** E[x0 | x] and log p(x) of one-dimensional data by adding up a fine grid over x0. */
const onGrid = (density: (x0: number) => number, x: number, alphaBar: number) => {
  let mass = 0;
  let first = 0;
  const h = 1e-3;
  for (let x0 = -12; x0 <= 12; x0 += h) {
    const noise = (x - Math.sqrt(alphaBar) * x0) / Math.sqrt(1 - alphaBar);
    const p = (density(x0) * Math.exp(-(noise ** 2) / 2) * h) / Math.sqrt(2 * Math.PI * (1 - alphaBar));
    mass += p;
    first += p * x0;
  }
  return { x0: first / mass, logDensity: Math.log(mass) };
};

describe("gaussianMixture", () => {
  test("agrees with numeric integration over x0", () => {
    const [weights, means, stds] = [[0.3, 0.7], [-1.5, 0.8], [0.4, 0.9]] as const; // prettier-ignore
    const density = (x0: number) =>
      weights.reduce(
        (sum, w, k) =>
          sum + (w * Math.exp(-(((x0 - means[k]!) / stds[k]!) ** 2) / 2)) / (stds[k]! * Math.sqrt(2 * Math.PI)),
        0,
      );
    const exact = gaussianMixture({
      weights,
      means: means.map((m) => [m]),
      covariances: stds.map((s) => s ** 2),
    });
    for (const alphaBar of [0.01, 0.3, 0.9])
      for (const x of [-3, -0.4, 0, 1.1, 2.5]) {
        const want = onGrid(density, x, alphaBar);
        expectClose(exact.x0(Float64Array.of(x), alphaBar), [want.x0]);
        expectClose(exact.logDensity(Float64Array.of(x), alphaBar), [want.logDensity]);
      }
  });

  test("x = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) eps holds of what is predicted, and eps = -sqrt(1 - alphaBar) score", () =>
    fc.assert(
      fc.property(seeds, alphaBars, (seed, alphaBar) => {
        const exact = gaussianMixture(randomMixture(seed));
        const x = normal(key(seed + 2), 8);
        const x0 = exact.x0(x, alphaBar);
        const eps = exact.eps(x, alphaBar);
        const noise = Math.sqrt(1 - alphaBar);
        expectClose(
          x0.map((v, i) => Math.sqrt(alphaBar) * v + noise * eps[i]!),
          x,
        );
        expectClose(
          exact.score(x, alphaBar).map((v) => -noise * v),
          eps,
        );
      }),
    ));

  test("the score is the gradient of the log-density", () => {
    const exact = gaussianMixture(randomMixture(7));
    const x = Float64Array.of(0.3, -0.8);
    const h = 1e-5;
    for (const alphaBar of [0, 0.2, 0.99]) {
      const slope = (i: number) => {
        const moved = (by: number) =>
          exact.logDensity(
            x.map((v, j) => (i === j ? v + by : v)),
            alphaBar,
          )[0]!;
        return (moved(h) - moved(-h)) / (2 * h);
      };
      expectClose(exact.score(x, alphaBar), [slope(0), slope(1)], 1e-8);
    }
  });

  test("alphaBar = 1 gives back x itself, and alphaBar = 0 the mean of the data", () => {
    const { weights, means, covariances } = randomMixture(3);
    const exact = gaussianMixture({ weights, means, covariances });
    const x = normal(key(11), 6);
    const total = weights.reduce((a, b) => a + b);
    const mean = [0, 1].map((i) => means.reduce((sum, m, k) => sum + (weights[k]! / total) * m[i]!, 0));
    expectClose(exact.x0(x, 1), x, 1e-14);
    expectClose(exact.eps(x, 1), new Float64Array(6), 0);
    expectClose(exact.x0(x, 0), [...mean, ...mean, ...mean], 1e-14);
    expectClose(exact.eps(x, 0), x, 1e-14);
  });

  test("a diagonal, a full matrix and principal directions are three ways to say the same", () => {
    const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
    const variances = [2, 0.1] as const;
    const directions = [[cos, sin], [-sin, cos]]; // prettier-ignore
    const full = [0, 1].map((i) =>
      [0, 1].map((j) => directions.reduce((sum, d, k) => sum + variances[k]! * d[i]! * d[j]!, 0)),
    );
    const of = (covariance: Covariance) => gaussianMixture({ means: [[1, -2]], covariances: [covariance] });
    const x = normal(key(5), 10);
    expectClose(of(full).x0(x, 0.4), of({ directions, variances }).x0(x, 0.4), 1e-13);
    expectClose(of([[2, 0], [0, 0.1]]).x0(x, 0.4), of([2, 0.1]).x0(x, 0.4), 1e-13); // prettier-ignore
    expectClose(of(0.5).x0(x, 0.4), of([0.5, 0.5]).x0(x, 0.4), 0);
  });

  test("far from everything the nearest component wins, without overflow", () => {
    const exact = gaussianMixture({ means: [[-1], [1]], covariances: [0.01, 0.01] });
    expectClose(exact.x0(Float64Array.of(1e6), 0.99), gaussianMixture({ means: [[1]], covariances: [0.01] }).x0(Float64Array.of(1e6), 0.99)); // prettier-ignore
    expect(exact.logDensity(Float64Array.of(1e6), 0.99)[0]).toBeLessThan(-1e12);
  });

  test("a component of weight 0 is as good as absent", () => {
    const x = Float64Array.of(0.4);
    const one = gaussianMixture({ means: [[1]], covariances: [0.3] });
    const two = gaussianMixture({ weights: [1, 0], means: [[1], [0.4]], covariances: [0.3, 0] });
    expectClose(two.x0(x, 0.9), one.x0(x, 0.9), 0);
  });

  test("rows do not touch each other, and the input is left as it was", () => {
    const exact = gaussianMixture(randomMixture(2));
    const x = normal(key(4), 6);
    const kept = x.slice();
    const together = exact.eps(x, 0.6);
    for (const i of [0, 1, 2])
      expectClose(exact.eps(x.slice(2 * i, 2 * i + 2), 0.6), together.slice(2 * i, 2 * i + 2), 0);
    expect(x).toEqual(kept);
  });

  test.each<[string, () => unknown]>([
    ["weights", () => gaussianMixture({ weights: [1], means: [[0], [1]], covariances: [1, 1] })],
    ["weights", () => gaussianMixture({ weights: [-1, 2], means: [[0], [1]], covariances: [1, 1] })],
    ["covariances", () => gaussianMixture({ means: [[0], [1]], covariances: [1] })],
    ["means\\[1\\]", () => gaussianMixture({ means: [[0], [1, 2]], covariances: [1, 1] })],
    ["means", () => gaussianMixture({ means: [], covariances: [] })],
    ["means\\[0\\]\\[0\\]", () => gaussianMixture({ means: [[NaN]], covariances: [1] })],
    ["symmetric", () => gaussianMixture({ means: [[0, 0]], covariances: [[[1, 0.5], [0, 1]]] })], // prettier-ignore
    ["semi-definite", () => gaussianMixture({ means: [[0, 0]], covariances: [[[1, 2], [2, 1]]] })], // prettier-ignore
    ["orthonormal", () => gaussianMixture({ means: [[0, 0]], covariances: [{ directions: [[1, 0], [1, 1]], variances: [1, 1] }] })], // prettier-ignore
    ["variances", () => gaussianMixture({ means: [[0]], covariances: [-1] })],
    ["alphaBar", () => standard().x0(Float64Array.of(0), 1.5)],
    ["alphaBar", () => standard().x0(Float64Array.of(0), NaN)],
    ["rows of 2", () => gaussianMixture({ means: [[0, 0]], covariances: [1] }).x0(Float64Array.of(0), 1)],
    ["finite", () => standard().x0(Float64Array.of(Infinity), 0.5)],
    ["0..1", () => atIndex(standard().eps, [1, 0.5])(Float64Array.of(0), 2)],
  ])("names what is wrong: %s", (what, make) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(new RegExp(what));
  });
});

const standard = (): ExactDenoiser => gaussianMixture({ means: [[0]], covariances: [1] });
