import type { Tensor, Tree } from "@nonmarkov/autodiff";
import type { Schedule } from "@nonmarkov/schedule";
import type { Conditioning } from "./conditioning.ts";
import { diffusionExamples } from "./diffusionExamples.ts";
import type { Loss } from "./loss.ts";
import type { Prediction } from "./prediction.ts";
import { squaredErrors } from "./squaredErrors.ts";
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
  /** What the network is shown, x_t, float32 [batch, ...dims]. */
  readonly xt: Tensor;
  /** The time of each row as the network is told it, the index in 1..T, float32 [batch]. */
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
export type DiffusionLossOptions<P extends Tree> = Conditioning & {
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
 * @throws RangeError if the weights do not fit the schedule or labelDropout is out of range; in `prepare`, if the batch does not fit the shape or labels
 *   are missing; in `evaluate`, if the network's output has another shape than its input
 */
export const diffusionLoss = <P extends Tree>({
  net,
  ...options
}: DiffusionLossOptions<P>): Loss<P, Batch, DiffusionExamples> => {
  const examplesOf = diffusionExamples("diffusionLoss", options);
  return {
    prepare: (batch, key) => examplesOf(batch, key).examples,
    evaluate: squaredErrors("diffusionLoss", net),
    isSumOfRows: true,
  };
};
