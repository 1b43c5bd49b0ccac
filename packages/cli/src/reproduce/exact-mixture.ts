import { batchAt, eightGaussians } from "@nonmarkov/data";
import { slicedWasserstein } from "@nonmarkov/metrics";
import { atIndex, gaussianMixture } from "@nonmarkov/nets";
import { type Key, normal, split } from "@nonmarkov/random";
import { arraySpace, sample } from "@nonmarkov/samplers";
import { linearTau } from "@nonmarkov/schedule";
import { setImmediate } from "node:timers/promises";
import { exactSamplers } from "./exact-samplers.ts";
import type { Results } from "./results.ts";
import type { Setting } from "./setting.ts";

/** The distribution of the toy of that name. */
const mixture = gaussianMixture({
  means: Array.from({ length: 8 }, (_, k) => [1.4 * Math.cos((k * Math.PI) / 4), 1.4 * Math.sin((k * Math.PI) / 4)]),
  covariances: Array.from({ length: 8 }, () => 0.15 ** 2),
});

/** The work of one evaluation of one point, in evaluations of the network for one image. */
const share = 1 / 300;

const runs = exactSamplers.filter(({ sameAs }) => sameAs === undefined);

/** The work of the mixture, in evaluations of the network. */
export const mixtureEvaluations = ({ points, pointSteps }: Setting["budget"]): number =>
  pointSteps.reduce((sum, S) => sum + S * points * share * runs.length, 0);

/** So many times more points of the data than samples: the reference's own scatter should not count. */
const referenceShare = 5;

/** Points of the data to compare with, n others, and those noised as far as the schedule goes. */
const drawPoints = (key: Key, n: number, alphaBarT: number) => {
  const [dataKey, otherKey, noiseKey] = split(key, 3) as [Key, Key, Key];
  const points = (k: Key, count: number) => Float64Array.from(batchAt(eightGaussians.dataset, k, 0, count).x);
  const z = normal(noiseKey, 2 * n);
  const other = points(otherKey, n);
  return {
    data: points(dataKey, referenceShare * n),
    other,
    xT: other.map((x, i) => Math.sqrt(alphaBarT) * x + Math.sqrt(1 - alphaBarT) * z[i]!),
  };
};

/** Every sampler on a mixture of Gaussians in the plane, from the exact marginal at T, with the exact denoiser. */
export const exactMixture = async (setting: Setting): Promise<Results["exact"]["mixture"]> => {
  const { keys, budget, trained, tracker, signal } = setting;
  const { schedule } = trained;
  const n = budget.points;
  const [drawKey, directionKey] = split(keys.reference, 2) as [Key, Key];
  const { data, other, xT } = drawPoints(drawKey, n, schedule.alphaBar[schedule.T]!);
  const distance = (points: Float64Array): number | null =>
    points.every(Number.isFinite)
      ? slicedWasserstein({ n, d: 2, data: points }, { n: referenceShare * n, d: 2, data }, { key: directionKey })
      : null;
  const denoiser = atIndex(mixture.eps, schedule.alphaBar);
  const points: Results["exact"]["mixture"]["points"] = [];
  for (const { name, planner } of runs)
    for (const S of budget.pointSteps.filter((steps) => steps <= schedule.T)) {
      tracker.title(`mixture, ${name}, S = ${S}`);
      await setImmediate();
      signal.throwIfAborted();
      const table = planner(schedule, linearTau(schedule.T, S));
      const x = await sample({ table, denoiser, xT, key: keys.noise, space: arraySpace({ rows: n }), signal });
      points.push({ sampler: name, S, distance: distance(x) });
      tracker.add(S * n * share);
    }
  return { n, floor: distance(other)!, points };
};
