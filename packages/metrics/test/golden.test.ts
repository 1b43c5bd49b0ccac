import { describe, expect, test } from "vitest";
import { golden } from "../../../test/golden.ts";
import { type Features, frechetDistance, frechetFromMoments, moments, polynomialMmd } from "../src/index.ts";

type Numbers = readonly number[];
type Tensor = { shape: readonly [number, number]; data: Numbers };
type Gaussians = { mu1: Numbers; sigma1: Tensor; mu2: Numbers; sigma2: Tensor; mean_term: number; trace_sqrt: number };
type Sets = {
  x: Tensor;
  y: Tensor;
  kid_unbiased_mmd2: number;
  kid_partition_max_size?: number;
  kid_partitioned?: number;
  mean_x: Numbers;
  mean_y: Numbers;
  cov_x: Tensor;
  cov_y: Tensor;
  "k_diffusion_fid_eps1e-8"?: number;
};
type Case = {
  name: string;
  kind: "frechet_gaussians" | "features";
  frechet_distance: number;
  note?: string;
} & Gaussians &
  Sets;
type Reference = { tolerance: { abs: number; rel: number }; cases: Case[] };

const features = ({ shape: [n, d], data }: Tensor): Features => ({ n, d, data: Float64Array.from(data) });
const trace = ({ shape: [d], data }: Tensor) => data.reduce((sum, v, i) => sum + (i % (d + 1) === 0 ? v : 0), 0);
/** The singular and nearly singular cases have a wider tolerance; d independent features need more than d vectors. */
const isSingular = ({ name }: Case) => /singular|rank|zero_covariances|n2_m2/.test(name);

const { missing, load } = golden("metrics.json");

describe("metrics.json", () => {
  test.skipIf(missing !== "")(`the Frechet distance of Gaussians${missing}`, () => {
    const { tolerance, cases } = load<Reference>();
    const gaussians = cases.filter(({ kind }) => kind === "frechet_gaussians");
    expect(gaussians.length).toBe(11);
    for (const example of gaussians) {
      const { name, mu1, sigma1, mu2, sigma2, mean_term, trace_sqrt, frechet_distance } = example;
      const got = frechetFromMoments(
        { mean: Float64Array.from(mu1), covariance: Float64Array.from(sigma1.data) },
        { mean: Float64Array.from(mu2), covariance: Float64Array.from(sigma2.data) },
      );
      const traces = trace(sigma1) + trace(sigma2);
      const allowed = tolerance.abs + (isSingular(example) ? 1e-6 : tolerance.rel) * traces;
      expect(Math.abs(got.distance - frechet_distance), name).toBeLessThanOrEqual(allowed);
      expect(Math.abs(got.covarianceTerm - (traces - 2 * trace_sqrt)), name).toBeLessThanOrEqual(allowed);
      expect(Math.abs(got.meanTerm - mean_term), name).toBeLessThanOrEqual(tolerance.abs + tolerance.rel * mean_term);
      expect(got.singular, name).toBe(/rank_deficient|zero_covariances/.test(name));
    }
  });

  test.skipIf(missing !== "")(`moments and Frechet distance of feature sets${missing}`, () => {
    const { tolerance, cases } = load<Reference>();
    const sets = cases.filter(({ kind }) => kind === "features");
    expect(sets.length).toBe(5);
    for (const example of sets) {
      const [x, y] = [features(example.x), features(example.y)];
      const [mx, my] = [moments(x), moments(y)];
      const near = (got: Float64Array, want: Numbers) =>
        got.forEach((v, i) => expect(Math.abs(v - want[i]!)).toBeLessThan(1e-12));
      near(mx.mean, example.mean_x);
      near(my.mean, example.mean_y);
      near(mx.covariance, example.cov_x.data);
      near(my.covariance, example.cov_y.data);
      const allowed =
        tolerance.abs + (isSingular(example) ? 1e-6 : tolerance.rel) * (trace(example.cov_x) + trace(example.cov_y));
      const got = frechetDistance(x, y);
      expect(Math.abs(got.distance - example.frechet_distance), example.name).toBeLessThanOrEqual(allowed);
      expect(got.singular, example.name).toBe(Math.min(x.n, y.n) <= x.d);
      const shifted = example["k_diffusion_fid_eps1e-8"];
      if (shifted !== undefined) {
        const add = ({ mean, covariance }: typeof mx) => ({
          mean,
          covariance: covariance.map((v, i) => v + (i % (x.d + 1) === 0 ? 1e-8 : 0)),
        });
        const { distance } = frechetFromMoments(add(mx), add(my));
        // the reference takes the square root of a product of singular matrices, which costs it half of its digits
        expect(Math.abs(distance - shifted), example.name).toBeLessThanOrEqual(allowed + 1e-6);
      }
    }
  });

  test.skipIf(missing !== "")(`unbiased polynomial MMD, of whole sets and of consecutive slices${missing}`, () => {
    const { cases } = load<Reference>();
    const sets = cases.filter(({ kind }) => kind === "features");
    for (const example of sets) {
      const [x, y] = [features(example.x), features(example.y)];
      const rows = ({ n, d, data }: Features) => Array.from({ length: n }, (_, i) => data.subarray(i * d, (i + 1) * d));
      const all = [...rows(x), ...rows(y)];
      const largest = Math.max(...all.map((a) => (Array.from(a).reduce((sum, v) => sum + v * v, 0) / x.d + 1) ** 3));
      expect(Math.abs(polynomialMmd(x, y) - example.kid_unbiased_mmd2), example.name).toBeLessThanOrEqual(
        1e-12 * largest,
      );
      const { kid_partition_max_size: size, kid_partitioned: want } = example;
      if (size === undefined || want === undefined) continue;
      const parts = Math.ceil(Math.max(x.n, y.n) / size);
      // ties to even, as the reference's rounding does: i n / parts
      const cut = (n: number, i: number) => {
        const at = (i * n) / parts;
        return at % 1 === 0.5 ? 2 * Math.round(at / 2) : Math.round(at);
      };
      const slice = ({ n, d, data }: Features, i: number): Features => {
        const [from, to] = [cut(n, i), cut(n, i + 1)];
        return { n: to - from, d, data: data.subarray(from * d, to * d) };
      };
      const mean =
        Array.from({ length: parts }, (_, i) => polynomialMmd(slice(x, i), slice(y, i))).reduce((a, b) => a + b) /
        parts;
      expect(Math.abs(mean - want), example.name).toBeLessThanOrEqual(1e-12 * largest);
    }
    expect(sets.filter(({ kid_partitioned }) => kid_partitioned !== undefined).length).toBe(1);
  });
});
