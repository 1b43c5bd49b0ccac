import { normalTensor, ops, own, type Tensor, tensorSpace } from "@nonmarkov/autodiff";
import { slicedWasserstein } from "@nonmarkov/metrics";
import { pointCloudTensor } from "@nonmarkov/nets";
import { type Key, split } from "@nonmarkov/random";
import { sample } from "@nonmarkov/samplers";
import { linearTau } from "@nonmarkov/schedule";
import { setImmediate } from "node:timers/promises";
import type { Rows } from "../pictures/rows.ts";
import { exactSamplers, type ExactSampler } from "./exact-samplers.ts";
import type { Results } from "./results.ts";
import { firstImages, type Setting, someImages } from "./setting.ts";
import { pixelMoments, rootMeanSquare } from "./pixel-moments.ts";
import { missing, readShard, type Shard, writeShard } from "./shards.ts";

type Point = Results["exact"]["cloud"]["points"][number];

const runs = exactSamplers.filter(({ sameAs }) => sameAs === undefined);

const shardOf = ({ name }: ExactSampler, S: number, n: number): Shard => ({
  first: 0,
  count: n,
  file: `exact/cloud-${encodeURIComponent(name)}-S${S}-n${n}.safetensors`,
});

/** The work of the cloud that is left, in evaluations of the network: they take about as long. */
export const cloudEvaluations = (dir: string, { cloudSamples: n, cloudSteps }: Setting["budget"]): number =>
  runs.reduce(
    (sum, run) =>
      sum + cloudSteps.reduce((all, S) => all + (missing(dir, [shardOf(run, S, n)]).length > 0 ? n * S : 0), 0),
    0,
  );

/** Starts that have the exact marginal at T. */
const startsOf = ({ keys, train, trained, budget }: Setting, key: Key): Tensor => {
  const { n, data, shape } = someImages(train, budget.cloudSamples, key);
  const a = trained.schedule.alphaBar[trained.schedule.T]!;
  return own(() =>
    ops.add(
      ops.mul(ops.tensor(data, [n, ...shape]), Math.sqrt(a)),
      ops.mul(normalTensor(keys.latents, [n, ...shape]), Math.sqrt(1 - a)),
    ),
  );
};

const runOne = async (
  setting: Setting,
  points: Tensor,
  xT: Tensor,
  { name, planner }: ExactSampler,
  S: number,
): Promise<Float32Array> => {
  const { trained, keys, tracker, signal } = setting;
  const { schedule } = trained;
  const n = xT.shape[0]!;
  tracker.title(`training images as a cloud, ${name}, S = ${S}`);
  const exact = pointCloudTensor(points, schedule.alphaBar);
  const x = await sample<Tensor>({
    table: planner(schedule, linearTau(schedule.T, S)),
    denoiser: async (xt, t) => {
      tracker.add(n);
      await setImmediate();
      return exact(xt, t);
    },
    prediction: "x0",
    xT,
    key: keys.noise,
    space: tensorSpace,
    signal,
  });
  const values = Float32Array.from(await x.data());
  x.dispose();
  return values;
};

/** Every sampler with the exact denoiser of the training images themselves: what a network that memorises would do. */
export const exactCloud = async (setting: Setting): Promise<Results["exact"]["cloud"]> => {
  const { dir, train, budget, keys, trained } = setting;
  const n = budget.cloudSamples;
  const [startKey, otherKey, directionKey] = split(keys.reference, 3) as [Key, Key, Key];
  const images = firstImages(train, train.size, keys.reference);
  const d = train.shape.reduce((a, b) => a * b, 1);
  const reference = { n: images.n, d, data: images.data };
  const moments = pixelMoments(images);
  const measure = (samples: Rows): readonly number[] => {
    if (!samples.data.every(Number.isFinite)) return [NaN, NaN, NaN];
    const own = pixelMoments(samples);
    return [
      slicedWasserstein({ n, d, data: samples.data }, reference, { key: directionKey }),
      rootMeanSquare(own.mean, moments.mean),
      rootMeanSquare(own.deviation, moments.deviation),
    ];
  };
  const points = ops.tensor(images.data, [images.n, ...train.shape]);
  const xT = startsOf(setting, startKey);
  try {
    const measured: Point[] = [];
    for (const run of runs)
      for (const S of budget.cloudSteps.filter((steps) => steps <= trained.schedule.T)) {
        const shard = shardOf(run, S, n);
        if (missing(dir, [shard]).length > 0) {
          const numbers = measure({ n, shape: train.shape, data: await runOne(setting, points, xT, run, S) });
          await writeShard(dir, shard, [["numbers", { dtype: "F64", shape: [3], data: Float64Array.from(numbers) }]]);
        }
        const [distance, mean, deviation] = Array.from(
          (await readShard(dir, shard, "numbers", 3)) as Float64Array,
          (value) => (Number.isFinite(value) ? value : null),
        );
        measured.push({ sampler: run.name, S, distance: distance!, mean: mean!, deviation: deviation! });
      }
    const others = someImages(train, n, otherKey);
    const floor = slicedWasserstein({ n, d, data: others.data }, reference, { key: directionKey });
    return { images: images.n, n, floor, points: measured };
  } finally {
    points.dispose();
    xT.dispose();
  }
};
