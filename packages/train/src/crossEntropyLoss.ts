import { type Tensor, type Tree, ops, own } from "@nonmarkov/autodiff";
import type { Batch } from "./diffusionLoss.ts";
import type { Loss } from "./loss.ts";

/** What {@link crossEntropyLoss} makes of a batch. */
export type ClassifierExamples = {
  /** float32 [batch, ...dims]. */
  readonly x: Tensor;
  /** 1 in the column of a row's class, else 0: float32 [batch, classes]. */
  readonly targets: Tensor;
};

/** What {@link crossEntropyLoss} is made of. */
export type CrossEntropyLossOptions<P extends Tree> = {
  /** The network: x [batch, ...dims] to [batch, classes]; borrows both. It is recorded. */
  readonly logits: (params: P, x: Tensor) => Tensor;
  /** The shape of one row. */
  readonly shape: readonly number[];
  /** Number of classes. */
  readonly classes: number;
  /**
   * How much of each target is spread evenly over all classes, in [0, 1); default 0. A little keeps the network from
   * growing ever more certain.
   */
  readonly smoothing?: number;
};

/**
 * The loss of a classifier: the mean over the rows of -log p(class of the row), in nats.
 * @throws RangeError if smoothing is out of range; in `prepare`, if the batch does not fit, or a label is no class
 */
export const crossEntropyLoss = <P extends Tree>({
  logits,
  shape,
  classes,
  smoothing = 0,
}: CrossEntropyLossOptions<P>): Loss<P, Batch, ClassifierExamples> => {
  if (!(smoothing >= 0 && smoothing < 1))
    throw new RangeError(`crossEntropyLoss: smoothing must be in [0, 1), got ${smoothing}`);
  const width = shape.reduce((product, n) => product * n, 1);
  return {
    prepare: ({ x, labels, size }) => {
      if (!(size > 0) || x.length !== size * width || labels?.length !== size)
        throw new RangeError(
          `crossEntropyLoss: a batch of ${size} rows of shape [${shape.join()}] must have ${size * width} numbers, ` +
            `${size} labels and at least one row, got ${x.length} numbers and ${labels?.length ?? 0} labels`,
        );
      const targets = new Float32Array(size * classes).fill(smoothing / classes);
      labels.forEach((label, row) => {
        if (!(label >= 0 && label < classes))
          throw new RangeError(`crossEntropyLoss: labels must be in 0..${classes - 1}, got ${label} in row ${row}`);
        targets[row * classes + label]! += 1 - smoothing;
      });
      return own(() => ({ x: ops.tensor(x, [size, ...shape]), targets: ops.tensor(targets, [size, classes]) }));
    },
    evaluate: (params, { x, targets }) =>
      own(() => ops.div(ops.sum(ops.mul(ops.logSoftmax(logits(params, x)), targets)), -x.shape[0]!)),
  };
};
