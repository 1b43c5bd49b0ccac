import type { Row } from "@nonmarkov/samplers";
import { linearTau, type Schedule } from "@nonmarkov/schedule";
import { exactSamplers } from "./exact-samplers.ts";
import type { Results } from "./results.ts";
import { powerLaw } from "./straight-line.ts";

/** Variances of the data along their principal directions: narrower than the noise, and wider. */
const variances = [0.05, 0.5, 2];

/** What a row multiplies a coordinate by, where the data have mean 0 and variance l along it and the network is perfect. */
const factor = ({ x, x0, eps, alphaBarT: a }: Row, l: number): number => {
  const v = a * l + 1 - a;
  return x + ((x0[0] ?? 0) * Math.sqrt(a) * l) / v + ((eps[0] ?? 0) * Math.sqrt(1 - a)) / v;
};

/** The 2-Wasserstein distance of what a sampler ends in to the data: of two Gaussians, in closed form. */
const distance = (rows: readonly Row[], ofData: readonly number[]): number =>
  Math.hypot(
    ...ofData.map((l) => {
      const { alphaBarT } = rows[0]!;
      const variance = rows.reduce((v, row) => factor(row, l) ** 2 * v + row.sigma ** 2, alphaBarT * l + 1 - alphaBarT);
      return Math.sqrt(variance) - Math.sqrt(l);
    }),
  );

/** The slopes are those of these S and above: below, the error is not yet a power of S. */
const asymptotic = 50;

/** Exact moments of every sampler's result on Gaussian data, from the exact marginal at T on: no samples, no network. */
export const exactGaussian = (schedule: Schedule, steps: readonly number[]): Results["exact"]["gaussian"] => {
  const possible = steps.filter((S) => S <= schedule.T);
  const points = exactSamplers.flatMap(({ name, planner }) =>
    possible.map((S) => ({
      sampler: name,
      S,
      distance: distance(planner(schedule, linearTau(schedule.T, S)).rows, variances),
    })),
  );
  const slopes = exactSamplers.map(({ name }) => ({
    sampler: name,
    ...powerLaw(
      points.filter(({ sampler, S }) => sampler === name && S >= asymptotic).map((p) => [p.S, p.distance] as const),
    ),
  }));
  return { variances: [...variances], points, slopes };
};
