import { type Tensor, type Tree, ops, own, silu } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { type Key, foldIn, integers, key, split } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import {
  type Batch,
  type DiffusionExamples,
  type Training,
  adam,
  chain,
  clipByGlobalNorm,
  cosineRate,
  diffusionLoss,
  disposeState,
  drawNoise,
  ema,
  evaluateLoss,
  fit,
  initialState,
  warmup,
} from "@nonmarkov/train";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => {
  await start({ backend: "nonmarkov" });
});

const schedule = linear({ T: 20, betaStart: 0.01, betaEnd: 0.4 });
/** Rows of a batch, and of the set that is held back. */
const [BATCH, HELD] = [128, 4096];

/** A network that maps rows of float64 numbers, for denoisers in closed form. */
const numeric = (f: (x: readonly number[], alphaBar: number) => number[]) => ({
  apply: (_params: Tree, x: Tensor, t: Tensor): Tensor => {
    const [values, times] = [x.dataSync(), t.dataSync()];
    const rows = Array.from(times, (index, row) =>
      f([values[2 * row]!, values[2 * row + 1]!], schedule.alphaBar[index]!),
    );
    return ops.tensor(rows.flat(), x.shape);
  },
});

/** Trains, and evaluates the averaged parameters on rows that training has not seen. */
const trained = async <P extends Tree, S extends Tree>(
  training: Training<P, S, Batch, DiffusionExamples>,
  params: P,
  batch: (dataKey: Key, step: number, size?: number) => Batch,
  until: number,
): Promise<{ first: number; last: number }> => {
  const held = batch(key(77), 0, HELD);
  const evaluate = (at: P): number => {
    const loss = evaluateLoss(training.loss, at, held, key(78));
    const value = loss.dataSync()[0]!;
    loss.dispose();
    return value;
  };
  let state = initialState(training, params, key(1));
  const first = evaluate(state.ema);
  for await (const event of fit(training, { state, batch, until })) state = event.state;
  const last = evaluate(state.ema);
  disposeState(state);
  return { first, last };
};

test("on Gaussian data an affine network per t learns the optimal loss, known in closed form, within 2 %", async () => {
  const [mean, std] = [
    [1, -0.5],
    [1.5, 0.3],
  ] as const;
  const batch = (dataKey: Key, step: number, size = BATCH): Batch => ({
    x: Float32Array.from(drawNoise(foldIn(dataKey, step), 1, 2 * size), (z, i) => mean[i % 2]! + std[i % 2]! * z),
    size,
  });
  type Affine = { readonly scale: Tensor; readonly shift: Tensor };
  const net = {
    apply: (p: Affine, x: Tensor, t: Tensor): Tensor =>
      own(() => {
        const chosen = ops.cast(ops.oneHot(ops.cast(ops.sub(t, 1), "int32"), schedule.T), "float32");
        return ops.add(ops.mul(x, ops.matMul(chosen, p.scale)), ops.matMul(chosen, p.shift));
      }),
  };
  const zeros = { scale: ops.zeros([schedule.T, 2]), shift: ops.zeros([schedule.T, 2]) };
  const training = {
    loss: diffusionLoss<Affine>({ schedule, net, shape: [2] }),
    optimizer: adam({ rate: cosineRate({ from: 0.05, steps: 300 }) }),
    emaDecay: ema({ decay: 0.95 }),
  };
  const { first, last } = await trained(training, zeros, batch, 300);
  // the variance of eps given x_t is a l / (a l + 1 - a) along a direction in which the data have variance l
  const variances = schedule.alphaBar.slice(1).flatMap((a) => std.map((s) => (a * s * s) / (a * s * s + 1 - a)));
  const best = variances.reduce((sum, v) => sum + v) / variances.length;
  const exact = numeric((x, a) =>
    x.map((value, i) => (Math.sqrt(1 - a) * (value - Math.sqrt(a) * mean[i]!)) / (a * std[i]! ** 2 + 1 - a)),
  );
  const exactLoss = diffusionLoss({ schedule, net: exact, shape: [2] });
  const held = evaluateLoss(exactLoss, {}, batch(key(77), 0, HELD), key(78));
  const optimal = held.dataSync()[0]!;
  held.dispose();
  expect(Math.abs(optimal - best)).toBeLessThan(0.1 * best); // the same quantity, its standard error is 3 %
  expect(first).toBeGreaterThan(1.5 * optimal);
  expect(last).toBeLessThan(1.02 * optimal);
  zeros.scale.dispose();
  zeros.shift.dispose();
});

test("on eight Gaussians a small MLP comes near the loss of the exact denoiser", async () => {
  const centers = Array.from({ length: 8 }, (_, k) => [Math.cos((k * Math.PI) / 4), Math.sin((k * Math.PI) / 4)]);
  const spread = 0.3;
  const batch = (dataKey: Key, step: number, size = BATCH): Batch => {
    const [which, where] = split(foldIn(dataKey, step), 2);
    const chosen = integers(which!, size, 0, 8);
    return {
      x: Float32Array.from(drawNoise(where!, 1, 2 * size), (z, i) => centers[chosen[i >> 1]!]![i % 2]! + spread * z),
      size,
    };
  };
  const width = 48;
  const frequencies = [0.5, 1, 2, 4];
  const net = {
    apply: (p: readonly Tensor[], x: Tensor, t: Tensor): Tensor =>
      own(() => {
        const angles = ops.mul(
          ops.reshape(t, [-1, 1]),
          ops.tensor([frequencies.map((f) => (f * Math.PI) / schedule.T)]),
        );
        const layer = (h: Tensor, i: number): Tensor => ops.add(ops.matMul(h, p[2 * i]!), p[2 * i + 1]!);
        const hidden = silu(layer(ops.concat([x, ops.sin(angles), ops.cos(angles)], 1), 0));
        return layer(silu(layer(hidden, 1)), 2);
      }),
  };
  const sizes = [2 + 2 * frequencies.length, width, width, 2];
  const params = sizes.slice(1).flatMap((out, i) => {
    const weight = drawNoise(foldIn(key(5), i), sizes[i]!, out).map((z) => (i === 2 ? 0 : z / Math.sqrt(sizes[i]!)));
    return [ops.tensor(Float32Array.from(weight), [sizes[i]!, out]), ops.zeros([out])];
  });
  const steps = 400;
  const training = {
    loss: diffusionLoss<readonly Tensor[]>({ schedule, net, shape: [2] }),
    optimizer: chain(clipByGlobalNorm(1), adam({ rate: warmup(20, cosineRate({ from: 1e-2, steps })) })),
    emaDecay: ema({ decay: 0.95 }),
  };
  const { first, last } = await trained(training, params, batch, steps);
  const exact = numeric((x, a) => {
    const variance = a * spread ** 2 + 1 - a;
    const distances = centers.map((m) => m.reduce((sum, c, i) => sum + (x[i]! - Math.sqrt(a) * c) ** 2, 0));
    const nearest = Math.min(...distances);
    const weights = distances.map((d) => Math.exp((nearest - d) / (2 * variance)));
    const total = weights.reduce((sum, w) => sum + w);
    return x.map((value, i) => {
      const mean = centers.reduce((sum, m, k) => sum + (weights[k]! / total) * m[i]!, 0);
      return (Math.sqrt(1 - a) * (value - Math.sqrt(a) * mean)) / variance;
    });
  });
  const exactLoss = diffusionLoss({ schedule, net: exact, shape: [2] });
  const held = evaluateLoss(exactLoss, {}, batch(key(77), 0, HELD), key(78));
  const optimal = held.dataSync()[0]!;
  held.dispose();
  expect(first).toBeGreaterThan(2 * optimal);
  expect(last).toBeLessThan(1.1 * optimal);
  params.forEach((tensor) => tensor.dispose());
});
