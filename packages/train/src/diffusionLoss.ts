import { type Tensor, type Tree, ops, own } from "@nonmarkov/autodiff";
import { split } from "@nonmarkov/random";
import type { Schedule } from "@nonmarkov/schedule";
import { drawNoise } from "./drawNoise.ts";
import { drawTimes } from "./drawTimes.ts";
import type { Loss } from "./loss.ts";
import { noisedExamples } from "./noisedExamples.ts";
import type { Prediction } from "./prediction.ts";
import { checkWeights } from "./weights/normalizeWeights.ts";
import type { Weights } from "./weights/weights.ts";

/** Clean samples on the host, as a data set hands them out. */
export type Batch = {
  /** The rows one after the other, each row-major (images: height, width, channels), of about unit variance. */
  readonly x: Float32Array;
  /** One class per row, from 0; -1 is "no class". Read by a conditional loss only. */
  readonly labels?: Int32Array;
  /** How many rows. */
  readonly size: number;
};

/** What {@link diffusionLoss} makes of a batch. */
export type DiffusionExamples = {
  /** x_t, float32 [batch, ...dims]. */
  readonly xt: Tensor;
  /** The index in 1..T of each row, float32 [batch]. */
  readonly t: Tensor;
  /** What the network should answer, float32 [batch, ...dims]. */
  readonly target: Tensor;
  /** How much a row's sum of squared errors counts, float32 [batch]. */
  readonly weights: Tensor;
  /** The classes, int32 [batch], of a conditional loss. */
  readonly labels?: Tensor;
};

/** What {@link diffusionLoss} needs of a network. */
export type Applies<P extends Tree> = {
  /**
   * One evaluation; borrows everything, the caller owns the result, which has the shape of `x`. It is recorded: it must
   * be synchronous and must not read the values of tensors.
   * x is float32 [batch, ...dims], t float32 [batch] in 1..T, labels int32 [batch].
   */
  readonly apply: (params: P, x: Tensor, t: Tensor, labels?: Tensor) => Tensor;
};

/** What {@link diffusionLoss} is made of. */
export type DiffusionLossOptions<P extends Tree> = {
  /** The noise schedule. */
  readonly schedule: Schedule;
  /** The network. */
  readonly net: Applies<P>;
  /** The shape of one row: `[height, width, channels]`, or `[2]`. */
  readonly shape: readonly number[];
  /** What the network predicts, default "eps". */
  readonly prediction?: Prediction;
  /** The weight of each t, used as it is; default 1 for all: L_simple. */
  readonly weights?: Weights;
  /** Whether the network is given the batch's labels, default false. */
  readonly conditional?: boolean;
};

/**
 * The training loss. For each row a t is drawn uniformly on 1..T and x_t by eq. (4); the loss is
 *
 *     mean over rows of  weights[t] · mean over the row's entries of (network(x_t, t) - target)²
 *
 * Without weights it is Ho's L_simple. With `weights = gamma` and eps prediction, T times the number of entries of a row
 * times the loss has the expectation L_gamma, eq. (5). Weights count errors in the network's own prediction: see
 * `errorWeights` for those of another, and `normalizeWeights` to keep the size of the loss.
 *
 * Row i of a batch draws from a child of the key that depends on i alone.
 * @throws RangeError if the weights do not fit the schedule; in `prepare`, if the batch does not fit the shape or labels
 *   are missing; in `evaluate`, if the network's output has another shape than its input
 */
export const diffusionLoss = <P extends Tree>({
  schedule,
  net,
  shape,
  prediction = "eps",
  weights = schedule.alphaBar.map(() => 1),
  conditional = false,
}: DiffusionLossOptions<P>): Loss<P, Batch, DiffusionExamples> => {
  const { T } = schedule;
  if (weights.length !== T + 1)
    throw new RangeError(`diffusionLoss: there must be ${T + 1} weights, for t = 0..${T}, got ${weights.length}`);
  checkWeights("diffusionLoss", weights);
  const width = shape.reduce((product, n) => product * n, 1);
  return {
    prepare: ({ x, labels, size }, key) => {
      if (!(size > 0) || x.length !== size * width)
        throw new RangeError(
          `diffusionLoss: a batch of ${size} rows of shape [${shape.join()}] must have ${size * width} numbers ` +
            `and at least one row, got ${x.length} numbers`,
        );
      if (conditional && labels?.length !== size)
        throw new RangeError(`diffusionLoss: a conditional loss needs ${size} labels, got ${labels?.length ?? 0}`);
      const [timeKey, noiseKey] = split(key, 2);
      const t = drawTimes(timeKey!, size, T);
      const { xt, target } = noisedExamples(schedule, { x0: x, eps: drawNoise(noiseKey!, size, width), t, prediction });
      return own(() => ({
        xt: ops.tensor(xt, [size, ...shape]),
        t: ops.tensor(Float32Array.from(t), [size]),
        target: ops.tensor(target, [size, ...shape]),
        weights: ops.tensor(
          Float32Array.from(t, (index) => weights[index]! / (size * width)),
          [size],
        ),
        ...(conditional ? { labels: ops.tensor(labels!, [size], "int32") } : {}),
      }));
    },
    evaluate: (params, { xt, t, target, weights, labels }) =>
      own(() => {
        const output = net.apply(params, xt, t, labels);
        if (output.shape.join() !== xt.shape.join())
          throw new RangeError(
            `diffusionLoss: the network's output must have its input's shape [${xt.shape.join()}], ` +
              `got [${output.shape.join()}]`,
          );
        const error = ops.reshape(ops.sub(output, target), [xt.shape[0]!, width]);
        return ops.sum(ops.mul(ops.sum(ops.square(error), 1), weights));
      }),
  };
};
