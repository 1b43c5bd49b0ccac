import { type Tree, ops, own } from "@nonmarkov/autodiff";
import { type Key, split } from "@nonmarkov/random";
import { checkBatch } from "./checkBatch.ts";
import { checkConditioning, classesOf } from "./conditioning.ts";
import type { Batch, DiffusionExamples, DiffusionLossOptions } from "./diffusionLoss.ts";
import { drawNoise } from "./drawNoise.ts";
import { drawTimes } from "./drawTimes.ts";
import { noisedExamples } from "./noisedExamples.ts";
import { checkWeights } from "./weights/normalizeWeights.ts";

/** What is made of a batch, and the index in 1..T that was drawn for each row. */
type Prepared = { readonly t: Int32Array; readonly examples: DiffusionExamples };

/**
 * How a loss on noised data makes examples of a batch: for each row a t uniform on 1..T, x_t by eq. (4), the target and the
 * weight, and the label that the network is told.
 * @throws RangeError if weights or label dropout do not fit; later, if the batch does not
 */
export const diffusionExamples = <P extends Tree>(
  where: string,
  {
    schedule,
    shape,
    prediction = "eps",
    weights = schedule.alphaBar.map(() => 1),
    ...conditioning
  }: Omit<DiffusionLossOptions<P>, "net">,
): ((batch: Batch, key: Key) => Prepared) => {
  const { T } = schedule;
  if (weights.length !== T + 1)
    throw new RangeError(`${where}: there must be ${T + 1} weights, for t = 0..${T}, got ${weights.length}`);
  checkWeights(where, weights);
  checkConditioning(where, conditioning);
  const width = shape.reduce((product, n) => product * n, 1);
  return (batch, key) => {
    checkBatch(where, batch, shape);
    const { x, size } = batch;
    const [timeKey, noiseKey, labelKey] = split(key, 3);
    const labels = classesOf(where, batch, conditioning, labelKey!);
    const t = drawTimes(timeKey!, size, T);
    const { xt, target } = noisedExamples(schedule, { x0: x, eps: drawNoise(noiseKey!, size, width), t, prediction });
    const examples = own(() => ({
      xt: ops.tensor(xt, [size, ...shape]),
      t: ops.tensor(Float32Array.from(t), [size]),
      target: ops.tensor(target, [size, ...shape]),
      weights: ops.tensor(
        Float32Array.from(t, (index) => weights[index]! / (size * width)),
        [size],
      ),
      ...(labels === undefined ? {} : { labels: ops.tensor(labels, [size], "int32") }),
    }));
    return { t, examples };
  };
};
